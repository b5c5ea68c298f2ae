"""Changing an order before it ships, and adding to it in exchange for what came back.

What is kept and what is recalculated: docs/rounding.md. The same calculation serves the preview and
the change itself, so that what staff agree to is what happens.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.models import Variant
from catalog.prices.lookup import prices_for
from inventory.errors import InsufficientStock
from inventory.models import StockItem
from inventory.services import change_reservation
from inventory.services import extend_hold as extend_stock_hold
from orders.editing.changes import EditPreview, LineChange, OrderChange, words_of
from orders.editing.plan import (
    Plan,
    clean_units,
    facts_of_item,
    facts_of_variant,
    line_change,
    plan_of,
    require_editable,
    sold_taxes,
    variants_to_add,
)
from orders.errors import (
    EditedTotalChanged,
    OrderChangedMeanwhile,
    OrderNotEditable,
)
from orders.events import OrderEdited
from orders.models import Order, OrderEvent, OrderItem
from orders.order_lines import new_item, trace_of, write_adjustments
from orders.payment.services import confirm_order
from orders.permissions import edit_act
from orders.quotes import quote_wire
from orders.states import EventKind, OrderStatus
from orders.tenders import UNCHOSEN
from orders.timeline import add_event, save_order
from pricing.calculator import Adjustment, LineFacts, Quote, QuoteLine
from pricing.promotions import note_promotions, note_tax_rates
from pricing.quotes import arrival, payment_methods, quote_again, require_taxed
from pricing.states import Settlement
from shop.core import audit
from shop.core.actors import Actor
from shop.core.errors import Invalid
from shop.core.events import publish
from shop.core.languages import speaking
from shop.core.money import Money
from shop.core.permissions import Authorize

# Customers who have to pay more after a change get an e-mail: their stock is held this long.
EDITED_HOLD = timedelta(days=1)
_FIGURES = (
    "subtotal_minor",
    "discount_minor",
    "shipping_minor",
    "tax_minor",
    "tax_added_minor",
    "total_minor",
    "is_export",
    "trace",
)
_DELIVERY_FIELDS = (
    "shipping_address",
    "shipping_country",
    "shipping_method_code",
    "shipping_method_name",
)
_PAYMENT_FIELDS = ("payment_method_code", "payment_method_name", "payment_provider")


def preview_edit(order: Order, change: OrderChange, *, at: datetime) -> EditPreview:
    """What a change would come to, line by line and figure by figure; at most 17
    queries, nothing is written.

    Raises `OrderNotEditable`, and `Invalid` for units or a SKU that make no sense; all else that
    stands in the way is in the preview's `problems`.
    """
    order = Order.objects.get(pk=order.pk)
    require_editable(order, at=at)
    return plan_of(order, change, at=at).preview


@transaction.atomic
def edit_order(
    order: Order,
    change: OrderChange,
    *,
    expected_total_minor: int | None = None,
    version: int | None = None,
    reason: str = "",
    actor: Actor,
    at: datetime,
    authorize: Authorize | None = None,
) -> Order:
    """Change what is in an order, where it goes or how, as long as nothing of it has left.

    `expected_total_minor` and `version` are the preview's: with another total or after another
    change nothing happens. Stock moves by the difference. A pending order with nothing left to pay
    is confirmed; one with more to pay keeps its stock for `EDITED_HOLD`. `authorize` refuses staff
    who may not make this change: where money goes back, that takes the right to refund as well.
    Without it, the caller has the right to any change. Raises `OrderNotEditable`,
    `OrderChangedMeanwhile`, `EditedTotalChanged`, `InsufficientStock`, `TaxRateMissing`,
    `ShippingMethodInvalid`, `PaymentMethodInvalid`, `CreditedAlready`, `Invalid`, `Forbidden`.
    Publishes `OrderEdited` (money that is too much goes back, open payments of another amount are
    closed, the shopper gets an e-mail), and `OrderConfirmed`.
    """
    order = Order.objects.locked().get(pk=order.pk)
    require_editable(order, at=at)
    if version is not None and order.version != version:
        raise OrderChangedMeanwhile(version=order.version)
    plan = plan_of(order, change, at=at)
    if authorize is not None:
        authorize(edit_act(order, total_minor=plan.quote.total_minor))
    if not plan.preview.is_change:
        raise Invalid(_("There are no changes to save."))
    for problem in plan.preview.problems:
        # Whether the stock suffices is said by the conditional UPDATE; this was a
        # look from outside.
        if not isinstance(problem, InsufficientStock):
            raise problem
    if expected_total_minor is not None and expected_total_minor != plan.quote.total_minor:
        raise EditedTotalChanged(quote=quote_wire(plan.quote, due_minor=plan.preview.due_minor))
    before = _state(order, plan.items.values())
    _write(plan, at=at)
    _move_stock(plan, at=at)
    _promise_arrival(plan, at=at)
    event = _tell(
        order,
        plan.preview.lines,
        total_before=plan.preview.total_before_minor,
        has_new_address=plan.address.as_dict() != before["shipping_address"],
        method="" if plan.method == before["shipping_method"] else order.shipping_method_name,
        reason=reason,
        actor=actor,
        at=at,
    )
    _record_edited(order, before, actor=actor)
    publish(OrderEdited(order_id=order.pk, sequence=event.sequence))
    if order.status == OrderStatus.PENDING and not order.to_pay_minor:
        confirm_order(order, at=at)
    return order


@transaction.atomic
def add_items(
    order: Order,
    quantities: Mapping[str, int],
    *,
    prices_minor: Mapping[str, int] | None = None,
    reason: str = "",
    actor: Actor,
    at: datetime,
) -> list[OrderItem]:
    """Add units by SKU to an order in exchange for others, shipped or not; the
    caller holds the order's lock.

    A unit costs what `prices_minor` says, else today's price. A SKU that the order has already
    keeps the price it was sold at: a lower one becomes a discount, a higher one is not asked for.
    No code lowers what is added and delivery costs nothing more; taxes are those of the order. The
    stock is allocated, and a completed order is confirmed again. `order` comes back saved, with its
    new total; returns the items that grew or are new. Raises `OrderNotEditable` if the order is
    pending or canceled, `TaxRateMissing`, `InsufficientStock`, `Invalid`. Publishes `OrderEdited`.
    """
    if order.status not in {OrderStatus.CONFIRMED, OrderStatus.COMPLETED}:
        raise OrderNotEditable(order_status=order.status)
    units = {sku: clean_units(count) for sku, count in quantities.items() if count}
    if not units:
        raise Invalid(errors={"items": [_("Choose at least one unit.")]})
    items = {item.product_sku: item for item in order.items.all()}
    total_before = order.total_minor
    variants = variants_to_add(units, at=at, known=items)
    facts = _facts_to_add(units, variants, items, prices_minor or {}, currency=order.currency)
    adjustments = list(order.adjustments.all())
    quote = quote_again(
        facts,
        currency=order.currency,
        country=order.shipping_country,
        region=order.shipping_address.get("region", ""),
        shipping_method="",
        taxes=sold_taxes(order, items.values(), adjustments),
        placed_at=order.placed_at,
    )
    require_taxed(quote)
    changes = [_grow(order, items, line, variants) for line in quote.lines]
    _save_items(items.values())
    note_tax_rates(quote)
    _write_added(order, quote, items)
    change_reservation(
        order.holder, {sku: items[sku].open_quantity for sku in units}, expires_at=None, at=at
    )
    _grow_figures(order, items.values(), quote)
    _offer_payment(order)
    move = ("", "")
    if order.status == OrderStatus.COMPLETED:
        order.move_to(OrderStatus.CONFIRMED)
        order.completed_at = None
        move = (OrderStatus.COMPLETED, OrderStatus.CONFIRMED)
    save_order(order, *_FIGURES, *_PAYMENT_FIELDS, *(["status", "completed_at"] if move[0] else []))
    event = _tell(
        order, changes, total_before=total_before, reason=reason, actor=actor, at=at, move=move
    )
    _record_added(order, changes, total_before=total_before, actor=actor)
    publish(OrderEdited(order_id=order.pk, sequence=event.sequence))
    return [items[sku] for sku in units]


def _write_added(order: Order, quote: Quote, items: Mapping[str, OrderItem]) -> None:
    taxes = [part for part in quote.adjustments if part.line_key]
    write_adjustments(order, [*_concessions(items, quote.lines), *taxes], items)


def _grow_figures(order: Order, items: Collection[OrderItem], quote: Quote) -> None:
    """Add what `quote` costs to the order; its sums are those of its `items`."""
    order.subtotal_minor = sum(item.unit_price_minor * item.quantity for item in items)
    order.discount_minor = sum(item.discount_minor for item in items)
    order.total_minor += quote.total_minor
    order.tax_minor += quote.tax_minor
    order.tax_added_minor += quote.tax_added_minor
    order.trace = [*order.trace[:-1], *trace_of(quote)]


def _facts_to_add(
    units: Mapping[str, int],
    variants: Mapping[str, Variant],
    items: Mapping[str, OrderItem],
    asked: Mapping[str, int],
    *,
    currency: str,
) -> list[LineFacts]:
    """What is added, at the price asked, else today's; never above that at which the order has it
    already.
    """
    today = prices_for(variants.values(), currency)
    return [
        facts_of_variant(
            variant,
            quantity=units[sku],
            price_minor=asked.get(sku, today[variant.pk].price_minor),
        )
        if sku not in items
        else facts_of_item(
            items[sku],
            quantity=units[sku],
            price_minor=min(
                asked.get(sku, items[sku].unit_price_minor), items[sku].unit_price_minor
            ),
        )
        for sku, variant in variants.items()
    ]


def _record_edited(order: Order, before: Mapping[str, object], *, actor: Actor) -> None:
    after = _state(order, order.items.all())
    changes = {name: [before[name], after[name]] for name in after if after[name] != before[name]}
    audit.record("order.edit", order, actor=actor, changes=changes)


def _record_added(
    order: Order, changes: Sequence[LineChange], *, total_before: int, actor: Actor
) -> None:
    audit.record(
        "order.add_items",
        order,
        actor=actor,
        changes={
            "items": [
                {change.sku: change.quantity_before for change in changes},
                {change.sku: change.quantity for change in changes},
            ],
            "total": [
                Money.from_minor(minor, order.currency)
                for minor in (total_before, order.total_minor)
            ],
        },
    )


# Writing ----------------------------------------------------------------------------------------


def _write(plan: Plan, *, at: datetime) -> None:
    order, quote = plan.order, plan.quote
    order.adjustments.all().delete()
    gone = [item.pk for sku, item in plan.items.items() if sku not in plan.facts]
    order.items.filter(pk__in=gone).delete()
    last = max(item.position for item in plan.items.values())
    written: dict[str, OrderItem] = {}
    for line in quote.lines:
        item = plan.items.get(line.sku)
        if item is None:
            last += 1
            item = new_item(order, plan.added[line.sku], line, position=last)
        item.quantity = line.quantity
        item.discount_minor = line.discount_minor
        item.total_minor = line.total_minor
        item.tax_percent = line.tax_percent
        item.tax_mode = line.tax_mode
        item.tax_minor = line.tax_minor
        written[line.sku] = item
    _save_items(written.values())
    write_adjustments(order, quote.adjustments, written)
    note_tax_rates(quote)
    note_promotions(quote)
    order.subtotal_minor = quote.subtotal_minor
    order.discount_minor = quote.discount_minor
    order.shipping_minor = quote.shipping_minor
    order.tax_minor = quote.tax_minor
    order.tax_added_minor = quote.tax_added_minor
    order.total_minor = quote.total_minor
    order.is_export = quote.is_export
    order.trace = trace_of(quote, before=order.trace)
    order.shipping_address = plan.address.as_dict()
    order.shipping_country = plan.address.country
    _offer_payment(order)
    if plan.is_redelivered and quote.shipping is not None:
        order.shipping_method_code = plan.method
        order.shipping_method_name = quote.shipping.name
    save_order(order, *_FIGURES, *_DELIVERY_FIELDS, *_PAYMENT_FIELDS)


def _offer_payment(order: Order) -> None:
    """Choose a payment method for an order that had none and costs something now."""
    if order.payment_provider not in UNCHOSEN or not order.to_pay_minor:
        return
    for method in payment_methods(
        country=order.shipping_country,
        amount_minor=order.to_pay_minor,
        currency=order.currency,
    ):
        if method.settlement == Settlement.ONLINE:
            order.payment_method_code, order.payment_method_name = method.code, method.name
            order.payment_provider = method.provider
            return


def _save_items(items: Iterable[OrderItem]) -> None:
    rows = list(items)
    OrderItem.objects.bulk_update(
        [item for item in rows if item.pk],
        ["quantity", "discount_minor", "total_minor", "tax_percent", "tax_mode", "tax_minor"],
    )
    OrderItem.objects.bulk_create([item for item in rows if not item.pk])


def _move_stock(plan: Plan, *, at: datetime) -> None:
    """Reserve or release the difference; who has to pay more gets the time for it."""
    order, until = plan.order, None
    if order.status == OrderStatus.PENDING and order.hold_expires_at is not None:
        until = order.hold_expires_at
        if plan.preview.difference_minor and order.to_pay_minor:
            until = max(until, at + EDITED_HOLD)
    change_reservation(order.holder, plan.quantities, expires_at=until, at=at)
    if until is not None and until != order.hold_expires_at:
        extend_stock_hold(order.holder, expires_at=until, at=at)
        order.hold_expires_at = until
        order.save(update_fields=["hold_expires_at"])


def _promise_arrival(plan: Plan, *, at: datetime) -> None:
    """Say again when an order arrives that goes elsewhere or otherwise, once its
    stock is reserved.
    """
    order = plan.order
    if not plan.is_redelivered or plan.quote.shipping is None:
        return
    # Its own units are reserved by now: where more is reserved than is here, some
    # have not come yet.
    items = StockItem.objects.filter(sku__in=[line.sku for line in plan.quote.lines])
    waiting = [item.backorder_until for item in items if item.on_hand < item.reserved]
    order.arrives_from, order.arrives_to = arrival(
        plan.method, country=plan.address.country, waiting=waiting, at=at
    )
    order.save(update_fields=["arrives_from", "arrives_to"])


def _grow(
    order: Order,
    items: dict[str, OrderItem],
    line: QuoteLine,
    variants: Mapping[str, Variant],
) -> LineChange:
    """Put what is added into `items`, unsaved: on top of the line of the same
    SKU, or as a new one.
    """
    item = items.get(line.sku)
    if item is None:
        last = max((each.position for each in items.values()), default=0)
        items[line.sku] = new_item(order, variants[line.sku], line, position=last + 1)
        return line_change(line.sku, None, line, variants[line.sku])
    before, total_before = item.quantity, item.total_minor
    tax_before, discount_before = item.tax_minor, item.discount_minor
    item.quantity += line.quantity
    item.total_minor += line.total_minor
    item.discount_minor += (item.unit_price_minor - line.unit_price_minor) * line.quantity
    item.tax_minor += line.tax_minor
    return LineChange(
        sku=item.product_sku,
        name=item.product_name,
        label=item.variant_label,
        unit_price_minor=item.unit_price_minor,
        quantity_before=before,
        quantity=item.quantity,
        discount_before_minor=discount_before,
        discount_minor=item.discount_minor,
        total_before_minor=total_before,
        total_minor=item.total_minor,
        tax_before_minor=tax_before,
        tax_minor=item.tax_minor,
    )


def _concessions(items: Mapping[str, OrderItem], lines: Sequence[QuoteLine]) -> list[Adjustment]:
    """Why units that were added cost less than the others of their line."""
    return [
        Adjustment(
            "discount",
            _("Exchange"),
            -(items[line.sku].unit_price_minor - line.unit_price_minor) * line.quantity,
            line_key=line.sku,
            source="exchange",
            base_minor=items[line.sku].unit_price_minor * line.quantity,
        )
        for line in lines
        if items[line.sku].unit_price_minor != line.unit_price_minor
    ]


def _tell(
    order: Order,
    lines: Sequence[LineChange],
    *,
    total_before: int,
    has_new_address: bool = False,
    method: str = "",
    reason: str,
    actor: Actor,
    at: datetime,
    move: tuple[str, str] = ("", ""),
) -> OrderEvent:
    """The line in the timeline, in the shopper's language, with who asked for it and why."""
    with speaking(order.language):
        words = words_of(
            lines,
            currency=order.currency,
            total=(total_before, order.total_minor),
            has_new_address=has_new_address,
            method=method,
        )
    return add_event(
        order,
        EventKind.EDITED,
        actor=actor,
        at=at,
        message=" ".join(filter(None, (words, reason.strip()[:250]))),
        data={
            "total_minor": [total_before, order.total_minor],
            "currency": order.currency,
        },
        move=move,
    )


def _state(order: Order, items: Iterable[OrderItem]) -> dict[str, object]:
    """What the audit log keeps of an order before and after."""
    return {
        "items": {item.product_sku: item.quantity for item in items},
        "total": Money.from_minor(order.total_minor, order.currency),
        "shipping": Money.from_minor(order.shipping_minor, order.currency),
        "shipping_method": order.shipping_method_code,
        "shipping_address": order.shipping_address,
    }
