"""Ledgers are append-only: for the models, for querysets, for the back office, and
on PostgreSQL for all SQL.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.admin import site
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import RequestFactory
from django.utils import timezone

from accounts.profile import delete_account
from accounts.tests.factories import PASSWORD
from cart.services import apply_gift_card
from catalog.models import PriceChange, Product
from catalog.products import delete_product
from catalog.tests.factories import VariantFactory
from orders.fulfillment import fulfill_order
from orders.invoices import issue_invoice
from orders.models import Order
from orders.returns import Arrived, Wanted, receive_return, request_return
from orders.states import ReturnKind
from orders.tests.factories import make_cart
from payments.models import PaymentEntry
from payments.refunds import refund_order
from payments.tests.factories import make_paid_order
from pricing.tests.factories import make_gift_card
from shop.core.actors import SYSTEM
from shop.core.append_only import AppendOnly, AppendOnlyError, erasing
from shop.core.models import AuditEntry
from tests.behind import rows

pytestmark = pytest.mark.django_db

LEDGERS = sorted(
    (model for model in apps.get_models() if issubclass(model, AppendOnly)),
    key=lambda model: model._meta.label,
)


@pytest.fixture
def books(alice) -> Order:
    """A paid order of which some is refunded: a row at least in every ledger."""
    at = timezone.now()
    cart = make_cart(MUG=2)
    apply_gift_card(cart, make_gift_card(1000).code, at=at)
    order = make_paid_order(at=at, cart=cart)
    issue_invoice(order, actor=SYSTEM, at=at)
    item = order.items.get()
    refund_order(order, items={item.pk: 1}, actor=SYSTEM, at=at)
    fulfill_order(order, actor=SYSTEM, at=at)
    claim = request_return(
        order, items=[Wanted(item.pk, 1)], kind=ReturnKind.WITHDRAWAL, actor=SYSTEM, at=at
    )
    receive_return(claim, units={claim.items.get().pk: Arrived(1)}, actor=SYSTEM, at=at)
    AuditEntry.objects.create(action="looked", actor_label="Carol")
    return order


@pytest.fixture
def row(books, request) -> AppendOnly:
    """A row of the ledger that the test is about."""
    found = request.param.objects.first()
    assert found is not None
    return found


each_ledger = pytest.mark.parametrize("row", LEDGERS, indirect=True, ids=lambda m: m.__name__)


def contents(model: type[AppendOnly]) -> list[dict[str, object]]:
    return list(rows(model).order_by("pk").values())


def test_these_are_the_ledgers():
    assert [model._meta.label for model in LEDGERS] == [
        "catalog.PriceChange",
        "core.AuditEntry",
        "inventory.Movement",
        "orders.Credit",
        "orders.CreditDelivery",
        "orders.CreditItem",
        "orders.Invoice",
        "orders.InvoiceLine",
        "orders.InvoiceTax",
        "orders.OrderEvent",
        "orders.ReturnReceipt",
        "payments.PaymentEntry",
        "pricing.GiftCardEntry",
    ]


ACTS = {
    "save": lambda row: row.save(),
    "save some fields": lambda row: row.save(update_fields=["id"]),
    "save as a stranger": lambda row: type(row)(
        **{field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    ).save(),
    "delete": lambda row: row.delete(),
    "update many": lambda row: type(row).objects.filter(pk=row.pk).update(id=row.pk),
    "update many by the base manager": lambda row: type(row)._base_manager.update(id=row.pk),
    "update in bulk": lambda row: type(row).objects.bulk_update(
        [row], [row._meta.concrete_fields[1].name]
    ),
    "delete many": lambda row: type(row).objects.filter(pk=row.pk).delete(),
    "write over in bulk": lambda row: type(row).objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[row._meta.concrete_fields[1].name],
    ),
}


@each_ledger
@pytest.mark.parametrize("act", ACTS)
def test_the_models_refuse(row, act):
    before = contents(type(row))

    # An old row that comes as a new one meets its own key.
    with pytest.raises((AppendOnlyError, DatabaseError)) as refusal, transaction.atomic():
        ACTS[act](row)

    assert act == "save as a stranger" or refusal.type is AppendOnlyError
    assert contents(type(row)) == before


STATEMENTS = {
    "update": 'UPDATE "{table}" SET id = id WHERE id = {pk}',
    "delete": 'DELETE FROM "{table}" WHERE id = {pk}',
    "delete all": 'DELETE FROM "{table}"',
    "truncate": 'TRUNCATE "{table}" CASCADE',
}


@pytest.mark.postgres
@each_ledger
@pytest.mark.parametrize("statement", STATEMENTS)
def test_postgresql_refuses_whatever_the_models_think(row, statement):
    before = contents(type(row))
    sql = STATEMENTS[statement].format(table=row._meta.db_table, pk=row.pk)

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL linden.truncate = 'no'")
        with pytest.raises(DatabaseError, match="is append-only: no "), transaction.atomic():
            cursor.execute(sql)

    assert contents(type(row)) == before


@pytest.mark.postgres
@each_ledger
def test_postgresql_refuses_django_querysets_without_our_guard(row):
    before = contents(type(row))

    table = rows(type(row))
    for act in (lambda: table.update(id=row.pk), lambda: table.all()._raw_delete("default")):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            act()

    assert contents(type(row)) == before


@pytest.mark.postgres
def test_a_word_to_the_database_does_not_open_a_ledger_that_may_not_be_erased(books):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL linden.erasing = 'payments_paymententry'")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute("DELETE FROM payments_paymententry")

    assert PaymentEntry.objects.exists()


@pytest.mark.parametrize("model", LEDGERS, ids=lambda m: m.__name__)
def test_the_back_office_may_not_change_or_delete(model, carol):
    registered = site._registry.get(model)
    request = RequestFactory().get("/")
    request.user = carol
    if registered is None:
        return  # no page of its own at all

    assert not registered.has_change_permission(request)
    assert not registered.has_delete_permission(request)
    assert "delete_selected" not in registered.get_actions(request)


def test_an_order_cannot_go_with_its_timeline(books):
    with pytest.raises(Exception, match="protected"), transaction.atomic():
        Order.objects.filter(pk=books.pk).delete()

    assert books.events.exists()


def test_a_product_that_nobody_bought_goes_with_its_price_history():
    variant = VariantFactory(sku="NEW", price_minor=1900)
    PriceChange.objects.create(variant=variant, currency="EUR", price_minor=1900)
    other = VariantFactory(sku="OLD")
    PriceChange.objects.create(variant=other, currency="EUR", price_minor=2900)

    assert delete_product(variant.product, actor=SYSTEM, at=timezone.now())

    assert not Product.objects.filter(pk=variant.product_id).exists()
    assert not PriceChange.objects.filter(price_minor=1900).exists()
    assert PriceChange.objects.filter(variant=other, price_minor=2900).exists()


def test_only_a_service_that_says_so_deletes_price_history():
    variant = VariantFactory(sku="NEW")
    PriceChange.objects.create(variant=variant, currency="EUR", price_minor=1900)

    with pytest.raises(AppendOnlyError), transaction.atomic():
        variant.delete()
    with pytest.raises(RuntimeError, match="on the way"), erasing(PriceChange):
        raise RuntimeError("on the way")
    with pytest.raises(AppendOnlyError), transaction.atomic():
        PriceChange.objects.filter(price_minor=1900).delete()

    assert PriceChange.objects.filter(price_minor=1900).exists()


def test_no_other_ledger_can_be_erased(books):
    with pytest.raises(AppendOnlyError), erasing(PaymentEntry):
        raise AssertionError("never reached")


def test_a_person_who_has_bought_is_still_forgotten(alice):
    at = timezone.now()
    order = make_paid_order(at=at, customer=alice.customer)
    before = contents(PaymentEntry)

    delete_account(alice, current_password=PASSWORD, at=at + timedelta(days=1))

    order.refresh_from_db()
    assert order.customer.email.endswith("@deleted.invalid")
    assert contents(PaymentEntry) == before


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_triggers_come_and_go_with_the_migration():
    def count() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
                "WHERE tgname = 'append_only' AND relname = 'inventory_movement'"
            )
            return int(cursor.fetchone()[0])

    assert count() == 1
    try:
        call_command("migrate", "inventory", "0001", verbosity=0)
        assert count() == 0
    finally:
        call_command("migrate", verbosity=0)
    assert count() == 1
