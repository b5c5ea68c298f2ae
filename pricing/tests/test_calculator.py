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


def delivery_taxes(result):
    return [
        (part.percent, part.is_included, part.base_minor, part.amount_minor, part.source)
        for part in result.adjustments
        if part.kind == "tax" and part.line_key is None
    ]


def test_delivery_of_books_is_taxed_as_books():
    result = quote(
        [line(price=1070, tax_class="books")],
        context(tax_rates=GERMANY, shipping_options=[STANDARD]),
    )

    assert (result.shipping_minor, result.total_minor) == (490, 1560)
    assert result.tax_minor == 70 + 32
    assert delivery_taxes(result) == [(Decimal(7), True, 490, 32, "DE:books")]


def test_delivery_is_shared_over_the_rates_by_what_the_goods_cost_after_discounts():
    lines = [line("1", price=1000), line("2", price=2000, tax_class="books")]
    off = code(kind=BenefitKind.PERCENT_LINES, percent=Decimal(50), goods=goods(1))
    lines[1] = replace(lines[1], category_ids=frozenset({1}))

    result = quote(lines, context(tax_rates=GERMANY, codes=[off], shipping_options=[STANDARD]))

    assert delivery_taxes(result) == [
        (Decimal(19), True, 245, 39, "DE:standard"),
        (Decimal(7), True, 245, 16, "DE:books"),
    ]


def test_the_odd_unit_of_delivery_goes_to_the_higher_rate():
    lines = [line("1", price=1000, tax_class="books"), line("2", price=1000)]
    odd = replace(STANDARD, price_minor=491)

    result = quote(lines, context(tax_rates=GERMANY, shipping_options=[odd]))

    assert [share[2] for share in delivery_taxes(result)] == [246, 245]


def test_classes_of_one_rate_share_one_row_of_delivery():
    rates = {**GERMANY, "food": TaxFacts(Decimal("7.0000"), TaxMode.INCLUDED)}
    lines = [line("1", tax_class="food"), line("2", tax_class="books")]

    result = quote(lines, context(tax_rates=rates, shipping_options=[STANDARD]))

    assert delivery_taxes(result) == [(Decimal(7), True, 490, 32, "DE:books+food")]


def test_each_share_of_delivery_is_taxed_in_the_mode_of_its_goods():
    rates = {**GERMANY, "food": TaxFacts(Decimal(10), TaxMode.ADDED)}
    lines = [line("1", price=1500), line("2", price=500, tax_class="food")]
    sent = replace(STANDARD, price_minor=400)

    result = quote(lines, context(tax_rates=rates, shipping_options=[sent]))

    assert delivery_taxes(result) == [
        (Decimal(19), True, 300, 48, "DE:standard"),
        (Decimal(10), False, 100, 10, "DE:food"),
    ]
    assert result.total_minor == 1500 + 500 + 400 + 50 + 10


def test_gift_cards_bear_none_of_delivery():
    card = line("2", price=5000, tax_class="none", is_gift_card=True)

    result = quote(
        [line("1", tax_class="books"), card],
        context(tax_rates=GERMANY, shipping_options=[STANDARD]),
    )

    assert delivery_taxes(result) == [(Decimal(7), True, 490, 32, "DE:books")]
    assert result.missing_rates == ()


@pytest.mark.parametrize(
    ("prices", "off", "shares"),
    [
        # What they cost before discounts counts where nothing is left of it, then their units.
        ((3000, 1000), 100, [(19, 368), (7, 122)]),
        ((0, 0), 0, [(19, 327), (7, 163)]),
    ],
)
def test_delivery_of_what_costs_nothing_is_shared_all_the_same(prices, off, shares):
    lines = [
        line("1", price=prices[0], quantity=2),
        line("2", price=prices[1] * 2, tax_class="books"),
    ]

    result = quote(
        lines, context(tax_rates=GERMANY, codes=[percent(off)], shipping_options=[STANDARD])
    )

    assert result.goods_minor == 0
    assert [(int(share[0]), share[2]) for share in delivery_taxes(result)] == shares


def test_a_shop_may_tax_all_of_delivery_at_the_standard_rate():
    result = quote(
        [line(price=1070, tax_class="books")],
        context(tax_rates=GERMANY, shipping_options=[STANDARD], delivery_tax="standard"),
    )

    assert delivery_taxes(result) == [(Decimal(19), True, 490, 78, "DE:standard")]


