"""Shipping: parcels, in whole and in part, and their arrival."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import F, Max, Sum
from django.utils.translation import gettext as _

from catalog.models import Product
from inventory.services import consume_stock
from orders.errors import OrderNotShippable, QuantityNotOpen
from orders.events import OrderCompleted, OrderShipped, TrackingChanged
from orders.models import Fulfillment, FulfillmentItem, Order, OrderItem
from orders.permissions import possible_acts
from orders.states import Act, EventKind, FulfillmentStatus, OrderStatus
from orders.timeline import add_event, save_order
from shop.core import audit
from shop.core.actors import Actor
from shop.core.errors import Invalid, NotFound
from shop.core.events import publish

_clean_url = URLValidator(schemes=["http", "https"])


@transaction.atomic
def fulfill_order(
    order: Order,
    *,
    quantities: Mapping[int, int] | None = None,
    carrier: str = "",
    tracking_number: str = "",
    tracking_url: str = "",
    actor: Actor,
    at: datetime,
) -> Fulfillment:
    """Ship units of an order in one parcel: all that are left, or item id → units.

    Raises `OrderNotShippable` if the order is not confirmed or nothing is left, `QuantityNotOpen`
    for more units than are left, `Invalid` for a tracking link that is no web address. Publishes
    `OrderShipped`; the e-mail with the tracking link follows from it.
    """
    _check_link(tracking_url)
    order = Order.objects.locked().get(pk=order.pk)
    if Act.FULFILL not in possible_acts(order):
        raise OrderNotShippable(_why_not(order), order_status=order.status)
    items = {item.pk: item for item in order.items.all()}
    parcel = Fulfillment(
        order=order,
        carrier=carrier.strip()[:80],
        tracking_number=tracking_number.strip()[:80],
        tracking_url=tracking_url,
        shipped_at=at,
    )
    write_parcel(parcel, items, _units_to_ship(items, quantities), actor=actor)
    audit.record("order.ship", order, actor=actor, changes={"parcel": [None, parcel.number]})
    publish(OrderShipped(order_id=order.pk, fulfillment_id=parcel.pk))
    return parcel


def _why_not(order: Order) -> str | None:
    if order.status == OrderStatus.PENDING:
        return _("This order is not paid yet. Record the payment first, then ship it.")
    return None


def write_parcel(
    parcel: Fulfillment, items: Mapping[int, OrderItem], units: Mapping[int, int], *, actor: Actor
) -> None:
    """Number and write what has left: item id → units, their stock, the timeline.

    The caller holds the order's lock.
    """
    order, at = parcel.order, parcel.shipped_at
    parcel.number = (order.fulfillments.aggregate(last=Max("number"))["last"] or 0) + 1
    parcel.save(force_insert=True)
    FulfillmentItem.objects.bulk_create(
        FulfillmentItem(fulfillment=parcel, order_item=items[pk], quantity=quantity)
        for pk, quantity in units.items()
    )
    for pk, quantity in units.items():
        OrderItem.objects.filter(pk=pk).update(shipped_quantity=F("shipped_quantity") + quantity)
    consume_stock(
        order.holder,
        {items[pk].product_sku: quantity for pk, quantity in units.items()},
        reference=order.number,
        actor=actor,
        at=at,
    )
    save_order(order)
    data = {
        "parcel": parcel.number,
        "carrier": parcel.carrier,
        "tracking_number": parcel.tracking_number,
        "units": sum(units.values()),
    }
    add_event(order, EventKind.SHIPPED, actor=actor, at=at, data=data)


@transaction.atomic
def change_tracking(
    order: Order,
    *,
    number: int,
    carrier: str,
    tracking_number: str,
    tracking_url: str,
    actor: Actor,
    at: datetime,
) -> Fulfillment:
    """Add or correct the tracking of parcel `number`; what stays the same changes nothing.

    Raises `Invalid` for a tracking link that is no web address, `NotFound` if the order has no such
    parcel. Publishes `TrackingChanged`; the e-mail with the new link follows from it.
    """
    _check_link(tracking_url)
    order = Order.objects.locked().get(pk=order.pk)
    parcel = order.fulfillments.filter(number=number).first()
    if parcel is None:
        raise NotFound
    wanted = {
        "carrier": carrier.strip()[:80],
        "tracking_number": tracking_number.strip()[:80],
        "tracking_url": tracking_url,
    }
    changes = {
        name: [getattr(parcel, name), value]
        for name, value in wanted.items()
        if getattr(parcel, name) != value
    }
    if not changes:
        return parcel
    for name, value in wanted.items():
        setattr(parcel, name, value)
    parcel.save(update_fields=list(wanted))
    data = {"parcel": parcel.number, **wanted}
    event = add_event(order, EventKind.TRACKING, actor=actor, at=at, data=data)
    audit.record("order.tracking", order, actor=actor, changes=changes)
    publish(TrackingChanged(order_id=order.pk, fulfillment_id=parcel.pk, sequence=event.sequence))
    return parcel


def _check_link(tracking_url: str) -> None:
    if not tracking_url:
        return
    try:
        _clean_url(tracking_url)
    except ValidationError as error:
        raise Invalid(
            errors={"tracking_url": [_("Enter a full URL, such as https://example.com/track/123.")]}
        ) from error


def _units_to_ship(
    items: Mapping[int, OrderItem], quantities: Mapping[int, int] | None
) -> dict[int, int]:
    if quantities is None:
        units = {pk: item.open_quantity for pk, item in items.items() if item.open_quantity}
    else:
        units = {pk: quantity for pk, quantity in quantities.items() if quantity}
    if not units:
        raise OrderNotShippable(_("Choose at least one unit to ship."))
    for pk, quantity in units.items():
        item = items.get(pk)
        if item is None:
            raise Invalid(errors={"items": [_("This item is not in the order.")]})
        if not 0 < quantity <= item.open_quantity:
            raise QuantityNotOpen(sku=item.product_sku, open=item.open_quantity)
    return units


@transaction.atomic
def mark_delivered(order: Order, *, number: int | None = None, actor: Actor, at: datetime) -> Order:
    """Note that parcel `number` has arrived, or every parcel that is on its way.

    An order that is wholly delivered and paid is completed. Raises `Invalid` if
    there is no such parcel.
    """
    order = Order.objects.locked().get(pk=order.pk)
    parcels = order.fulfillments.filter(delivered_at__isnull=True)
    if number is not None:
        parcels = parcels.filter(number=number)
    numbers = list(parcels.values_list("number", flat=True))
    if not numbers:
        raise Invalid(_("This parcel was not found or has already been delivered."))
    parcels.update(delivered_at=at)
    for parcel in numbers:
        add_event(order, EventKind.DELIVERED, actor=actor, at=at, data={"parcel": parcel})
    complete_if_done(order, actor=actor, at=at)
    return order


def complete_if_done(order: Order, *, actor: Actor, at: datetime) -> None:
    """Complete an order, under its lock, once all of it has arrived and is paid."""
    before = order.status
    if (
        before != OrderStatus.CONFIRMED
        or order.due_minor
        or order.fulfillment_status != FulfillmentStatus.FULFILLED
        or order.fulfillments.filter(delivered_at__isnull=True).exists()
    ):
        return
    order.move_to(OrderStatus.COMPLETED)
    order.completed_at = at
    save_order(order, "status", "completed_at")
    move = (before, OrderStatus.COMPLETED)
    add_event(order, EventKind.COMPLETED, actor=actor, at=at, move=move)
    publish(OrderCompleted(order_id=order.pk))


@transaction.atomic
def count_sales(order_id: int) -> None:
    """Add the units of a confirmed order to its products' stored sales, for the "popular" sort."""
    rows = (
        OrderItem.objects.filter(order_id=order_id, variant__isnull=False)
        .order_by("variant__product_id")
        .values("variant__product_id")
        .annotate(units=Sum("quantity"))
    )
    for row in rows:
        Product.objects.filter(pk=row["variant__product_id"]).update(
            sold_count=F("sold_count") + row["units"]
        )
