"""Units that come and go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from inventory.errors import StockConflict, UnknownSku
from inventory.models import Movement, StockItem
from inventory.services.levels import items_by_sku, tell_crossings
from inventory.states import MovementKind
from shop.core.actors import Actor
from shop.core.errors import Invalid

# Far more than any shop holds, far less than the column: sums cannot overflow.
MAX_UNITS = 1_000_000_000


@transaction.atomic
def create_stock_item(
    sku: str,
    *,
    on_hand: int = 0,
    backorder_limit: int = 0,
    low_stock_threshold: int = 0,
    is_tracked: bool = True,
    actor: Actor,
    at: datetime,
) -> StockItem:
    """Open the books for a SKU; units on hand arrive by a movement. What is not tracked has none.

    Raises `Invalid` for negative or absurd numbers, `StockConflict` if the SKU has an item already.
    """
    for units in (on_hand, backorder_limit, low_stock_threshold):
        if not 0 <= units <= MAX_UNITS:
            raise Invalid(_("The quantity must be between 0 and one billion."))
    if not is_tracked:
        on_hand = backorder_limit = low_stock_threshold = 0
    item, is_new = StockItem.objects.get_or_create(
        sku=sku,
        defaults={
            "on_hand": on_hand,
            "backorder_limit": backorder_limit,
            "low_stock_threshold": low_stock_threshold,
            "is_tracked": is_tracked,
            "updated_at": at,
        },
    )
    if not is_new:
        raise StockConflict(_("A stock item with this SKU already exists."), sku=sku)
    if on_hand:
        record_movements({item: on_hand}, kind=MovementKind.RECEIVED, actor=actor, at=at)
    return item


@transaction.atomic
def adjust_stock(
    sku: str,
    *,
    delta: int | None = None,
    set_to: int | None = None,
    reason: str,
    actor: Actor,
    at: datetime,
    kind: MovementKind | str = MovementKind.ADJUSTED,
    reference: str = "",
) -> StockItem:
    """Change what is on hand by `delta`, or to the number counted (`set_to`), with a reason.

    Raises `UnknownSku`; `StockConflict` if less would be left than is promised beyond the backorder
    limit; `Invalid` unless exactly one of the two numbers is given and sane.
    Publishes `StockLevelChanged` if the item sells out, runs low or comes back.
    """
    delta = _difference(sku, delta, set_to)
    if delta:
        changed = StockItem.objects.filter(
            sku=sku,
            is_tracked=True,
            on_hand__gte=-delta,
            on_hand__lte=MAX_UNITS - delta,
            reserved__lte=F("on_hand") + F("backorder_limit") + delta,
        ).update(on_hand=F("on_hand") + delta, updated_at=at)
        if not changed:
            item = _locked(sku)
            raise StockConflict(
                sku=sku, on_hand=item.on_hand, reserved=item.reserved, available=item.available
            )
    item = StockItem.objects.get(sku=sku)
    if delta:
        record_movements(
            {item: delta}, kind=kind, cause=reason, reference=reference, actor=actor, at=at
        )
        tell_crossings({sku: item}, on_hand={sku: delta})
    return item


@transaction.atomic
def change_limits(
    sku: str,
    *,
    backorder_limit: int,
    low_stock_threshold: int,
    backorder_until: date | None = None,
    at: datetime,
) -> StockItem:
    """Set how much may be sold before it arrives, and from where on the item counts as low.

    Raises `UnknownSku`, and `StockConflict` if more is promised on backorder than the new limit.
    Publishes `StockLevelChanged` if the item sells out, runs low or comes back by it.
    """
    for units in (backorder_limit, low_stock_threshold):
        if not 0 <= units <= MAX_UNITS:
            raise Invalid(_("The quantity must be between 0 and one billion."))
    before = _locked(sku)
    changed = StockItem.objects.filter(
        sku=sku, is_tracked=True, reserved__lte=F("on_hand") + backorder_limit
    ).update(
        backorder_limit=backorder_limit,
        low_stock_threshold=low_stock_threshold,
        backorder_until=backorder_until,
        updated_at=at,
    )
    if not changed:
        raise StockConflict(sku=sku, on_hand=before.on_hand, reserved=before.reserved)
    item = StockItem.objects.get(sku=sku)
    tell_crossings(
        {sku: item},
        backorder_limit={sku: item.backorder_limit - before.backorder_limit},
        low_stock_threshold={sku: item.low_stock_threshold - before.low_stock_threshold},
    )
    return item


@transaction.atomic
def restock(
    quantities: Mapping[str, int],
    *,
    written_off: Mapping[str, int] | None = None,
    reference: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Take returned units back on the shelf, at most as many as left under `reference`.

    So that one unit which is sent back once comes back once, however often somebody says so. Units
    of `written_off` come back besides and are written off at once: two movements, nothing on the
    shelf. Raises `UnknownSku`. Publishes `StockLevelChanged` for items that come back.
    """
    lost = {sku: units for sku, units in (written_off or {}).items() if units}
    quantities = {
        sku: quantities.get(sku, 0) + lost.get(sku, 0) for sku in sorted({*quantities, *lost})
    }
    for sku in quantities:
        positive(quantities[sku])
        _locked(sku)
    units = _out_of_house(quantities, reference)
    lost = {sku: min(lost.get(sku, 0), units[sku]) for sku in units}
    gained = {sku: units[sku] - lost[sku] for sku in units}
    for sku in sorted(units):
        StockItem.objects.filter(sku=sku).update(on_hand=F("on_hand") + gained[sku], updated_at=at)
    items = items_by_sku(units)
    record_movements(
        {items[sku]: units[sku] for sku in sorted(units)},
        kind=MovementKind.RETURNED,
        reference=reference,
        actor=actor,
        at=at,
    )
    record_movements(
        {items[sku]: -lost[sku] for sku in sorted(units) if lost[sku]},
        kind=MovementKind.WRITTEN_OFF,
        reference=reference,
        actor=actor,
        at=at,
    )
    tell_crossings(items, on_hand=gained)


