"""Staff over the API: what their permissions let them do, whatever their groups are called."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from rest_framework.test import APIClient

from accounts.models import Customer
from accounts.tests.factories import StaffFactory
from catalog.models import Variant
from inventory.models import StockItem
from orders.models import Order
from payments.models import Payment, Refund
from tests.backoffice import data as make

pytestmark = pytest.mark.django_db

NO_REFUNDS = "You need the permission “Can refund orders”. Ask an administrator to grant it."


def signed_in(user: Any) -> APIClient:
    api = APIClient()
    api.force_authenticate(user)
    return api


def staff(*groups: str) -> APIClient:
    return signed_in(StaffFactory(groups=list(groups)))


def holding(*codenames: str) -> APIClient:
    """Somebody in a group of another name that holds these permissions."""
    group = Group.objects.create(name=f"Those with {', '.join(codenames)}")
    group.permissions.set(Permission.objects.filter(codename__in=codenames))
    user = StaffFactory()
    user.groups.add(group)
    return signed_in(user)


def send(api: APIClient, path: str, **body: Any) -> Any:
    return api.post(f"/api/{path}", body, "json", headers={"Idempotency-Key": "once"})


def test_a_group_with_the_name_of_ours_and_no_permission_may_nothing():
    order = make.order("POT")
    user = StaffFactory()
    user.groups.add(Group.objects.create(name="Finance"))
    api = signed_in(user)

    refund = send(api, f"orders/{order.number}/refunds", amount="10.00")

    assert (refund.status_code, refund.json()["error"]) == (403, NO_REFUNDS)
    assert api.get("/api/orders").json()["total"] == 0
    assert api.get(f"/api/orders/{order.number}").status_code == 404
    assert not Refund.objects.exists()


def test_the_right_to_refund_counts_in_a_group_of_any_name():
    order = make.order("POT")

    refund = send(holding("refund_order"), f"orders/{order.number}/refunds", amount="10.00")

    assert refund.status_code == 201
    assert Refund.objects.get().amount_minor == 1000


def test_catalog_staff_change_products_variants_and_prices():
    make.variant("POT")
    variant = Variant.objects.get()
    api, path = staff("catalog"), f"/api/products/{variant.product.slug}"

    named = api.patch(path, {"name": "Teapot, blue"}, "json")
    priced = api.patch(path, {"price": "21.00"}, "json")
    counted = api.patch(path, {"stock_quantity": 12}, "json")
    renamed = api.patch(f"{path}/variants/{variant.pk}", {"barcode": "4006381333931"}, "json")

    variant.refresh_from_db()
    assert [each.status_code for each in (named, priced, counted, renamed)] == [200] * 4
    assert (variant.product.name, variant.price_minor, variant.barcode) == (
        "Teapot, blue",
        2100,
        "4006381333931",
    )
    assert StockItem.objects.get(sku="POT").on_hand == 12


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        ({"price": "21.00"}, "Can change: variant"),
        ({"stock_quantity": 3}, "Can change: stock item"),
    ],
)
def test_prices_and_stock_take_their_own_rights_besides_that_to_change_products(
    body: dict[str, Any], missing: str
):
    make.variant("POT")
    variant = Variant.objects.get()

    refused = holding("change_product").patch(f"/api/products/{variant.product.slug}", body, "json")

    variant.refresh_from_db()
    assert refused.status_code == 403
    assert f"“{missing}”" in refused.json()["error"]
    assert (variant.price_minor, StockItem.objects.get().on_hand) == (1900, 10)


def test_fulfillment_staff_adjust_stock_and_support_staff_find_customers():
    make.variant("POT")
    customer = Customer.objects.create(email="alice@example.com")

    counted = send(staff("fulfillment"), "stock/POT/adjust", quantity=-2, reason="Broken")
    found = staff("support").get(f"/api/customers/{customer.pk}")
    refused = staff("catalog").get(f"/api/customers/{customer.pk}")

    assert (counted.status_code, found.status_code, refused.status_code) == (200, 200, 403)
    assert StockItem.objects.get(sku="POT").on_hand == 8


def test_canceling_a_paid_order_takes_the_right_to_refund():
    paid, unpaid = make.order("POT"), make.order("CUP", is_paid=False)
    packer = staff("fulfillment")

    refused = packer.post(f"/api/orders/{paid.number}/cancel", {}, "json")
    canceled = packer.post(f"/api/orders/{unpaid.number}/cancel", {}, "json")

    assert (refused.status_code, refused.json()["error"]) == (403, NO_REFUNDS)
    assert canceled.status_code == 200
    assert [each.status for each in Order.objects.order_by("pk")] == ["confirmed", "canceled"]
    assert "cancel" not in packer.get(f"/api/orders/{paid.number}").json()["data"]["allowed_acts"]
    assert staff("support").post(f"/api/orders/{paid.number}/cancel", {}, "json").status_code == 200


def test_an_authorized_payment_is_let_go_by_whoever_may_refund():
    order = make.order("POT", is_paid=False)
    Order.objects.filter(pk=order.pk).update(amount_authorized_minor=3800)

    refused = staff("fulfillment").post(f"/api/orders/{order.number}/cancel", {}, "json")

    assert (refused.status_code, refused.json()["error"]) == (403, NO_REFUNDS)
    assert Order.objects.get().status == "pending"


def test_a_transfer_is_recorded_once():
    order, finance = make.order("POT", is_paid=False), staff("finance")
    path, body = f"orders/{order.number}/mark-paid", {"amount": "8.00", "reference": "Statement 7"}

    part = send(finance, path, **body)
    again = send(finance, path, **body)

    data = part.json()["data"]
    assert (part.status_code, again.status_code) == (200, 200)
    assert again["Idempotent-Replayed"] == "true"
    assert (data["number"], data["amount_paid"], data["to_pay"], data["payment_status"]) == (
        order.number,
        "8.00",
        "30.00",
        "partially_paid",
    )
    assert [
        (each.provider, each.instrument, each.amount_minor) for each in Payment.objects.all()
    ] == [("manual", "Statement 7", 800)]


def test_all_that_is_due_is_recorded_where_no_amount_is_named():
    order = make.order("POT", is_paid=False)

    answer = send(staff("finance"), f"orders/{order.number}/mark-paid")

    assert (answer.status_code, answer.json()["data"]["status"]) == (200, "confirmed")
    assert Order.objects.get().amount_paid_minor == 3800


@pytest.mark.parametrize(
    ("amount", "status"), [("38.01", 409), ("0.00", 400), ("-1.00", 400), ("8.005", 400)]
)
def test_more_than_is_due_and_less_than_something_is_not_recorded(amount: str, status: int):
    order = make.order("POT", is_paid=False)

    answer = send(staff("finance"), f"orders/{order.number}/mark-paid", amount=amount)

    assert answer.status_code == status
    assert not Payment.objects.exists()
    assert Order.objects.get().amount_paid_minor == 0


def test_recording_a_payment_needs_a_key():
    order = make.order("POT", is_paid=False)

    answer = staff("finance").post(f"/api/orders/{order.number}/mark-paid", {}, "json")

    assert answer.status_code == 400
    assert not Payment.objects.exists()


def test_an_invoice_is_issued_before_the_items_leave():
    order = make.order("POT")

    issued = send(staff("finance"), f"orders/{order.number}/invoice")
    refused = send(staff("support"), f"orders/{order.number}/invoice")

    assert (issued.status_code, refused.status_code) == (201, 403)
    assert issued.json()["data"]["number"] == order.invoices.get().number