def test_an_export_is_not_taxed_and_lacks_no_rate():
    result = quote([line(price=1000)], context(is_export=True, shipping_options=[STANDARD]))

    assert (result.tax_minor, result.total_minor) == (0, 1490)
    assert [part for part in result.adjustments if part.kind == "tax"] == []
    assert (result.is_export, result.missing_rates) == (True, ())


def test_a_class_without_a_rate_is_named_and_0_percent_is_a_rate():
    rates = {"books": TaxFacts(Decimal(0), TaxMode.INCLUDED)}
    lines = [line("1"), line("2", tax_class="books")]

    result = quote(lines, context(tax_rates=rates, shipping_options=[STANDARD]))

    assert result.missing_rates == ("standard",)


def test_a_missing_rate_is_named_where_nothing_is_delivered_too():
    result = quote([line()], context(tax_rates={}, shipping_options=[]))

    assert result.missing_rates == ("standard",)


def test_a_line_keeps_the_rate_it_was_sold_with():
    sold = line(price=11600, tax=TaxFacts(Decimal(16), TaxMode.INCLUDED))

    result = quote([sold], context(tax_rates=GERMANY))

    assert (result.lines[0].tax_percent, result.tax_minor) == (Decimal(16), 1600)


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
    assert dear.shipping.reason == "Free for orders from €50."
    assert (cheap.shipping_minor, cheap.total_minor) == (490, 4990)


def test_a_coupon_for_free_delivery_frees_its_own_method_only():
    coupon = code("FREESHIP", BenefitKind.FREE_SHIPPING, shipping_method_code="standard")
    facts = context(shipping_options=[STANDARD, FREIGHT], codes=[coupon])

    standard = quote([line()], facts)
    freight = quote([line()], replace(facts, shipping_method="freight"))

    assert (standard.shipping_minor, standard.coupon.applied) == (0, True)
    assert standard.shipping.reason == "Free with your code."
    assert (freight.shipping_minor, freight.coupon.applied) == (4900, False)
    assert freight.coupon.reason == "This code requires the delivery method Standard."
    assert [
        (step.amount_minor, step.detail) for step in freight.trace if step.kind == "coupon"
    ] == [(0, "This code requires the delivery method Standard.")]
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
        "Too heavy: 40.2 kg. The limit is 30 kg.",
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
            "This code is valid from 4 May 2026, 14:00.",
        ),
        (percent(10, ends_at=NOW), "This code has expired."),
        (
            percent(10, minimum_minor=1001),
            "This code requires a minimum of €10.01. Add €0.01 more.",
        ),
        (
            percent(10, goods=goods(7, name="Audio")),
            "This code applies to Audio. Your cart has no matching items.",
        ),
        (amount(None), "This code can't be used with EUR."),
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
        ("line", "2 × Thing 1", 3000, "On sale, was €20 each."),
        ("discount", "TEN", -375, "12.5 % off"),
        ("shipping", "Standard", 490, ""),
        ("tax", "Tax 19 %", 419 + 78, "included in prices"),
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
        ("tax", None, 52, 327, "DE:standard"),
        ("tax", None, 11, 163, "DE:books"),
    ]


