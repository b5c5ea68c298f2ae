"""The price book is never stale: whoever writes, however, and whatever becomes
of the transaction.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.models import F

from catalog.tests.factories import CategoryFactory
from pricing.calculator import LineFacts
from pricing.models import PaymentMethod, Promotion, ShippingRate, ShippingZone, TaxRate
from pricing.models.base import InPriceBook
from pricing.querysets import PRICING, BookQuerySet
from pricing.quotes import payment_methods, quote_for
from pricing.states import BenefitKind
from pricing.tests.factories import (
    PaymentMethodFactory,
    PromotionFactory,
    ShippingMethodFactory,
    TaxRateFactory,
    TierFactory,
)
from shop.core.models import CacheVersion

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
BOOK = [model for model in apps.get_models() if issubclass(model, InPriceBook)]


def ask(quantity: int = 1, category: int = 0):
    line = LineFacts(
        key="1",
        sku="CUP",
        name="Cup",
        quantity=quantity,
        unit_price_minor=2000,
        tax_class="standard",
        category_ids=frozenset({category}),
    )
    return quote_for([line], currency="EUR", country="DE", at=NOW)


def tax() -> int:
    """Of 20.00: 3.19 at 19 %, 1.31 at 7 %, 6.67 at 50 %."""
    return ask().tax_minor


def version() -> int:
    return CacheVersion.objects.filter(name=PRICING).values_list("version", flat=True).first() or 0


def elsewhere(act):
    """What `act` gives in another thread, with a connection of its own."""

    def run():
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result(timeout=60)


@pytest.mark.django_db
@pytest.mark.parametrize("model", BOOK)
def test_every_table_of_the_book_tells_of_its_writes(model):
    assert isinstance(model._default_manager.all(), BookQuerySet)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "write",
    [
        lambda rate: TaxRate.objects.update(percent=7),
        lambda rate: (setattr(rate, "percent", Decimal(7)), rate.save()),
        lambda rate: (setattr(rate, "percent", Decimal(7)), rate.save(update_fields=["percent"])),
        lambda rate: (
            setattr(rate, "percent", Decimal(7)),
            TaxRate.objects.bulk_update([rate], ["percent"]),
        ),
        lambda rate: TaxRate.objects.update_or_create(pk=rate.pk, defaults={"percent": 7}),
    ],
)
def test_a_changed_tax_rate_is_in_the_next_quote(write):
    rate = TaxRateFactory()
    assert tax() == 319

    write(rate)

    assert tax() == 131


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "remove", [lambda rate: rate.delete(), lambda rate: TaxRate.objects.all().delete()]
)
def test_a_rate_that_is_gone_or_new_is_so_in_the_next_quote(remove):
    rate = TaxRateFactory()
    assert tax() == 319
    remove(rate)
    assert tax() == 0

    TaxRate.objects.bulk_create([rate])

    assert tax() == 319


@pytest.mark.django_db(transaction=True)
def test_delivery_payment_promotions_and_their_steps_are_as_they_are_now():
    ShippingMethodFactory()
    PaymentMethodFactory(name="Transfer")
    step = TierFactory(promotion__is_automatic=True, min_quantity=2)
    before = ask(2)
    assert (before.shipping_minor, before.discount_minor) == (490, 400)
    assert [method.name for method in payment_methods(country="DE")] == ["Transfer"]

    ShippingRate.objects.update(price_minor=700)
    PaymentMethod.objects.update(name="Bank")
    step.percent = Decimal(50)
    step.save()

    after = ask(2)
    assert (after.shipping_minor, after.discount_minor) == (700, 2000)
    assert [method.name for method in payment_methods(country="DE")] == ["Bank"]

    Promotion.objects.update(is_active=False)
    ShippingZone.objects.all().delete()
    assert (ask(2).discount_minor, ask(2).shipping) == (0, None)


@pytest.mark.django_db(transaction=True)
def test_a_moved_category_takes_its_goods_into_a_promotion():
    from catalog.categories import move_category

    sale, room = CategoryFactory(), CategoryFactory()
    PromotionFactory(kind=BenefitKind.PERCENT_LINES, percent=10, category=sale, is_automatic=True)
    assert ask(category=room.pk).discount_minor == 0

    move_category(room, parent=sale)

    assert ask(category=room.pk).discount_minor == 200


@pytest.mark.django_db(transaction=True)
def test_what_another_thread_commits_is_in_the_next_quote_of_this_one():
    TaxRateFactory()
    assert tax() == 319
    assert elsewhere(tax) == 319

    elsewhere(lambda: TaxRate.objects.update(percent=7))

    assert tax() == elsewhere(tax) == 131


@pytest.mark.django_db(transaction=True)
def test_what_another_process_commits_is_in_the_next_quote():
    """Another process shares nothing with this one but the database: its row, and
    the version it raised.
    """
    TaxRateFactory()
    assert tax() == 319
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pricing_taxrate SET percent = 7")
    # The control: nobody has told yet, and the remembered rate is still in use.
    assert tax() == 319

    CacheVersion.objects.filter(name=PRICING).update(version=F("version") + 1)

    assert tax() == 131


@pytest.mark.django_db(transaction=True)
def test_a_transaction_sees_its_own_rates_and_what_it_undoes_nobody_sees():
    TaxRateFactory()
    assert tax() == 319

    with transaction.atomic():
        TaxRate.objects.update(percent=50)
        assert tax() == 667
        TaxRate.objects.update(percent=7)
        assert tax() == 131
        transaction.set_rollback(True)

    assert tax() == elsewhere(tax) == 319


@pytest.mark.django_db(transaction=True)
def test_what_a_savepoint_undoes_is_forgotten_and_the_rest_is_kept():
    TaxRateFactory()
    assert tax() == 319

    with transaction.atomic():
        TaxRate.objects.update(percent=7)
        assert tax() == 131
        with transaction.atomic():
            TaxRate.objects.update(percent=50)
            assert tax() == 667
            transaction.set_rollback(True)
        assert tax() == 131

    assert tax() == elsewhere(tax) == 131


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_nobody_sees_a_rate_before_it_is_committed():
    TaxRateFactory()
    assert tax() == 319

    with transaction.atomic():
        TaxRate.objects.update(percent=7)
        assert tax() == 131
        assert elsewhere(tax) == 319

    assert tax() == elsewhere(tax) == 131


@pytest.mark.django_db(transaction=True)
def test_what_orders_count_makes_nobody_read_the_book_again():
    promotion = PromotionFactory(is_automatic=True, use_limit=5)
    before = version()

    Promotion.objects.filter(pk=promotion.pk).update(used_count=F("used_count") + 1)

    assert version() == before
    Promotion.objects.filter(pk=promotion.pk).update(used_count=5)
    # And the count itself is never remembered.
    assert ask().discount_minor == 0


@pytest.mark.django_db(transaction=True)
def test_a_remembered_book_costs_one_query(django_assert_num_queries):
    TaxRateFactory()
    ShippingMethodFactory()
    PromotionFactory(is_automatic=True)
    ask()

    with django_assert_num_queries(1):
        ask()
