"""What staff do with orders."""

from __future__ import annotations

import pytest
from django.urls import reverse

from inventory.models import StockItem
from orders.models import Order
from payments.models import Refund
from shop.core.models import AuditEntry
from tests.backoffice import data as make
from tests.backoffice.forms import SENT, page_of, staff

pytestmark = pytest.mark.django_db


def test_shipping_calls_the_service_and_writes_the_timeline(carol):
    order = make.order("POT")
    item = order.items.get()

    response = carol.post(
        page_of(order, "ship"),
        {**SENT, f"quantity_{item.pk}": "2", "tracking_number": "00340", "carrier": "DHL"},
    )

    order.refresh_from_db()
    assert response.status_code == 302
    assert order.fulfillment_status == "fulfilled"
    assert order.fulfillments.get().tracking_number == "00340"
    assert StockItem.objects.get(sku="POT").on_hand == 8
    assert order.events.filter(kind="shipped").count() == 1


def test_shipping_part_of_an_order_leaves_the_rest(carol):
    order = make.order("POT")
    item = order.items.get()

    carol.post(page_of(order, "ship"), {**SENT, f"quantity_{item.pk}": "1"})

    order.refresh_from_db()
    assert order.fulfillment_status == "partial"


def test_the_dialog_answers_htmx_with_a_way_back(carol):
    order = make.order("POT")
    item = order.items.get()

    response = carol.post(
        page_of(order, "ship"), {**SENT, f"quantity_{item.pk}": "2"}, headers={"HX-Request": "true"}
    )

    assert response["HX-Redirect"] == page_of(order)


def test_support_may_not_ship(carol):
    order = make.order("POT")

    response = staff("support").post(
        page_of(order, "ship"), {**SENT, f"quantity_{order.items.get().pk}": "2"}
    )

    order.refresh_from_db()
    assert response.status_code == 403
    assert order.fulfillment_status == "unfulfilled"
    assert StockItem.objects.get(sku="POT").on_hand == 10


def test_an_unpaid_order_is_not_shipped(carol):
    order = make.order("POT", is_paid=False)

    response = carol.post(page_of(order, "ship"), {**SENT, f"quantity_{order.items.get().pk}": "2"})

    order.refresh_from_db()
    assert response.status_code == 403
    assert order.fulfillment_status == "unfulfilled"


def test_marking_as_paid_confirms_the_order(carol):
    order = make.order("POT", is_paid=False)

    response = carol.post(
        page_of(order, "mark_paid"), {**SENT, "amount": "38.00", "reference": "IBAN 7"}
    )

    order.refresh_from_db()
    assert response.status_code == 302
    assert (order.payment_status, order.status) == ("paid", "confirmed")
    assert order.amount_paid_minor == 3800


def test_the_cancel_dialog_names_what_follows(carol):
    order = make.order("POT")

    html = carol.get(page_of(order, "cancel")).content.decode()

    assert "2 units become available for sale again." in html
    assert "€38.00 is refunded." in html
    assert "alice@example.com gets an e-mail." in html


def test_canceling_frees_the_stock(carol):
    order = make.order("POT")

    carol.post(page_of(order, "cancel"), {**SENT, "reason": "changed their mind"})

    order.refresh_from_db()
    assert order.status == "canceled"
    assert StockItem.objects.get(sku="POT").reserved == 0


def refund_data(order: Order, **changes: str) -> dict[str, str]:
    item = order.items.get()
    return {
        f"quantity_{item.pk}": "1",
        "amount": "",
        "reason": "arrived late",
        "key": "3f1c6e2a-8d7b-4c55-9a3e-0b1d2c3e4f50",
        **changes,
    }


def test_a_refund_pays_the_chosen_units_back(carol):
    order = make.order("POT")

    response = carol.post(page_of(order, "refund"), refund_data(order))

    refund = Refund.objects.get()
    assert response.status_code == 302
    assert (refund.amount_minor, refund.reason) == (1900, "arrived late")
    assert refund.credit.items.get().quantity == 1


def test_a_refund_sent_twice_is_made_once(carol):
    order = make.order("POT")
    data = refund_data(order)

    carol.post(page_of(order, "refund"), data)
    carol.post(page_of(order, "refund"), data)

    assert Refund.objects.count() == 1


def test_more_than_was_paid_is_not_refunded(carol):
    order = make.order("POT")

    response = carol.post(page_of(order, "refund"), refund_data(order, amount="38.01"))

    assert response.status_code == 422
    assert "You can refund at most €38.00." in response.content.decode()
    assert Refund.objects.count() == 0


def test_a_note_goes_into_the_timeline(carol):
    order = make.order("POT")

    carol.post(page_of(order, "note"), {"note": "Rang them up."})

    note = order.events.get(kind="note")
    assert (note.message, note.is_public) == ("Rang them up.", False)


def test_saving_the_packers_note_writes_nothing_else(carol):
    order = make.order("POT")
    Order.objects.filter(pk=order.pk).update(amount_refunded_minor=100)

    carol.post(page_of(order), {"packing_note": "Gift wrap", "_continue": "1"})

    order.refresh_from_db()
    assert (order.packing_note, order.amount_refunded_minor) == ("Gift wrap", 100)
    assert AuditEntry.objects.get(object_type="orders.order", action="changed").changes == {
        "packing_note": ["", "Gift wrap"]
    }


def test_orders_are_shipped_in_bulk_after_a_page_that_lists_them(carol):
    orders = [make.order("A"), make.order("B")]
    url = reverse("admin:orders_order_changelist")
    data = {
        "action": "ship_selected",
        "_selected_action": [str(order.pk) for order in orders],
        "select_across": "0",
        "index": "0",
    }

    asked = carol.post(url, data)
    done = carol.post(url, {**data, "apply": "1"})

    assert all(order.number in asked.content.decode() for order in orders)
    assert done.status_code == 302
    assert Order.objects.filter(fulfillment_status="fulfilled").count() == 2


def test_shipping_in_bulk_warns_of_what_is_not_paid_as_the_dialog_does(carol):
    paid, partly = make.order("A"), make.order("B")
    Order.objects.filter(pk=partly.pk).update(amount_paid_minor=2800)
    keys = [str(paid.pk), str(partly.pk)]
    data = {"action": "ship_selected", "_selected_action": keys, "index": "0"}
    warning = "€10.00 of this order is not paid yet."

    asked = carol.post(reverse("admin:orders_order_changelist"), data).content.decode()
    dialog = carol.get(reverse("admin:orders_order_ship", args=[partly.pk])).content.decode()

    assert asked.count("of this order is not paid yet.") == 1
    assert asked.index(partly.number) < asked.index(warning)
    assert warning in dialog
    assert not Order.objects.exclude(fulfillment_status="unfulfilled").exists()