def _out_of_house(quantities: Mapping[str, int], reference: str) -> dict[str, int]:
    """Of these units, those that have left under `reference` and are not back; the
    items are locked.
    """
    moves = Movement.objects.filter(
        stock_item__sku__in=quantities,
        reference=reference,
        kind__in=[MovementKind.SHIPPED, MovementKind.RETURNED],
    )
    away = dict(moves.order_by().values_list("stock_item__sku").annotate(units=-Sum("quantity")))
    left = {sku: min(units, away.get(sku, 0)) for sku, units in quantities.items()}
    return {sku: units for sku, units in left.items() if units > 0}


def _difference(sku: str, delta: int | None, set_to: int | None) -> int:
    """By how much `on_hand` is to change; locks the item if that depends on what is there."""
    if set_to is not None and delta is None:
        if not 0 <= set_to <= MAX_UNITS:
            raise Invalid(_("The quantity must be between 0 and one billion."))
        return set_to - _locked(sku).on_hand
    if delta is None or set_to is not None:
        raise Invalid(_("Send either a change or a counted quantity."))
    if delta == 0 or not -MAX_UNITS <= delta <= MAX_UNITS:
        raise Invalid(_("The change must not be zero and must be less than a billion units."))
    return delta


def positive(units: int) -> int:
    """The number itself. Raises `Invalid` unless it is a sane count of units."""
    if not 1 <= units <= MAX_UNITS:
        raise Invalid(_("The quantity must be at least one unit."))
    return units


def _locked(sku: str) -> StockItem:
    item = StockItem.objects.locked().filter(sku=sku).first()
    if item is None:
        raise UnknownSku(sku=sku)
    return item


def record_movements(
    moved: Mapping[StockItem, int],
    *,
    kind: MovementKind | str,
    actor: Actor,
    at: datetime,
    cause: str = "",
    reference: str = "",
) -> None:
    """Write a movement for each item, by its signed quantity; 1 query."""
    Movement.objects.bulk_create(
        Movement(
            stock_item=item,
            kind=kind,
            quantity=quantity,
            cause=cause,
            reference=reference,
            actor=actor.label[:200],
            at=at,
        )
        for item, quantity in moved.items()
    )
