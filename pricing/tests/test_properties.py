"""What holds for every cart: 5,000 of them, against an oracle that was written another way."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.calculator import quote, spread
from pricing.states import Combination, Lane
from pricing.tests.oracle import Carts, Oracle

CARTS = 5000
BATCHES = 10


def figures_of(result):
    return {
        "discounts": {line.key: line.discount_minor for line in result.lines},
        "shipping": result.shipping_minor,
        "tax": result.tax_minor,
        "added": result.tax_added_minor,
        "total": result.total_minor,
        "used": {one.id for one in result.promotions},
    }


@pytest.mark.parametrize("seed", range(BATCHES))
def test_every_quote_is_what_the_oracle_says(seed):
    carts = Carts(seed)
    used = Counter()
    for number in range(CARTS // BATCHES):
        lines, facts = carts.next()
        expected = vars(Oracle(lines, facts).says())
        expected.pop("lanes")

        result = quote(lines, facts)

        assert figures_of(result) == expected, f"seed {seed}, cart {number}"
        kinds = {one.id: one.kind for one in facts.promotions}
        kinds |= {code.promotion.id: code.promotion.kind for code in facts.codes}
        used.update(kinds[one.id] for one in result.promotions)
    # Ten kinds of promotion: the carts try them all.
    assert len(used) == 10, used


def test_every_sum_adds_up_and_nothing_is_negative():
    carts = Carts(101)
    for _each in range(1000):
        lines, facts = carts.next()

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
        assert min(result.total_minor, result.shipping_minor) >= 0
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


def test_every_promotion_is_one_adjustment_a_line_and_adds_up_to_what_it_takes_off():
    carts = Carts(102)
    for _each in range(500):
        lines, facts = carts.next()

        result = quote(lines, facts)

        for one in result.promotions:
            parts = [part for part in result.adjustments if part.source == one.source]
            keys = [part.line_key for part in parts]
            assert len(keys) == len(set(keys))
            assert sum(part.amount_minor for part in parts) == -one.amount_minor < 0
            assert all(-part.amount_minor <= part.base_minor for part in parts)
            assert all(part.reason for part in parts)


def test_the_order_of_the_lines_changes_no_figure():
    carts, dice = Carts(103), Random(103)
    for _each in range(500):
        lines, facts = carts.next()
        shuffled = dice.sample(lines, len(lines))

        assert figures_of(quote(shuffled, facts)) == figures_of(quote(lines, facts))


def test_the_best_of_a_lane_really_is_the_best_and_no_promotion_makes_an_order_more_expensive():
    carts = Carts(104)
    for _each in range(500):
        lines, facts = carts.next()
        without = quote(lines, replace(facts, promotions=(), codes=()))

        result = quote(lines, facts)

        assert result.total_minor <= without.total_minor
        oracle = Oracle(lines, facts)
        used = {one.id for one in result.promotions}
        social = [one for one in oracle.offers if one.combination != Combination.ALONE]
        if used and used <= {one.id for one in social}:
            for lane, (_best, savings) in oracle.calculate(social).lanes.items():
                taken = sum(one.amount_minor for one in result.promotions if one.lane == lane)
                assert taken == max(savings, default=0)


def test_what_stands_alone_stands_alone():
    carts = Carts(105)
    seen = Counter()
    for _each in range(1000):
        lines, facts = carts.next()
        rules = {one.id: one.combination for one in facts.promotions}
        rules |= {code.promotion.id: code.promotion.combination for code in facts.codes}

        result = quote(lines, facts)

        for lane in Lane:
            here = [rules[one.id] for one in result.promotions if one.lane == lane]
            assert len(here) <= 1 or set(here) == {Combination.STACKS}
            seen[len(here) > 1] += 1
        everywhere = [rules[one.id] for one in result.promotions]
        assert len(everywhere) <= 1 or Combination.ALONE not in everywhere
    assert seen[True] > 20


def test_the_trace_explains_the_total_and_every_code():
    carts = Carts(106)
    for _each in range(500):
        lines, facts = carts.next()

        result = quote(lines, facts)

        told = dict.fromkeys(("line", "discount", "shipping", "coupon", "tax", "total"), 0)
        for step in result.trace:
            told[step.kind] += step.amount_minor
        assert told["total"] == (
            told["line"] + told["discount"] + told["shipping"] + result.tax_added_minor
        )
        assert told["tax"] == result.tax_minor
        assert [one.code for one in result.coupons] == [code.code for code in facts.codes]
        for one in result.coupons:
            assert one.reason
            assert any(step.ref == one.code for step in result.trace)
            assert one.applied == any(used.code == one.code for used in result.promotions)


@settings(max_examples=200, deadline=None)
@given(weights=st.lists(st.integers(0, 10**9), max_size=20), data=st.data())
def test_spreading_is_exact_fair_and_never_takes_more_than_there_is(weights, data):
    whole = data.draw(st.integers(0, sum(weights)))

    parts = spread(whole, weights)

    assert sum(parts) == (whole if sum(weights) else 0)
    for part, weight in zip(parts, weights, strict=True):
        assert 0 <= part <= weight
        assert abs(part * sum(weights) - whole * weight) < max(sum(weights), 1)
