"""Quotes from the tables, and the coupons that orders use up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.people import person_of
from catalog.tests.factories import CategoryFactory, ExchangeRateFactory
from pricing.calculator import LineFacts
from pricing.errors import CouponExhausted, PromotionExhausted
from pricing.models import Coupon, CouponUse
from pricing.promotions import release_promotions, use_coupon, use_promotion
from pricing.quotes import Shopper, payment_methods, quote_for
from pricing.quotes.context import add_working_days
from pricing.states import BenefitKind, TaxMode
from pricing.tests.factories import (
    CouponFactory,
    FixedCouponFactory,
    PaymentMethodFactory,
    PromotionFactory,
    ShippingMethodFactory,
    ShippingRateFactory,
    ShippingZoneFactory,
    TaxRateFactory,
)
from shop.core.integrity import check

pytestmark = pytest.mark.django_db

# A Monday.
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def line(key="1", *, quantity=1, price=2000, **facts):
    return LineFacts(
        key=key,
        sku=f"SKU-{key}",
        name=f"Thing {key}",
        quantity=quantity,
        unit_price_minor=price,
        tax_class=facts.pop("tax_class", "standard"),
        **facts,
    )


def ask(*lines, key="", customer_id=None, is_first=None, **changes):
    shopper = Shopper(
        (lambda: person_of(email=key)) if key else None,
        customer_id,
        None if is_first is None else lambda: is_first,
    )
    facts = {"currency": "EUR", "country": "DE", "shopper": shopper, "at": NOW}
    return quote_for(list(lines) or [line()], **{**facts, **changes})


def use(code, *, order, customer="alice@example.com"):
    use_coupon(code, order_number=order, person=person_of(email=customer), at=NOW)


def books_of(coupon):
    coupon.refresh_from_db()
    numbers = coupon.uses.order_by("order_number").values_list(
        "order_number", "customer_key", "number"
    )
    return coupon.used_count, list(numbers)


# Quotes ---------------------------------------------------------------------------------------


def test_a_quote_takes_tax_and_delivery_of_the_country():
    TaxRateFactory()
    TaxRateFactory(country="AT", percent=Decimal(20))
    ShippingMethodFactory(rate__free_from_minor=5000)

    germany, austria = ask(), ask(country="AT")

    assert (germany.shipping_minor, germany.tax_minor, germany.total_minor) == (490, 397, 2490)
    assert (austria.tax_minor, austria.total_minor) == (415, 2490)


def test_a_quote_costs_the_same_queries_for_one_line_and_for_a_hundred(
    django_assert_num_queries,
):
    TaxRateFactory()
    ShippingMethodFactory()
    CouponFactory(code="TEN", per_customer_limit=1, category=CategoryFactory())
    # Zones, methods and their prices, taxes, promotions, steps and the tree; then
    # all of it is remembered.
    with django_assert_num_queries(8):
        ask(line())

    with django_assert_num_queries(1):
        ask(line())
    with django_assert_num_queries(1):
        ask(*(line(str(number)) for number in range(100)))
    with django_assert_num_queries(4):
        ask(line(), codes=["TEN"], key="alice@example.com")


def test_a_rate_of_the_region_goes_before_the_country_s_and_dates_are_half_open():
    TaxRateFactory(country="US", percent=Decimal(4), mode=TaxMode.ADDED)
    TaxRateFactory(country="US", region="NY", percent=Decimal("8.875"), mode=TaxMode.ADDED)
    TaxRateFactory(percent=Decimal(16), valid_from=date(2020, 7, 1), valid_to=date(2021, 1, 1))
    TaxRateFactory(percent=Decimal(19), valid_from=date(2021, 1, 1))

    def percent(**changes):
        return ask(**changes).lines[0].tax_percent

    assert percent(country="US", region="NY") == Decimal("8.875")
    assert percent(country="US", region="New York") == Decimal("8.875")
    assert percent(country="US", region="OR") == Decimal(4)
    # The new year begins at midnight in the shop.
    assert percent(at=datetime(2020, 12, 31, 22, 59, tzinfo=UTC)) == Decimal(16)
    assert percent(at=datetime(2020, 12, 31, 23, tzinfo=UTC)) == Decimal(19)


def test_what_is_sent_to_an_export_zone_is_not_taxed():
    TaxRateFactory(country="CH")
    ShippingMethodFactory(zone__countries=["CH"], zone__is_export=True)

    assert (ask(country="CH").tax_minor, ask(country="CH").total_minor) == (0, 2490)


def test_a_country_of_no_zone_falls_to_the_zone_of_all_others():
    ShippingMethodFactory(zone__position=1)
    ShippingMethodFactory(zone__countries=["*"], zone__position=0, rate__price_minor=2900)

    assert ask(country="DE").shipping_minor == 490
    assert ask(country="NZ").shipping_minor == 2900


def test_without_any_zone_nothing_can_be_sent():
    quote = ask(country="NZ")

    assert (quote.shipping, quote.shipping_methods) == (None, ())


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 5, 4), 0, date(2026, 5, 4)),
        (date(2026, 5, 4), 4, date(2026, 5, 8)),
        (date(2026, 5, 8), 1, date(2026, 5, 11)),
        (date(2026, 5, 9), 1, date(2026, 5, 11)),
        (date(2026, 5, 7), 10, date(2026, 5, 21)),
    ],
)
def test_delivery_counts_working_days(day, count, expected):
    assert add_working_days(day, count) == expected


def test_a_method_says_when_it_arrives():
    ShippingMethodFactory(days_min=4, days_max=6)

    method = ask().shipping

    assert (method.arrives_from, method.arrives_to) == (date(2026, 5, 8), date(2026, 5, 12))


def test_heavier_parcels_pay_the_step_they_reach_and_too_heavy_ones_are_refused_in_words():
    method = ShippingMethodFactory(max_weight_g=5000)
    ShippingRateFactory(method=method, min_weight_g=2000, price_minor=790)

    def price(grams):
        return ask(line(weight_g=grams)).shipping_methods[0].price_minor

    assert [price(grams) for grams in (0, 1999, 2000, 5000)] == [490, 490, 790, 790]
    heavy = ask(line(weight_g=5001))
    assert heavy.shipping is None
    assert heavy.shipping_methods[0].problem == "Too heavy: 5.0 kg. The limit is 5 kg."


def test_delivery_has_its_own_price_in_a_currency_or_is_converted():
    ExchangeRateFactory(currency="GBP", rate="0.8")
    ExchangeRateFactory(currency="JPY", rate="160")
    method = ShippingMethodFactory(rate__free_from_minor=5000)
    ShippingRateFactory(method=method, currency="GBP", price_minor=450, free_from_minor=None)

    pounds = ask(currency="GBP").shipping_methods[0]
    yen = ask(currency="JPY").shipping_methods[0]

    assert (pounds.price_minor, pounds.free_from_minor) == (450, None)
    assert (yen.list_price_minor, yen.free_from_minor) == (784, 8000)


def test_a_method_that_is_switched_off_is_not_offered():
    ShippingMethodFactory(is_active=False)

    assert ask().shipping_methods == ()


# Coupons in a quote ------------------------------------------------------------------------------


def test_a_coupon_is_found_in_any_case_and_with_blanks_around_it():
    CouponFactory(code="Spring")

    assert ask(codes=[" sPRING "]).discount_minor == 200


@pytest.mark.parametrize("code", ["NOPE", "%", "_", "SPRIN", "SPRING'--", "🦊"])
def test_an_unknown_code_says_so(code):
    CouponFactory(code="SPRING")

    assert (
        ask(codes=[code]).coupon.reason
        == "This code is not valid, or it is not available for this account."
    )


def test_a_category_s_coupon_works_for_all_that_is_below_it():
    audio = CategoryFactory(name="Audio")
    radios = CategoryFactory(parent=audio)
    coupon = CouponFactory(code="SOUND", kind=BenefitKind.PERCENT_LINES, category=audio)
    lines = [
        line("1", category_ids=frozenset({radios.pk})),
        line("2", category_ids=frozenset({audio.pk})),
        line("3", category_ids=frozenset({CategoryFactory().pk})),
    ]

    quote = ask(*lines, codes=[coupon.code])

    assert [part.discount_minor for part in quote.lines] == [200, 200, 0]


def test_a_minimum_is_in_the_shop_s_currency_and_converted():
    ExchangeRateFactory(currency="JPY", rate="160")
    CouponFactory(code="TEN", minimum_minor=3000)

    short = ask(line(price=4799), currency="JPY", codes=["TEN"])
    enough = ask(line(price=4800), currency="JPY", codes=["TEN"])

    assert short.coupon.reason == "This code requires a minimum of ¥4,800. Add ¥1 more."
    assert enough.discount_minor == 480


def test_a_fixed_amount_is_not_invented_for_other_currencies():
    ExchangeRateFactory(currency="USD")
    FixedCouponFactory(code="FIVE", amounts_minor={"EUR": 500})

    assert ask(codes=["FIVE"]).discount_minor == 500
    quote = ask(codes=["FIVE"], currency="USD")
    assert (quote.discount_minor, quote.coupon.reason) == (0, "This code can't be used with USD.")


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"use_limit": 2, "used_count": 2}, "This code has reached its usage limit."),
        ({"is_active": False}, "This code is not valid, or it is not available for this account."),
        ({"starts_at": NOW + timedelta(days=1)}, "This code is valid from 5 May 2026, 14:00."),
        ({"ends_at": NOW}, "This code has expired."),
    ],
)
def test_a_coupon_that_is_over_says_so(facts, reason):
    CouponFactory(code="TEN", **facts)

    quote = ask(codes=["TEN"])

    assert (quote.discount_minor, quote.coupon.reason) == (0, reason)


def test_a_first_order_s_coupon_is_for_a_first_order():
    CouponFactory(code="HELLO", is_first_order_only=True)

    assert ask(codes=["HELLO"]).discount_minor == 200
    assert ask(codes=["HELLO"], is_first=True).discount_minor == 200
    again = ask(codes=["HELLO"], is_first=False)
    assert (again.discount_minor, again.coupon.reason) == (
        0,
        "This code is only valid for a first order.",
    )


def test_a_shopper_who_used_a_coupon_is_told_and_others_are_not():
    CouponFactory(code="ONCE", per_customer_limit=1)
    use("ONCE", order="A1")

    alice = ask(codes=["ONCE"], key="alice@example.com")
    bob = ask(codes=["ONCE"], key="bob@example.com")

    assert (alice.discount_minor, alice.coupon.reason) == (0, "You have already used this code.")
    assert bob.discount_minor == 200


# Using coupons
# -------------------------------------------------------------------------------------


def test_using_a_coupon_counts_it_and_canceling_gives_it_back():
    coupon = CouponFactory(code="TWICE", use_limit=2, per_customer_limit=2)

    use("TWICE", order="A1")
    use("twice", order="A2")
    assert books_of(coupon) == (
        2,
        [("A1", "alice@example.com", 1), ("A2", "alice@example.com", 2)],
    )

    release_promotions("A1")
    release_promotions("A1")
    assert books_of(coupon) == (1, [("A2", "alice@example.com", 2)])

    use("TWICE", order="A3")
    assert books_of(coupon) == (
        2,
        [("A2", "alice@example.com", 2), ("A3", "alice@example.com", 1)],
    )
    assert [breach.code for breach in broken()] == []


def broken():
    return [breach for _invariant, breach in check(at=NOW) if breach]


@pytest.mark.parametrize("limits", [{"use_limit": 1}, {"per_customer_limit": 1}])
def test_a_use_beyond_a_limit_is_refused_and_changes_nothing(limits):
    coupon = CouponFactory(code="ONCE", **limits)
    use("ONCE", order="A1")

    with pytest.raises(CouponExhausted):
        use("ONCE", order="A2")

    assert books_of(coupon) == (1, [("A1", "alice@example.com", 1)])


@pytest.mark.parametrize("limits", [{"use_limit": 1}, {"per_customer_limit": 1}])
def test_a_promotion_beyond_a_limit_says_so_in_its_own_words(limits):
    promotion = PromotionFactory(is_automatic=True, **limits)
    facts = {"person": person_of(email="alice@example.com"), "at": NOW}
    use_promotion(promotion.pk, order_number="A1", **facts)

    with pytest.raises(PromotionExhausted):
        use_promotion(promotion.pk, order_number="A2", **facts)

    promotion.refresh_from_db()
    assert (promotion.used_count, promotion.uses.count()) == (1, 1)


@pytest.mark.parametrize("facts", [{"is_active": False}, {"code": "OTHER"}])
def test_a_coupon_that_is_gone_cannot_be_used(facts):
    CouponFactory(**{"code": "GONE", **facts})

    with pytest.raises(CouponExhausted):
        use("GONE", order="A1")

    assert not CouponUse.objects.exists()
    assert Coupon.objects.get().used_count == 0


def test_releasing_an_order_without_a_coupon_does_nothing():
    coupon = CouponFactory(code="TEN")
    use("TEN", order="A1")

    release_promotions("A2")

    assert books_of(coupon) == (1, [("A1", "alice@example.com", 1)])


# Ways to pay
# -----------------------------------------------------------------------------------------


def test_ways_to_pay_are_those_of_the_country_in_order(django_assert_num_queries, settings):
    settings.PAYMENT_TEST_PROVIDER = True
    PaymentMethodFactory(code="cash", countries=["DE"], position=2)
    PaymentMethodFactory(code="transfer", position=1)
    PaymentMethodFactory(code="old", is_active=False)
    PaymentMethodFactory(code="card", provider="test", position=0)

    with django_assert_num_queries(2):
        germany = payment_methods(country="DE")
    with django_assert_num_queries(1):
        assert payment_methods(country="DE") == germany

    assert [method.code for method in germany] == ["card", "transfer", "cash"]
    assert [method.code for method in payment_methods(country="FR")] == ["card", "transfer"]
    settings.PAYMENT_TEST_PROVIDER = False
    assert [method.code for method in payment_methods(country="FR")] == ["transfer"]


def test_zones_without_methods_offer_nothing():
    ShippingZoneFactory()

    assert ask().shipping_methods == ()
