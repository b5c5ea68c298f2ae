"""Cases of the calculator, each worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from pricing.calculator import (
    CodeFacts,
    GoodsFacts,
    LineFacts,
    PromotionFacts,
    QuoteContext,
    ShippingOption,
    TaxFacts,
    quote,
    round_half_up,
    spread,
)
from pricing.errors import AmountTooLarge
from pricing.states import BenefitKind, TaxMode
from shop.core.money import MAX_MINOR

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
GERMANY = {
    "standard": TaxFacts(Decimal(19), TaxMode.INCLUDED),
    "books": TaxFacts(Decimal(7), TaxMode.INCLUDED),
}
NEW_YORK = {"standard": TaxFacts(Decimal("8.875"), TaxMode.ADDED)}
STANDARD = ShippingOption("standard", "Standard", 490, free_from_minor=5000, max_weight_g=30_000)
FREIGHT = ShippingOption("freight", "Two people and a van", 4900, max_weight_g=120_000)


def line(key="1", *, quantity=1, price=1000, **facts):
    return LineFacts(
        key=key,
        sku=f"SKU-{key}",
        name=f"Thing {key}",
        quantity=quantity,
        unit_price_minor=price,
        tax_class=facts.pop("tax_class", "standard"),
        **facts,
    )


def context(**changes):
    return QuoteContext(**{"currency": "EUR", "at": NOW, "country": "DE", **changes})


def promotion(kind=BenefitKind.PERCENT_ORDER, **facts):
    return PromotionFacts(**{"id": 1, "kind": kind, "name": "Sale", **facts})


def code(name="TEN", kind=BenefitKind.PERCENT_ORDER, **facts):
    return CodeFacts(name, promotion(kind, **{"name": name.capitalize(), **facts}))


def percent(value, **changes):
    return code(percent=Decimal(value), **changes)


def amount(minor, **changes):
    return code("FIVE", BenefitKind.AMOUNT_ORDER, amount_minor=minor, **changes)


def goods(*categories, name=""):
    return GoodsFacts(name, category_ids=frozenset(categories))


def test_an_empty_cart_costs_nothing_and_ships_nowhere():
    result = quote([], context(shipping_options=[STANDARD], tax_rates=GERMANY))

    assert (result.subtotal_minor, result.shipping_minor, result.total_minor) == (0, 0, 0)
    assert result.shipping is None
    assert [method.price_minor for method in result.shipping_methods] == [490]


def test_tax_held_in_the_price_leaves_the_total_as_it_is():
    result = quote([line(quantity=3, price=1999)], context(tax_rates=GERMANY))

    # 59.97 × 19 / 119 = 9.5750…
    assert (result.subtotal_minor, result.tax_minor, result.tax_added_minor) == (5997, 958, 0)
    assert result.total_minor == 5997
    assert result.lines[0].tax_percent == Decimal(19)


def test_tax_that_is_added_is_rounded_once_for_the_line_and_not_for_each_unit():
    result = quote([line(quantity=3, price=199)], context(tax_rates=NEW_YORK, country="US"))

    # 5.97 × 8.875 % = 0.5298…; rounded for each unit it would be 3 × 0.18 = 0.54.
    assert (result.tax_minor, result.tax_added_minor, result.total_minor) == (53, 53, 650)


def test_a_half_goes_up():
    half = {"standard": TaxFacts(Decimal(5), TaxMode.ADDED)}

    result = quote([line(price=10)], context(tax_rates=half))

    assert result.tax_minor == 1
    assert [round_half_up(Fraction(number, 2)) for number in (1, 2, 3, 5)] == [1, 1, 2, 3]
    assert round_half_up(Fraction(1, 2) - Fraction(1, 10**30)) == 0


def test_lines_of_several_rates_and_modes_are_taxed_each_at_its_own():
    rates = {**GERMANY, "food": TaxFacts(Decimal(10), TaxMode.ADDED)}
    lines = [
        line("1", price=11900),
        line("2", price=1070, tax_class="books"),
        line("3", price=500, tax_class="food"),
        line("4", price=300, tax_class="unknown"),
    ]

    result = quote(lines, context(tax_rates=rates))

    assert [part.tax_minor for part in result.lines] == [1900, 70, 50, 0]
    assert (result.tax_minor, result.tax_added_minor) == (2020, 50)
    assert result.total_minor == 11900 + 1070 + 500 + 300 + 50


def test_shipping_is_taxed_at_the_standard_rate_whatever_is_in_the_parcel():
    result = quote(
        [line(price=1070, tax_class="books")],
        context(tax_rates=GERMANY, shipping_options=[STANDARD]),
    )

    assert (result.shipping_minor, result.total_minor) == (490, 1560)
    assert result.tax_minor == 70 + 78
    assert [part.line_key for part in result.adjustments if part.kind == "tax"] == ["1", None]


def test_without_rates_an_export_is_not_taxed():
    result = quote([line(price=1000)], context(shipping_options=[STANDARD]))

    assert (result.tax_minor, result.total_minor) == (0, 1490)
    assert [part for part in result.adjustments if part.kind == "tax"] == []


def test_a_discount_on_the_order_is_spread_by_largest_remainder():
    lines = [line("1", price=1000), line("2", price=1000), line("3", price=1000)]

    result = quote(lines, context(codes=[amount(100)]))

    assert [part.discount_minor for part in result.lines] == [34, 33, 33]
    assert result.total_minor == 2900


@pytest.mark.parametrize(
    ("whole", "weights", "parts"),
    [
        (0, [1, 2], [0, 0]),
        (5, [], []),
        (5, [0, 0], [0, 0]),
        (10, [1, 1, 1], [4, 3, 3]),
        (7, [0, 10, 4], [0, 5, 2]),
        (100, [333, 333, 334], [33, 33, 34]),
        (6, [1, 2, 3], [1, 2, 3]),
    ],
)
def test_spreading_loses_and_finds_nothing(whole, weights, parts):
    assert spread(whole, weights) == parts


def test_discounts_come_before_tax():
    result = quote([line(price=11900)], context(tax_rates=GERMANY, codes=[percent(50)]))

    assert (result.discount_minor, result.tax_minor, result.total_minor) == (5950, 950, 5950)


def test_a_coupon_on_lines_rounds_each_line_by_itself():
    coupon = code("LINES", BenefitKind.PERCENT_LINES, percent=Decimal(15), goods=goods(7, 8))
    lines = [
        line("1", price=1010, category_ids=frozenset({7})),
        line("2", price=1010, category_ids=frozenset({8})),
        line("3", price=1010, category_ids=frozenset({9})),
    ]

    result = quote(lines, context(codes=[coupon]))

    assert [part.discount_minor for part in result.lines] == [152, 152, 0]


def test_a_fixed_amount_never_lowers_more_than_the_lines_it_is_for():
    coupon = code("BOOKS", BenefitKind.AMOUNT_LINES, amount_minor=5000, goods=goods(7))
    lines = [line("1", price=800, category_ids=frozenset({7})), line("2", price=9000)]

    result = quote(lines, context(codes=[coupon]))

    assert [part.discount_minor for part in result.lines] == [800, 0]
    assert result.total_minor == 9000


def test_a_coupon_of_all_leaves_nothing_to_pay_and_never_less():
    result = quote([line(price=999)], context(tax_rates=NEW_YORK, codes=[amount(100_000)]))

    assert (result.discount_minor, result.tax_minor, result.total_minor) == (999, 0, 0)


def test_free_delivery_counts_what_the_goods_cost_after_discounts():
    lines = [line(price=5000)]

    dear = quote(lines, context(shipping_options=[STANDARD]))
    cheap = quote(lines, context(shipping_options=[STANDARD], codes=[amount(500)]))

    assert (dear.shipping_minor, dear.total_minor) == (0, 5000)
    assert dear.shipping.reason == "Free from €50.00."
    assert (cheap.shipping_minor, cheap.total_minor) == (490, 4990)


def test_a_coupon_for_free_delivery_frees_its_own_method_only():
    coupon = code("FREESHIP", BenefitKind.FREE_SHIPPING, shipping_method_code="standard")
    facts = context(shipping_options=[STANDARD, FREIGHT], codes=[coupon])

    standard = quote([line()], facts)
    freight = quote([line()], replace(facts, shipping_method="freight"))

    assert (standard.shipping_minor, standard.coupon.applied) == (0, True)
    assert standard.shipping.reason == "Free with your code."
    assert (freight.shipping_minor, freight.coupon.applied) == (4900, False)
    assert freight.coupon.reason == "This code is for delivery by Standard."
    assert [
        (step.amount_minor, step.detail) for step in freight.trace if step.kind == "coupon"
    ] == [(0, "This code is for delivery by Standard.")]
    assert [
        (step.label, step.amount_minor, step.detail)
        for step in standard.trace
        if step.kind == "shipping"
    ] == [("Standard", 490, ""), ("FREESHIP", -490, "Delivery is free.")]


def test_a_parcel_that_is_too_heavy_is_told_in_words_and_goes_another_way():
    result = quote(
        [line(quantity=4, weight_g=10_050)], context(shipping_options=[STANDARD, FREIGHT])
    )

    assert result.weight_g == 40_200
    assert [method.problem for method in result.shipping_methods] == [
        "Too heavy: 40.2 kg of at most 30 kg.",
        "",
    ]
    assert result.shipping.code == "freight"


@pytest.mark.parametrize("code", ["pigeon", "standard"])
def test_a_method_that_is_unknown_or_impossible_is_not_replaced_silently(code):
    result = quote(
        [line(weight_g=30_001)],
        context(shipping_options=[STANDARD, FREIGHT], shipping_method=code),
    )

    assert (result.shipping, result.shipping_minor) == (None, 0)


@pytest.mark.parametrize(
    ("coupon", "reason"),
    [
        (CodeFacts("TEN", problem="There is no such code."), "There is no such code."),
        (
            percent(10, starts_at=NOW + timedelta(seconds=1)),
            "This code works from 4 May 2026, 12:00 on.",
        ),
        (percent(10, ends_at=NOW), "This code has ended."),
        (percent(10, minimum_minor=1001), "This code works from €10.01: €0.01 more."),
        (
            percent(10, goods=goods(7, name="Audio")),
            "This code is for Audio, and nothing of it is in the cart.",
        ),
        (amount(None), "This code does not work in EUR."),
    ],
)
def test_a_coupon_that_does_not_apply_says_why(coupon, reason):
    result = quote([line(price=1000)], context(codes=[coupon]))

    assert (result.coupon.applied, result.coupon.reason) == (False, reason)
    assert (result.discount_minor, result.total_minor) == (0, 1000)
    assert [step.detail for step in result.trace if step.kind == "coupon"] == [reason]


def test_a_coupon_works_from_its_first_moment_and_at_its_minimum():
    coupon = percent(10, starts_at=NOW, ends_at=NOW + timedelta(seconds=1), minimum_minor=1000)

    result = quote([line(price=1000)], context(codes=[coupon]))

    assert (result.coupon.applied, result.coupon.reason) == (True, "10 % off")
    assert result.total_minor == 900


def test_no_coupon_applies_to_an_empty_cart():
    result = quote([], context(codes=[amount(500)]))

    assert (result.coupon.applied, result.coupon.reason) == (False, "The cart is empty.")


def test_the_trace_says_in_words_why_each_figure_is_what_it_is():
    result = quote(
        [line(quantity=2, price=1500, compare_at_minor=2000)],
        context(
            tax_rates=GERMANY,
            codes=[percent("12.5")],
            shipping_options=[replace(STANDARD, arrives_to=date(2026, 5, 8))],
        ),
    )

    assert [(step.kind, step.label, step.amount_minor, step.detail) for step in result.trace] == [
        ("line", "2 × Thing 1", 3000, "On sale, was €20.00 each."),
        ("discount", "TEN", -375, "12.5 % off"),
        ("shipping", "Standard", 490, ""),
        ("tax", "Tax 19 %", 419 + 78, "held in the prices"),
        ("total", "Total", 3115, ""),
    ]


def test_every_discount_and_tax_is_an_adjustment_with_its_source():
    result = quote(
        [line("1", price=1000), line("2", price=500, tax_class="books")],
        context(tax_rates=GERMANY, codes=[percent(10)], shipping_options=[STANDARD]),
    )

    assert [
        (part.kind, part.line_key, part.amount_minor, part.base_minor, part.source)
        for part in result.adjustments
    ] == [
        ("discount", "1", -100, 1000, "coupon:TEN"),
        ("discount", "2", -50, 500, "coupon:TEN"),
        ("shipping", None, 490, 490, "standard"),
        ("tax", "1", 144, 900, "DE:standard"),
        ("tax", "2", 29, 450, "DE:books"),
        ("tax", None, 78, 490, "DE:standard"),
    ]


@pytest.mark.parametrize(
    ("currency", "price", "discount", "tax", "total", "words"),
    [
        ("JPY", 1255, 377, 308, 3388, "On sale, was ¥1,300 each."),
        ("EUR", 1255, 377, 308, 3388, "On sale, was €13.00 each."),
        ("KWD", 1255, 377, 308, 3388, "On sale, was KWD1.300 each."),
    ],
)
def test_currencies_of_no_two_and_three_decimals_differ_in_their_words_only(
    currency, price, discount, tax, total, words
):
    rates = {"standard": TaxFacts(Decimal(10), TaxMode.INCLUDED)}

    result = quote(
        [line(quantity=3, price=price, compare_at_minor=1300)],
        context(currency=currency, tax_rates=rates, codes=[percent(10)]),
    )

    assert (result.discount_minor, result.tax_minor, result.total_minor) == (discount, tax, total)
    assert result.trace[0].detail == words


def test_a_sum_beyond_what_the_books_hold_is_refused():
    with pytest.raises(AmountTooLarge):
        quote([line(quantity=2, price=MAX_MINOR)], context())
