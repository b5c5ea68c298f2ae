"""However a sale is credited, part by part, the parts sum to what was paid and
never to a unit more.
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from orders.credits.shares import Part, Share, split_amount, split_units

parts = st.lists(
    st.tuples(st.integers(0, 10**7), st.integers(0, 100), st.integers(1, 60)),
    min_size=1,
    max_size=6,
).map(
    lambda rows: [
        *(
            Part(key, amount, amount * percent // 100, units)
            for key, (amount, percent, units) in enumerate(rows, start=1)
        ),
        Part(None, 499, 80),
    ]
)


def take(left: list[Part], shares: list[Share]) -> list[Part]:
    """What is left of the parts."""
    taken = {share.key: share for share in shares}
    return [
        Part(
            part.key,
            part.amount_minor - taken[part.key].amount_minor,
            part.tax_minor - taken[part.key].tax_minor,
            part.units - taken[part.key].units,
        )
        if part.key in taken
        else part
        for part in left
    ]


def is_sound(left: list[Part]) -> bool:
    """Nothing below zero, no tax without an amount."""
    return all(
        (part.units >= 0 and 0 <= part.tax_minor <= part.amount_minor)
        or part.amount_minor == 0 == part.tax_minor
        for part in left
    )


@settings(max_examples=500, deadline=None)
@given(parts, st.data())
def test_units_in_any_order_take_everything_in_the_end(left, data):
    order = data.draw(
        st.permutations([part.key for part in left if part.key for _unit in range(part.units)])
    )

    for key in order:
        left = take(left, split_units(left, {key: 1}, None, with_shipping=False))
        assert is_sound(left)

    assert [(part.amount_minor, part.tax_minor, part.units) for part in left[:-1]] == [
        (0, 0, 0)
    ] * (len(left) - 1)
    assert left[-1] == Part(None, 499, 80)


@settings(max_examples=500, deadline=None)
@given(parts, st.data())
def test_amounts_and_units_mixed_never_take_more_than_there_is(left, data):
    whole, wholetax = sum(part.amount_minor for part in left), sum(part.tax_minor for part in left)
    taken, tax = 0, 0
    for _step in range(6):
        rest = sum(part.amount_minor for part in left)
        if not rest:
            break
        open_keys = [part.key for part in left if part.key and part.units]
        amount = data.draw(st.integers(1, rest))
        if open_keys and data.draw(st.booleans()):
            key = data.draw(st.sampled_from(open_keys))
            shares = split_units(left, {key: 1}, amount, with_shipping=False)
        else:
            shares = split_amount(left, amount)
        assert sum(share.amount_minor for share in shares) == amount
        taken, tax = taken + amount, tax + sum(share.tax_minor for share in shares)
        left = take(left, shares)
        assert is_sound(left)
    last = split_amount(left, sum(part.amount_minor for part in left))

    taken += sum(share.amount_minor for share in last)
    tax += sum(share.tax_minor for share in last)
    assert (taken, tax) == (whole, wholetax)


def test_the_tax_of_a_part_follows_its_amount():
    [share] = split_units(
        [Part(1, 6000, 958, 3), Part(None, 490, 78)], {1: 2}, None, with_shipping=False
    )

    assert share == Share(1, 4000, 639, 2)


def test_more_than_the_units_cost_goes_to_delivery_first():
    left = [Part(1, 2000, 319, 1), Part(2, 1000, 160, 1), Part(None, 490, 78)]

    shares = split_units(left, {1: 1}, 2600, with_shipping=False)

    assert [(share.key, share.amount_minor, share.units) for share in shares] == [
        (1, 2000, 1),
        (2, 110, 0),
        (None, 490, 0),
    ]
