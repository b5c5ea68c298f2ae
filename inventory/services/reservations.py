"""Units spoken for: held while somebody pays, allocated once an order stands.

Locks are taken in one order everywhere, so that no two transactions wait for each other: stock
items by SKU first, their reservations after them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from inventory.errors import InsufficientStock, StockConflict, UnknownSku
from inventory.events import ReservationExpired
from inventory.models import Reservation, StockItem
from inventory.services.items import positive, record_movements
from inventory.services.levels import items_by_sku, tell_crossings
from inventory.states import MovementKind, ReservationState
from shop.core.actors import Actor
from shop.core.events import publish


@transaction.atomic
def reserve_stock(
    quantities: Mapping[str, int], *, holder: str, expires_at: datetime | None, at: datetime
) -> None:
    """Reserve units of every SKU for `holder`, or of none.

    Held until `expires_at`; `None` allocates at once. Holds of others that are over at `at` do not
    stand in the way: on a short SKU they are released first.
    Raises `InsufficientStock` naming every short SKU, `UnknownSku`, `Invalid` for a quantity below
    one. Publishes `StockLevelChanged` for items that sell out or run low.
    """
    reserve_or_fall(quantities, holder=holder, expires_at=expires_at, at=at)


def reserve_or_fall(
    quantities: Mapping[str, int], *, holder: str, expires_at: datetime | None, at: datetime
) -> None:
    """`reserve_stock` without a savepoint of its own, for a transaction that falls
    with the refusal.

    Whoever catches the refusal and goes on in the same transaction keeps what was taken before it.
    """
    short: list[str] = []
    for sku in sorted(quantities):
        units = positive(quantities[sku])
        if not _take(sku, units, at) and not (
            _release_expired_of(sku, at=at) and _take(sku, units, at)
        ):
            short.append(sku)
    items = items_by_sku(quantities)
    for sku in sorted(quantities):
        if sku not in items:
            raise UnknownSku(sku=sku)
    if short:
        raise _shortage(short, items, quantities)
    Reservation.objects.bulk_create(
        Reservation(
            stock_item=items[sku],
            holder=holder,
            quantity=quantities[sku],
            state=ReservationState.HELD if expires_at else ReservationState.ALLOCATED,
            expires_at=expires_at,
            created_at=at,
        )
        for sku in sorted(quantities)
    )
    tell_crossings(items, reserved=quantities)


@transaction.atomic
def change_reservation(
    holder: str, quantities: Mapping[str, int], *, expires_at: datetime | None, at: datetime
) -> None:
    """Have `holder` reserve exactly so many units of each named SKU, or change
    nothing; 0 gives them back.

    Only the difference moves, so that what is reserved already can never be lost to somebody else.
    Units of a SKU that the holder did not have are held until `expires_at`; `None` allocates them.
    Other SKUs of the holder stay as they are. Raises `InsufficientStock` naming every short SKU,
    `UnknownSku`. Publishes `StockLevelChanged`.
    """
    skus = sorted(quantities)
    list(
        StockItem.objects.filter(sku__in=skus).order_by("sku").select_for_update().values_list("pk")
    )
    held = {
        reservation.stock_item.sku: reservation
        for reservation in Reservation.objects.locked()
        .live()
        .filter(holder=holder, stock_item__sku__in=skus)
        .select_related("stock_item")
    }
    more = {sku: quantities[sku] - (held[sku].quantity if sku in held else 0) for sku in skus}
    short = [
        sku
        for sku in skus
        if more[sku] > 0
        and not _take(sku, more[sku], at)
        and not (_release_expired_of(sku, at=at) and _take(sku, more[sku], at))
    ]
    items = items_by_sku(quantities)
    for sku in skus:
        if sku not in items:
            raise UnknownSku(sku=sku)
    if short:
        raise _shortage(short, items, more)
    for sku in skus:
        if more[sku] < 0:
            _give_back(sku, -more[sku], at)
        reservation = held.get(sku)
        if reservation is not None and more[sku]:
            reservation.quantity = quantities[sku]
            if not reservation.quantity:
                reservation.state = ReservationState.RELEASED
            reservation.save(update_fields=["quantity", "state"])
        elif reservation is None and quantities[sku]:
            Reservation.objects.create(
                stock_item=items[sku],
                holder=holder,
                quantity=quantities[sku],
                state=ReservationState.HELD if expires_at else ReservationState.ALLOCATED,
                expires_at=expires_at,
                created_at=at,
            )
    tell_crossings(items, reserved={sku: units for sku, units in more.items() if units})


@transaction.atomic
def extend_hold(holder: str, *, expires_at: datetime, at: datetime) -> int:
    """Move the end of what is still held for `holder`; returns how many SKUs that are."""
    return Reservation.objects.filter(holder=holder, state=ReservationState.HELD).update(
        expires_at=expires_at
    )


@transaction.atomic
def allocate_stock(holder: str, *, at: datetime) -> bool:
    """Turn what is held for `holder` into what belongs to it, even past its time.

    False, with nothing held any more, if part of it has been released meanwhile: the caller
    reserves again. Calling it again changes nothing.
    """
    _lock_items_of(holder)
    latest: dict[int, Reservation] = {}
    for reservation in Reservation.objects.locked().filter(holder=holder):
        latest[reservation.stock_item_id] = reservation
    # One that was released with units in it was lost; without units its holder wanted no more.
    if not latest or any(
        each.state == ReservationState.RELEASED and each.quantity for each in latest.values()
    ):
        release_stock(holder, at=at)
        return False
    Reservation.objects.filter(holder=holder, state=ReservationState.HELD).update(
        state=ReservationState.ALLOCATED, expires_at=None
    )
    return True


@transaction.atomic
def release_stock(holder: str, *, at: datetime) -> None:
    """Give back everything that is held or allocated for `holder`; nothing if there is none.

    Publishes `StockLevelChanged` for items that come back.
    """
    _lock_items_of(holder)
    _release(list(Reservation.objects.locked().live().filter(holder=holder)), at=at)


@transaction.atomic
def consume_stock(
    holder: str, quantities: Mapping[str, int], *, reference: str, actor: Actor, at: datetime
) -> None:
    """Ship units that are reserved for `holder`: they leave the books with a
    movement, if they are counted.

    Less than reserved is fine, the rest stays reserved.
    Raises `StockConflict` if more is shipped than is reserved or on hand; then nothing changes.
    """
    _lock_items_of(holder)
    reserved = {
        reservation.stock_item.sku: reservation
        for reservation in Reservation.objects.locked()
        .live()
        .filter(holder=holder)
        .select_related("stock_item")
    }
    for sku in sorted(quantities):
        units = positive(quantities[sku])
        reservation = reserved.get(sku)
        if reservation is None or reservation.quantity < units:
            raise StockConflict(
                _("The quantity is more than what is reserved."),
                sku=sku,
                reserved=reservation.quantity if reservation else 0,
                requested=units,
            )
        rows = StockItem.objects.filter(sku=sku, reserved__gte=units)
        if reservation.stock_item.is_tracked:
            left = rows.filter(on_hand__gte=units).update(
                on_hand=F("on_hand") - units, reserved=F("reserved") - units, updated_at=at
            )
        else:
            left = rows.update(reserved=F("reserved") - units, updated_at=at)
        if not left:
            raise StockConflict(
                _("The units are not in stock yet."),
                sku=sku,
                on_hand=reservation.stock_item.on_hand,
                requested=units,
            )
        reservation.quantity -= units
        if reservation.quantity == 0:
            reservation.state = ReservationState.CONSUMED
        reservation.save(update_fields=["quantity", "state"])
    items = {sku: item for sku, item in items_by_sku(quantities).items() if item.is_tracked}
    record_movements(
        {items[sku]: -quantities[sku] for sku in sorted(items)},
        kind=MovementKind.SHIPPED,
        reference=reference,
        actor=actor,
        at=at,
    )
    gone = {sku: -units for sku, units in quantities.items()}
    tell_crossings(items, on_hand=gone, reserved=gone)


def release_expired(*, at: datetime, limit: int = 500) -> int:
    """Release holds that were over at `at`, one transaction for each SKU; returns how many.

    Publishes `ReservationExpired` for each of them.
    """
    skus = (
        Reservation.objects.expired(at=at)
        .order_by("expires_at", "pk")
        .values_list("stock_item__sku", flat=True)[:limit]
    )
    count = 0
    for sku in sorted(set(skus)):
        with transaction.atomic():
            count += _release_expired_of(sku, at=at)
    return count


def _take(sku: str, units: int, at: datetime) -> bool:
    """The one guard against overselling: the condition and the change are one statement."""
    return bool(
        StockItem.objects.filter(
            Q(is_tracked=False) | Q(reserved__lte=F("on_hand") + F("backorder_limit") - units),
            sku=sku,
        ).update(reserved=F("reserved") + units, updated_at=at)
    )


def _give_back(sku: str, units: int, at: datetime) -> None:
    """The reverse of `_take`, for units whose reservation is locked."""
    given = StockItem.objects.filter(sku=sku, reserved__gte=units).update(
        reserved=F("reserved") - units, updated_at=at
    )
    if not given:
        raise StockConflict(sku=sku, requested=units)


def _shortage(
    short: Iterable[str], items: Mapping[str, StockItem], quantities: Mapping[str, int]
) -> InsufficientStock:
    details = [
        {"sku": sku, "requested": quantities[sku], "available": items[sku].sellable}
        for sku in short
    ]
    first = details[0]
    return InsufficientStock(
        sku=first["sku"],
        requested=first["requested"],
        available=first["available"],
        items=details,
    )


def _release_expired_of(sku: str, *, at: datetime) -> int:
    """Release the expired holds of one item; the caller is in a transaction."""
    if not list(StockItem.objects.locked().filter(sku=sku)):
        return 0
    over = list(Reservation.objects.locked().expired(at=at).filter(stock_item__sku=sku))
    _release(over, at=at)
    for holder in sorted({reservation.holder for reservation in over}):
        publish(ReservationExpired(holder=holder))
    return len(over)


def _lock_items_of(holder: str) -> None:
    """Lock the stock items of a holder: a lock on the items comes before their reservations."""
    held = Reservation.objects.filter(holder=holder).values("stock_item")
    list(StockItem.objects.locked().filter(pk__in=held).values_list("pk"))


def _release(reservations: list[Reservation], *, at: datetime) -> None:
    """Give back reservations that are locked, and whose items are."""
    if not reservations:
        return
    Reservation.objects.filter(pk__in=[each.pk for each in reservations]).update(
        state=ReservationState.RELEASED
    )
    freed: dict[int, int] = {}
    for each in reservations:
        freed[each.stock_item_id] = freed.get(each.stock_item_id, 0) + each.quantity
    skus: dict[str, int] = {}
    for item in StockItem.objects.filter(pk__in=freed).order_by("sku"):
        StockItem.objects.filter(pk=item.pk).update(
            reserved=F("reserved") - freed[item.pk], updated_at=at
        )
        skus[item.sku] = -freed[item.pk]
    tell_crossings(items_by_sku(skus), reserved=skus)
