"""Prices in any currency, and the lowest of the last 30 days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from catalog.errors import UnknownCurrency
from catalog.models import PriceChange, PriceEntry, Product
from catalog.prices import set_price
from catalog.prices.lookup import Price, lowest_before_reduction, prices_for, thirty_day_low
from catalog.tests.factories import ExchangeRateFactory, VariantFactory
from shop.core.actors import SYSTEM
from shop.core.errors import Invalid

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def change(days_ago: int, price: int, was: int | None = None) -> PriceChange:
    return PriceChange(at=NOW - timedelta(days=days_ago), price_minor=price, compare_at_minor=was)


@pytest.mark.parametrize(
    ("history", "low"),
    [
        ([], None),
        ([change(90, 100)], None),
        ([change(5, 80, 100)], None),
        ([change(90, 100), change(5, 80, 100)], 100),
        # An offer within the 30 days before counts, one that ended earlier does not.
        ([change(90, 100), change(30, 70), change(20, 100), change(5, 80, 100)], 70),
        ([change(90, 100), change(80, 70), change(60, 100), change(5, 80, 100)], 100),
        # An offer that began long ago and reached into the 30 days counts.
        ([change(90, 70), change(34, 100), change(5, 80, 100)], 70),
        # A price that ended just when the 30 days began does not.
        ([change(90, 70), change(35, 100), change(5, 80, 100)], 100),
        # A further reduction counts from the first step.
        ([change(90, 100), change(10, 90, 100), change(5, 80, 100)], 100),
        # The reduction is over.
        ([change(90, 100), change(10, 80, 100), change(5, 100)], None),
    ],
)
def test_the_low_is_the_lowest_price_of_the_30_days_before_the_reduction(history, low):
    assert lowest_before_reduction(history) == low


@pytest.mark.django_db
def test_a_price_is_its_own_then_explicit_then_converted(django_assert_num_queries):
    ExchangeRateFactory(currency="USD", rate="1.1")
    ExchangeRateFactory(currency="JPY", rate="162.4")
    mug = VariantFactory(sku="MUG", price_minor=1999, compare_at_minor=2499)
    cup = VariantFactory(sku="CUP", price_minor=1000)
    PriceEntry.objects.create(variant=mug, currency="USD", price_minor=2100)
    PriceEntry.objects.create(variant=mug, currency="USD", price_list="club", price_minor=1)

    with django_assert_num_queries(0):
        assert prices_for([mug], "EUR")[mug.pk] == Price(1999, 2499, "EUR")
    dollars = prices_for([mug, cup], "USD")

    assert dollars[mug.pk] == Price(2100, 2749, "USD")
    assert dollars[cup.pk] == Price(1100, None, "USD")
    assert prices_for([mug], "JPY")[mug.pk] == Price(3246, 4058, "JPY")
    with pytest.raises(UnknownCurrency):
        prices_for([mug], "XXX")


@pytest.mark.django_db
def test_setting_a_price_writes_history_and_facts():
    mug = VariantFactory(sku="MUG", price_minor=10000)

    set_price(mug, price_minor=9100, compare_at_minor=10000, reason="sale", actor=SYSTEM, at=NOW)

    history = PriceChange.objects.filter(variant=mug).order_by("at")
    assert [(each.price_minor, each.compare_at_minor, each.reason) for each in history] == [
        (10000, None, ""),
        (9100, 10000, "sale"),
    ]
    product = Product.objects.get()
    assert (product.lowest_price_minor, product.compare_at_minor) == (9100, 10000)
    assert product.discount_percent == 9
    assert thirty_day_low(mug, "EUR", NOW) == 10000


@pytest.mark.django_db
def test_the_per_cent_count_from_the_low_not_from_the_price_before():
    mug = VariantFactory(sku="MUG", price_minor=10000)
    for days_ago, price, was in [(20, 8000, None), (10, 10000, None), (0, 7600, 10000)]:
        at = NOW - timedelta(days=days_ago)
        set_price(mug, price_minor=price, compare_at_minor=was, actor=SYSTEM, at=at)

    assert Product.objects.get().discount_percent == 5


@pytest.mark.django_db
def test_the_same_price_again_writes_nothing():
    mug = VariantFactory(sku="MUG", price_minor=1000)
    version = Product.objects.get().version

    set_price(mug, price_minor=1000, actor=SYSTEM, at=NOW)

    assert PriceChange.objects.count() == 1
    assert Product.objects.get().version == version


@pytest.mark.django_db
@pytest.mark.parametrize(("price", "was"), [(-1, None), (1000, 1000), (1000, 999), (10**16, None)])
def test_what_is_no_price_is_refused(price, was):
    mug = VariantFactory(sku="MUG", price_minor=1000)

    with pytest.raises(Invalid):
        set_price(mug, price_minor=price, compare_at_minor=was, actor=SYSTEM, at=NOW)

    mug.refresh_from_db()
    assert mug.price_minor == 1000


@pytest.mark.django_db
def test_the_low_in_another_currency_is_converted():
    ExchangeRateFactory(currency="USD", rate=Decimal("1.1"))
    mug = VariantFactory(sku="MUG", price_minor=1000)
    set_price(mug, price_minor=800, compare_at_minor=1000, actor=SYSTEM, at=NOW)

    assert thirty_day_low(mug, "USD", NOW) == 1100