@pytest.mark.parametrize(
    ("currency", "price", "discount", "tax", "total", "words"),
    [
        ("JPY", 1255, 377, 308, 3388, "On sale, was ¥1,300 each."),
        ("EUR", 1255, 377, 308, 3388, "On sale, was €13 each."),
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


# Kinds of promotion, each by hand
# ------------------------------------------------------------------


def off(kind, *lines, **facts):
    """What a promotion by itself takes off each line."""
    result = quote(list(lines), context(promotions=[promotion(kind, **facts)]))
    return [each.discount_minor for each in result.lines]


BY_HAND = {
    # Take 3, pay 2: of 3 units the cheapest, of 6 the two cheapest, of 5 still one.
    "three for two": (
        BenefitKind.N_FOR_M,
        {"take": 3, "pay": 2},
        [(2, 1000), (1, 400)],
        [0, 400],
    ),
    "three for two, twice": (
        BenefitKind.N_FOR_M,
        {"take": 3, "pay": 2},
        [(4, 1000), (2, 400)],
        [0, 800],
    ),
    "three for two of five": (
        BenefitKind.N_FOR_M,
        {"take": 3, "pay": 2},
        [(3, 1000), (2, 400)],
        [0, 400],
    ),
    "five for three across lines": (
        BenefitKind.N_FOR_M,
        {"take": 5, "pay": 3},
        [(4, 1000), (1, 400)],
        [1000, 400],
    ),
    # Buy 2, get 1: a unit is bought or got, so 2 units get nothing and 3 get the cheapest.
    "buy two of two": (
        BenefitKind.BUY_GET,
        {"buy": 2, "get": 1, "percent": Decimal(100)},
        [(2, 1000)],
        [0],
    ),
    "buy two of three": (
        BenefitKind.BUY_GET,
        {"buy": 2, "get": 1, "percent": Decimal(100)},
        [(2, 1000), (1, 400)],
        [0, 400],
    ),
    # Half of 3.33 is 1.665: half up once, 1.67.
    "buy one, get one for half": (
        BenefitKind.BUY_GET,
        {"buy": 1, "get": 1, "percent": Decimal(50)},
        [(1, 1000), (1, 333)],
        [0, 167],
    ),
    # From 3 units 10 %, from 5 units 20 %: 2 + 3 units reach the second step together.
    "the second step": (
        BenefitKind.TIERED,
        {"tiers": ((3, Decimal(10)), (5, Decimal(20)))},
        [(2, 1000), (3, 333)],
        [400, 200],
    ),
    "the first step": (
        BenefitKind.TIERED,
        {"tiers": ((3, Decimal(10)), (5, Decimal(20)))},
        [(1, 1000), (3, 333)],
        [100, 100],
    ),
    "below the first step": (
        BenefitKind.TIERED,
        {"tiers": ((3, Decimal(10)), (5, Decimal(20)))},
        [(2, 1000)],
        [0],
    ),
    # 5.00 of 20.00 + 3.33: 4.286… and 0.714…; one unit is left and goes to the larger remainder.
    "an amount off lines": (
        BenefitKind.AMOUNT_LINES,
        {"amount_minor": 500},
        [(2, 1000), (1, 333)],
        [429, 71],
    ),
    # 12.5 % of 3.33 is 0.41625, of 10.00 exactly 1.25.
    "percent off lines": (
        BenefitKind.PERCENT_LINES,
        {"percent": Decimal("12.5")},
        [(1, 1000), (1, 333)],
        [125, 42],
    ),
}


@pytest.mark.parametrize("case", BY_HAND)
def test_each_kind_of_promotion_takes_off_what_it_says(case):
    kind, facts, wanted, expected = BY_HAND[case]
    lines = [
        line(str(place), quantity=quantity, price=price)
        for place, (quantity, price) in enumerate(wanted)
    ]

    assert off(kind, *lines, **facts) == expected


def test_a_promotion_of_a_category_counts_and_lowers_its_goods_only():
    tea, cup = line("1", price=1000, category_ids=frozenset({7})), line("2", price=400)

    of_tea = goods(7, name="Tea")
    assert off(BenefitKind.PERCENT_LINES, tea, cup, percent=Decimal(10), goods=of_tea) == [100, 0]
    assert off(BenefitKind.PERCENT_ORDER, tea, cup, percent=Decimal(10), goods=of_tea) == [100, 0]
    assert off(BenefitKind.N_FOR_M, tea, cup, take=2, pay=1, goods=of_tea) == [0, 0]
    assert off(
        BenefitKind.BUY_GET,
        tea,
        cup,
        buy=1,
        get=1,
        percent=Decimal(100),
        goods=of_tea,
        get_goods=GoodsFacts("Cups", product_ids=frozenset({9})),
    ) == [0, 0]


def test_buying_of_one_category_gets_the_cheapest_of_another():
    tea = line("1", quantity=2, price=1000, category_ids=frozenset({7}))
    cups = [line(key, price=price, product_id=9) for key, price in (("2", 500), ("3", 400))]

    assert off(
        BenefitKind.BUY_GET,
        tea,
        *cups,
        buy=2,
        get=1,
        percent=Decimal(100),
        goods=goods(7, name="Tea"),
        get_goods=GoodsFacts("Cups", product_ids=frozenset({9})),
    ) == [0, 0, 400]


def test_goods_of_a_category_and_a_collection_must_be_in_both():
    both = GoodsFacts("Tea, Gifts", category_ids=frozenset({7}), product_ids=frozenset({1}))
    lines = [
        line("1", category_ids=frozenset({7}), product_id=1),
        line("2", category_ids=frozenset({7}), product_id=2),
        line("3", category_ids=frozenset({8}), product_id=1),
    ]

    taken = off(BenefitKind.PERCENT_LINES, *lines, percent=Decimal(10), goods=both)

    assert taken == [100, 0, 0]


@pytest.mark.parametrize(
    ("moment", "taken"),
    [
        (NOW - timedelta(microseconds=1), 0),
        (NOW, 100),
        (NOW + timedelta(hours=1) - timedelta(microseconds=1), 100),
        (NOW + timedelta(hours=1), 0),
    ],
)
def test_a_planned_promotion_works_from_its_first_moment_until_its_end(moment, taken):
    planned = promotion(percent=Decimal(10), starts_at=NOW, ends_at=NOW + timedelta(hours=1))

    result = quote([line()], context(promotions=[planned], at=moment))

    assert result.discount_minor == taken


def lanes(*rules):
    """The amounts of what is used of promotions, given as (kind, facts), by name."""
    facts = [
        promotion(kind, id=place, position=place, name=f"P{place}", **more)
        for place, (kind, more) in enumerate(rules, start=1)
    ]
    result = quote(
        [line("1", quantity=3)],
        context(promotions=facts, shipping_options=[replace(STANDARD, free_from_minor=None)]),
    )
    return {one.name: one.amount_minor for one in result.promotions}


TEN = (BenefitKind.PERCENT_LINES, {"percent": Decimal(10), "combination": "stacks"})
ONE_EURO = (BenefitKind.AMOUNT_LINES, {"amount_minor": 100, "combination": "stacks"})
FIFTEEN = (BenefitKind.PERCENT_LINES, {"percent": Decimal(15), "combination": "lane"})
ORDER = (BenefitKind.PERCENT_ORDER, {"percent": Decimal(10), "combination": "lane"})
DELIVERY = (BenefitKind.FREE_SHIPPING, {"combination": "lane"})
ALONE = (BenefitKind.PERCENT_ORDER, {"percent": Decimal(20), "combination": "alone"})


def test_those_that_stack_work_one_after_the_other_and_the_better_one_alone_beats_them():
    assert lanes(TEN, ONE_EURO) == {"P1": 300, "P2": 100}
    # The other way round the amount comes first: 10 % of 29.00.
    assert lanes(ONE_EURO, TEN) == {"P1": 100, "P2": 290}
    assert lanes(TEN, ONE_EURO, FIFTEEN) == {"P3": 450}


def test_each_lane_works_on_what_the_one_before_left():
    # 30.00 − 4.50 = 25.50, of that 10 %; and delivery for 4.90.
    assert lanes(FIFTEEN, ORDER, DELIVERY) == {"P1": 450, "P2": 255, "P3": 490}


def test_what_stands_alone_wins_only_where_the_order_is_cheaper_with_it():
    # 6.00 alone beats 4.50, and loses against 4.50 + 2.55.
    assert lanes(FIFTEEN, ALONE) == {"P2": 600}
    assert lanes(FIFTEEN, ORDER, ALONE) == {"P1": 450, "P2": 255}
    # As much as another: the one that tolerates others is used.
    twin = (BenefitKind.PERCENT_ORDER, {"percent": Decimal(20), "combination": "lane"})
    assert lanes(ALONE, twin) == {"P2": 600}


def test_of_two_that_give_the_same_the_one_in_front_is_used():
    same = (BenefitKind.AMOUNT_ORDER, {"amount_minor": 300, "combination": "lane"})
    assert lanes(same, ORDER) == {"P1": 300}
    assert lanes(ORDER, same) == {"P1": 300}


def test_a_discount_that_costs_the_free_delivery_is_used_only_where_the_order_gets_cheaper():
    # 60.00 − 10.50 + 4.90 is less than 60.00; 50.00 − 1.00 + 4.90 is more than 50.00.
    better = amount(1050)
    worse = amount(100)

    cheap = quote([line(quantity=6)], context(codes=[better], shipping_options=[STANDARD]))
    dear = quote([line(quantity=5)], context(codes=[worse], shipping_options=[STANDARD]))

    assert (cheap.total_minor, cheap.codes_used) == (5440, ("FIVE",))
    assert (dear.total_minor, dear.codes_used) == (5000, ())
    assert (
        dear.coupon.reason
        == "This code doesn't lower your total, because delivery would no longer be free."
    )


def test_a_reduced_price_names_the_lowest_of_30_days_and_counts_its_per_cent_from_it():
    reduced = line(price=36000, compare_at_minor=42000, low_minor=40000, percent_off=10)

    result = quote([reduced], context())

    assert result.trace[0].detail == (
        "On sale, was €420 each. 10 % below €400, the lowest price in the previous 30 days."
    )
