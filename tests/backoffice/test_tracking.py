"""Tracking: with a bulk shipment, and added or corrected after a parcel has left,
by staff and over the API.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tests.factories import AdminFactory, StaffFactory
from notifications.handlers import tell_of_tracking
from notifications.models import OutgoingMail
from orders.events import TrackingChanged
from orders.fulfillment import change_tracking, fulfill_order, mark_delivered
from orders.models import Fulfillment, Order, OrderEvent
from orders.states import EventKind
from orders.tests.factories import CAROL, make_order
from shop.core.models import AuditEntry, OutboxEvent

pytestmark = pytest.mark.django_db
TRACKING = {
    "carrier": "DHL",
    "tracking_number": "0034",
    "tracking_url": "https://dhl.example/0034",
}


@pytest.fixture
def shipped() -> Order:
    """An order in one parcel that left without tracking."""
    order = make_order(payment_method="cash", at=timezone.now())
    fulfill_order(order, actor=CAROL, at=timezone.now())
    return order


def office(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(order: Order, number: int = 1) -> str:
    return reverse("admin:orders_order_tracking", args=[order.pk, number])


def changes() -> list[dict[str, Any]]:
    return [event.payload for event in OutboxEvent.objects.filter(type__endswith="TrackingChanged")]


def test_tracking_is_added_after_shipping_and_told(shipped):
    response = office(AdminFactory()).post(page(shipped), TRACKING)

    parcel = Fulfillment.objects.get()
    line = OrderEvent.objects.get(kind=EventKind.TRACKING)
    assert response.status_code == 302
    assert (parcel.carrier, parcel.tracking_number) == ("DHL", "0034")
    assert line.data == {"parcel": 1, **TRACKING}
    assert changes() == [
        {"order_id": shipped.pk, "fulfillment_id": parcel.pk, "sequence": line.sequence}
    ]
    assert AuditEntry.objects.get(action="order.tracking").changes == {
        name: ["", value] for name, value in TRACKING.items()
    }


def test_saving_what_stands_there_changes_nothing(shipped):
    change_tracking(shipped, number=1, **TRACKING, actor=CAROL, at=timezone.now())

    office(AdminFactory()).post(page(shipped), TRACKING)

    assert len(changes()) == 1
    assert OrderEvent.objects.filter(kind=EventKind.TRACKING).count() == 1


def test_a_link_that_is_none_is_refused_and_nothing_changes(shipped):
    response = office(AdminFactory()).post(
        page(shipped), {**TRACKING, "tracking_url": "javascript:alert(1)"}
    )

    assert response.status_code == 200
    assert Fulfillment.objects.get().tracking_number == ""
    assert changes() == []


def test_a_carrier_that_a_program_has_named_is_kept(shipped):
    other = {**TRACKING, "carrier": "Correos"}
    change_tracking(shipped, number=1, **other, actor=CAROL, at=timezone.now())

    office(AdminFactory()).post(page(shipped), {**other, "tracking_number": "0035"})

    parcel = Fulfillment.objects.get()
    assert (parcel.carrier, parcel.tracking_number) == ("Correos", "0035")


def test_who_may_not_ship_may_not_change_tracking(shipped):
    response = office(StaffFactory(groups=["support"])).post(page(shipped), TRACKING)

    assert response.status_code == 403
    assert Fulfillment.objects.get().tracking_number == ""


def test_the_shopper_gets_the_new_link_once(shipped):
    parcel = change_tracking(shipped, number=1, **TRACKING, actor=CAROL, at=timezone.now())
    event = TrackingChanged(**changes()[0])

    tell_of_tracking(event)
    tell_of_tracking(event)

    mail = OutgoingMail.objects.get(kind="order_tracking")
    assert parcel.tracking_url in mail.text


def test_nothing_is_told_of_a_parcel_that_has_arrived(shipped):
    change_tracking(shipped, number=1, **TRACKING, actor=CAROL, at=timezone.now())
    mark_delivered(shipped, actor=CAROL, at=timezone.now())

    tell_of_tracking(TrackingChanged(**changes()[0]))

    assert not OutgoingMail.objects.filter(kind="order_tracking").exists()


def test_orders_that_are_shipped_together_get_a_tracking_number_each():
    first, second = (make_order(payment_method="cash", at=timezone.now()) for _ in range(2))
    client = office(AdminFactory())
    url = reverse("admin:orders_order_changelist")
    chosen = {"action": "ship_selected", "_selected_action": [first.pk, second.pk]}

    asked = client.post(url, chosen).content.decode()
    client.post(
        url,
        {
            **chosen,
            "apply": "1",
            "carrier": "DHL",
            f"tracking_{first.pk}": "0034",
            f"tracking_{second.pk}": "",
        },
    )

    assert f'name="tracking_{first.pk}"' in asked
    parcels = Fulfillment.objects.order_by("order_id")
    assert [(each.carrier, each.tracking_number) for each in parcels] == [
        ("DHL", "0034"),
        ("DHL", ""),
    ]


def test_the_api_corrects_what_it_is_given_and_keeps_the_rest(shipped):
    change_tracking(shipped, number=1, **TRACKING, actor=CAROL, at=timezone.now())
    client = APIClient()
    client.force_authenticate(StaffFactory(groups=["fulfillment"]))

    response = client.patch(
        f"/api/orders/{shipped.number}/fulfillments/1", {"tracking_number": "0035"}, format="json"
    )

    assert response.status_code == 200
    assert response.json()["data"]["tracking_number"] == "0035"
    assert response.json()["data"]["carrier"] == "DHL"


@pytest.mark.parametrize(("groups", "status"), [(["support"], 403), (["fulfillment"], 404)])
def test_the_api_knows_who_ships_and_which_parcels_there_are(shipped, groups, status):
    client = APIClient()
    client.force_authenticate(StaffFactory(groups=groups))

    response = client.patch(
        f"/api/orders/{shipped.number}/fulfillments/2", {"carrier": "DHL"}, format="json"
    )

    assert response.status_code == status
    assert Fulfillment.objects.get().carrier == ""
