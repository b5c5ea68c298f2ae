"""What pages of the back office cost, for one row and for many."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from accounts.tests.factories import CustomerFactory
from catalog.models import (
    Variant,
)
from inventory.models import StockItem
from notifications.models import OutgoingMail
from orders.models import OrderAdjustment
from shop.core.models import AuditEntry, OutboxDelivery, OutboxEvent
from tests.backoffice import data as make
from tests.backoffice.forms import assert_strict, page_of, queries_of

pytestmark = pytest.mark.django_db


LISTS = [
    f"{model._meta.app_label}_{model._meta.model_name}"
    for model in apps.get_models()
    if model._meta.app_label
    in {
        "accounts",
        "auth",
        "catalog",
        "core",
        "inventory",
        "notifications",
        "orders",
        "payments",
        "pricing",
    }
]


@pytest.mark.parametrize("name", LISTS)
def test_every_list_opens_empty_and_keeps_to_the_policy(name, carol):
    if apps.get_model(*name.split("_", 1)) in admin.site._registry:
        assert_strict(carol.get(reverse(f"admin:{name}_changelist")))


@pytest.mark.parametrize("name", LISTS)
def test_every_add_page_opens_or_is_forbidden(name, carol):
    model = apps.get_model(*name.split("_", 1))
    if model not in admin.site._registry:
        return

    response = carol.get(reverse(f"admin:{name}_add"))

    assert response.status_code in {200, 403}
    assert_strict(response, status=response.status_code)


def seed_rows(start: int, stop: int) -> None:
    """Rows `start` to `stop` of everything that grows."""
    at = timezone.now()
    event = OutboxEvent.objects.create(type="Test", payload={})
    for number in range(start, stop):
        make.order(f"SKU-{number}", placed_at=at - timedelta(minutes=number))
        OutboxDelivery.objects.create(event=event, handler=f"handler-{start}-{number}")
        OutgoingMail.objects.create(
            key=f"mail-{number}", kind="test", to="a@example.com", subject="Hi", text="t", html="h"
        )
        AuditEntry.objects.create(
            actor_kind="staff",
            actor_label="Carol",
            action="changed",
            object_type="t",
            object_id=str(number),
            object_label="t",
        )
        CustomerFactory()


GROWING = [
    "orders_order",
    "catalog_product",
    "inventory_stockitem",
    "inventory_movement",
    "accounts_customer",
    "accounts_user",
    "payments_payment",
    "core_auditentry",
    "core_outboxdelivery",
    "notifications_outgoingmail",
]


def test_lists_cost_the_same_for_one_row_and_for_fifty(carol, count_queries):
    seed_rows(0, 1)
    before = {
        name: queries_of(carol, reverse(f"admin:{name}_changelist"), count_queries)
        for name in GROWING
    }
    seed_rows(1, 50)

    after = {
        name: queries_of(carol, reverse(f"admin:{name}_changelist"), count_queries)
        for name in GROWING
    }

    assert after == before
    assert max(after.values()) <= 8


def test_the_order_page_explains_each_figure(carol):
    order = make.order("ONE", quantity=1)
    item = order.items.get()
    OrderAdjustment.objects.bulk_create(
        OrderAdjustment(order=order, item=item, **row)
        for row in (
            {
                "kind": "discount",
                "label": "Spring",
                "reason": "10 % off",
                "source": "coupon:TEN",
                "amount_minor": -190,
                "base_minor": 1900,
                "percent": 10,
            },
            {
                "kind": "tax",
                "label": "Tax 19 %",
                "reason": "included in prices",
                "amount_minor": 273,
                "base_minor": 1710,
                "percent": 19,
                "is_included": True,
            },
        )
    )

    html = carol.get(page_of(order)).content.decode()

    card = html[html.index('id="explain-title"') :]
    card = " ".join(re.sub(r"<[^>]+>", " ", card[: card.index("</section>")]).split())
    assert (
        "1 × Teapot ONE €19.00 €19.00 TEN 10 % off 10 % of €19.00 -€1.90"
        " Tax 19 % included in prices 19 % of €17.10 (€2.73)" in card
    )


def test_the_order_page_costs_the_same_for_one_line_and_for_twenty(carol, count_queries):
    small = make.order("ONE")
    large = make.order(*[f"MANY-{number}" for number in range(20)])

    costs = {queries_of(carol, page_of(order), count_queries) for order in (small, large)}

    assert len(costs) == 1
    assert costs.pop() <= 20


def test_the_product_page_costs_the_same_for_one_variant_and_for_twenty(carol, count_queries):
    small = make.variant("ONE").product
    large = make.variant("MANY-0").product
    for number in range(1, 20):
        Variant.objects.create(
            product=large,
            stock_item=StockItem.objects.create(sku=f"MANY-{number}"),
            sku=f"MANY-{number}",
            price_minor=1900,
            currency="EUR",
        )

    costs = {
        queries_of(carol, reverse("admin:catalog_product_change", args=[each.pk]), count_queries)
        for each in (small, large)
    }

    assert len(costs) == 1
    assert costs.pop() <= 24
