"""What holds for every cart, checked against a second calculator that was written another way.

The oracle works with decimals of 60 digits and hands the last units of a discount out one by one; the
calculator works with whole numbers and fractions.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext

from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.calculator import (
    CouponFacts,
    LineFacts,
    QuoteContext,
    ShippingOption,
    TaxFacts,
    quote,
    spread,
)
from pricing.states import CouponKind, TaxMode

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
CLASSES = ["standard", "food", "books", "none"]

percents = st.decimals(min_value=0, max_value=99, places=4).map(abs)
tax_rates = st.fixed_dictionaries(
    {},
    optional={
        code: st.builds(TaxFacts, percent=percents, mode=st.sampled_from(list(TaxMode)))
        for code in CLASSES[:3]
    },
)
line_facts = st.builds(
    LineFacts,
    key=st.just(""),
    sku=st.just("SKU"),
    name=st.sampled_from(["Cup", "茶碗", "Kanne 🫖"]),
    quantity=st.integers(1, 999),
    unit_price_minor=st.one_of(st.integers(0, 20), st.integers(0, 10**8)),
    tax_class=st.sampled_from(CLASSES),
    weight_g=st.integers(0, 5000),
    category_ids=st.sets(st.integers(1, 3), max_size=2).map(frozenset),
)
carts = st.lists(line_facts, max_size=12).map(
    lambda lines: [_with_key(line, str(number)) for number, line in enumerate(lines)]
)
coupons = st.none() | st.builds(
    CouponFacts,
    code=st.just("CODE"),
    kind=st.sampled_from(list(CouponKind)),
    percent=st.decimals(min_value="0.01", max_value=100, places=2),
    amount_minor=st.integers(1, 10**9),
    minimum_minor=st.none() | st.integers(0, 10**6),
    category_ids=st.none() | st.sets(st.integers(1, 3), min_size=1).map(frozenset),
    shipping_method_code=st.sampled_from(["", "a", "b"]),
)
options = st.lists(
    st.builds(
        ShippingOption,
        code=st.sampled_from(["a", "b", "c"]),
        name=st.just("Delivery"),
        price_minor=st.integers(0, 10**5),
        free_from_minor=st.none() | st.integers(0, 10**6),
        max_weight_g=st.none() | st.integers(0, 10**6),
    ),
    max_size=3,
    unique_by=lambda option: option.code,
)
contexts = st.builds(
    QuoteContext,
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
    at=st.just(NOW),
    country=st.just("DE"),
    tax_rates=tax_rates,
    shipping_options=options,
    shipping_method=st.sampled_from([None, "a", "b"]),
    coupon=coupons,
)


def _with_key(line: LineFacts, key: str) -> LineFacts:
    return LineFacts(
        key,
        line.sku,
        line.name,
        line.quantity,
        line.unit_price_minor,
        line.tax_class,
        line.weight_g,
        line.category_ids,
    )


def nearest(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def hand_out(whole: int, shares: list[int]) -> list[int]:
    """The largest remainder method as a person does it: floors first, then one each to the neediest."""
    everything = sum(shares)
    if everything == 0:
        return [0 for _share in shares]
    given_out = [whole * share // everything for share in shares]
    needs = [
        whole * share - everything * part for share, part in zip(shares, given_out, strict=True)
    ]
    while sum(given_out) < whole:
        neediest = needs.index(max(needs))
        given_out[neediest] += 1
        needs[neediest] = -1
    return given_out


def oracle(lines: list[LineFacts], facts: QuoteContext) -> dict[str, object]:
    """The figures of a quote."""
    costs = [line.quantity * line.unit_price_minor for line in lines]
    coupon, discounts, frees = facts.coupon, [0] * len(lines), ""
    if coupon is not None and sum(costs) >= (coupon.minimum_minor or 0):
        shares = [
            cost if coupon.category_ids is None or coupon.category_ids & line.category_ids else 0
            for line, cost in zip(lines, costs, strict=True)
        ]
        touched = [
            coupon.category_ids is None or bool(coupon.category_ids & line.category_ids)
            for line in lines
        ]
        if any(touched):
            rate = (coupon.percent or Decimal(0)) / 100
            if coupon.kind == CouponKind.PERCENT_LINES:
                discounts = [nearest(share * rate) for share in shares]
            elif coupon.kind == CouponKind.PERCENT_ORDER:
                discounts = hand_out(nearest(sum(shares) * rate), shares)
            elif coupon.kind == CouponKind.FREE_SHIPPING:
                frees = coupon.shipping_method_code or "any"
            else:
                discounts = hand_out(min(coupon.amount_minor or 0, sum(shares)), shares)
    goods = sum(costs) - sum(discounts)
    weight = sum(line.quantity * line.weight_g for line in lines)
    shipping = None
    for option in facts.shipping_options if lines else ():
        fits = option.max_weight_g is None or weight <= option.max_weight_g
        if fits and facts.shipping_method in (None, option.code):
            is_free = option.free_from_minor is not None and goods >= option.free_from_minor
            is_free = is_free or frees in ("any", option.code)
            shipping = 0 if is_free else option.price_minor
            break
    held = added = 0
    parts = [
        (line.tax_class, cost - discount)
        for line, cost, discount in zip(lines, costs, discounts, strict=True)
    ]
    for tax_class, paid in [*parts, ("standard", shipping or 0)]:
        rate_facts = facts.tax_rates.get(tax_class)
        if rate_facts is None:
            continue
        rate = rate_facts.percent / 100
        if rate_facts.mode == TaxMode.INCLUDED:
            held += nearest(paid - paid / (1 + rate)) if paid else 0
        else:
            added += nearest(paid * rate)
    return {
        "subtotal": sum(costs),
        "discounts": discounts,
        "shipping": shipping or 0,
        "tax": held + added,
        "total": goods + (shipping or 0) + added,
    }


@settings(max_examples=100, deadline=None)
@given(lines=carts, facts=contexts)
def test_every_quote_is_what_the_oracle_says(lines, facts):
    with localcontext() as precise:
        precise.prec = 60
        expected = oracle(lines, facts)

    result = quote(lines, facts)

    assert {
        "subtotal": result.subtotal_minor,
        "discounts": [line.discount_minor for line in result.lines],
        "shipping": result.shipping_minor,
        "tax": result.tax_minor,
        "total": result.total_minor,
    } == expected


@settings(max_examples=100, deadline=None)
@given(lines=carts, facts=contexts)
def test_every_sum_adds_up_and_nothing_is_negative(lines, facts):
    result = quote(lines, facts)

    for line in result.lines:
        assert line.subtotal_minor == line.quantity * line.unit_price_minor
        assert line.total_minor == line.subtotal_minor - line.discount_minor
        assert min(line.discount_minor, line.total_minor, line.tax_minor) >= 0
    assert result.subtotal_minor == sum(line.subtotal_minor for line in result.lines)
    assert result.discount_minor == sum(line.discount_minor for line in result.lines)
    assert result.total_minor == (
        result.subtotal_minor
        - result.discount_minor
        + result.shipping_minor
        + result.tax_added_minor
    )
    assert 0 <= result.tax_added_minor <= result.tax_minor
    assert result.total_minor >= 0
    sums = dict.fromkeys(("discount", "shipping", "tax"), 0)
    for part in result.adjustments:
        sums[part.kind] += part.amount_minor
    assert sums == {
        "discount": -result.discount_minor,
        "shipping": result.shipping_minor,
        "tax": result.tax_minor,
    }
    held = sum(part.amount_minor for part in result.adjustments if part.is_included)
    assert held == result.tax_minor - result.tax_added_minor


@settings(max_examples=100, deadline=None)
@given(lines=carts, facts=contexts)
def test_the_trace_explains_the_total_and_the_coupon(lines, facts):
    result = quote(lines, facts)

    told = {"line": 0, "discount": 0, "shipping": 0, "coupon": 0, "tax": 0, "total": 0}
    for step in result.trace:
        told[step.kind] += step.amount_minor
    assert (
        told["line"] + told["discount"] + told["shipping"] + result.tax_added_minor
        == (told["total"])
    )
    assert told["tax"] == result.tax_minor
    if facts.coupon is not None:
        assert result.coupon.reason
        assert any(step.ref == "CODE" for step in result.trace)
        assert result.coupon.applied or result.discount_minor == 0


@settings(max_examples=200, deadline=None)
@given(weights=st.lists(st.integers(0, 10**9), max_size=20), data=st.data())
def test_spreading_is_exact_fair_and_never_takes_more_than_there_is(weights, data):
    whole = data.draw(st.integers(0, sum(weights)))

    parts = spread(whole, weights)

    assert sum(parts) == (whole if sum(weights) else 0)
    for part, weight in zip(parts, weights, strict=True):
        assert 0 <= part <= weight
        assert abs(part * sum(weights) - whole * weight) < max(sum(weights), 1)
