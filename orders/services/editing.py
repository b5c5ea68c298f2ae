"""Changing an order before it ships, and adding to it in exchange for what came back.

What is kept and what is reckoned anew: docs/rounding.md. The same reckoning serves the preview and the change
itself, so that what staff agree to is what happens.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.addresses import ADDRESS_FIELDS, AddressData, clean_address
from cart.services import tax_class_of
from catalog.models import Variant
from catalog.prices import prices_for
from inventory.errors import InsufficientStock
from inventory.models import StockItem
from inventory.services import change_reservation
from inventory.services import extend_hold as extend_stock_hold
from orders.editing import EditPreview, FigureChange, LineChange, OrderChange, words_of
from orders.errors import (
    CreditedAlready,
    EditedTotalChanged,
    OrderChangedMeanwhile,
    OrderNotEditable,
    PaymentMethodInvalid,
    ShippingMethodInvalid,
)
from orders.events import OrderEdited
from orders.models import CreditItem, Order, OrderAdjustment, OrderEvent, OrderItem
from orders.quotes import quote_wire
from orders.rules import possible_acts
from orders.services.lines import new_item, trace_of, variants_by_sku, write_adjustments
from orders.services.payment import confirm_order
from orders.services.timeline import add_event, save_order
from orders.states import Act, EventKind, OrderStatus
from orders.tenders import GIFT_CARD
from pricing.calculator import Adjustment, LineFacts, Quote, QuoteLine
from pricing.models import PromotionUse
from pricing.services import (
    KeptShipping,
    SoldWith,
    arrival,
    note_promotions,
    payment_methods,
    quote_again,
)
from pricing.states import Settlement
from shop.core import audit
from shop.core.actors import Actor
from shop.core.errors import DomainError, Invalid
from shop.core.events import publish
from shop.core.languages import speaking

MOST_UNITS = 999
# Whoever has to pay more after a change gets a letter first: their stock waits as long as this.
EDITED_HOLD = timedelta(days=1)
_FIGURES = (
    "subtotal_minor",
    "discount_minor",
    "shipping_minor",
    "tax_minor",
    "tax_added_minor",
    "total_minor",
    "trace",
)
_DELIVERY_FIELDS = (
    "shipping_address",
    "shipping_country",
    "shipping_method_code",
    "shipping_method_name",
    "arrives_from",
    "arrives_to",
)
_PAYMENT_FIELDS = ("payment_method_code", "payment_method_name", "payment_provider")


@dataclass(frozen=True, slots=True)
class _Plan:
    """A change, reckoned: everything that writing it needs."""

    order: Order
    items: dict[str, OrderItem]
    added: dict[str, Variant]
    facts: dict[str, LineFacts]
    quote: Quote
    address: AddressData
    method: str
    is_redelivered: bool
    preview: EditPreview

    @property
    def quantities(self) -> dict[str, int]:
        """Units by SKU afterwards, with 0 for what is taken out."""
        wanted = dict.fromkeys(self.items, 0)
        return wanted | {sku: line.quantity for sku, line in self.facts.items()}


def preview_edit(order: Order, change: OrderChange, *, at: datetime) -> EditPreview:
    """What a change would come to, line by line and figure by figure; at most 17 queries, nothing is written.

    Raises `OrderNotEditable`, and `Invalid` for units or a SKU that make no sense; all else that stands in the
    way is in the preview's `problems`.
    """
    order = Order.objects.get(pk=order.pk)
    _require_editable(order, at=at)
    return _plan(order, change, at=at).preview


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
) -> Order:
    """Change what is in an order, where it goes or how, as long as nothing of it has left.

    `expected_total_minor` and `version` are the preview's: with another total or after another change nothing
    happens. Stock moves by the difference. A pending order with nothing left to pay is confirmed; one with more to
    pay keeps its stock for `EDITED_HOLD`.
    Raises `OrderNotEditable`, `OrderChangedMeanwhile`, `EditedTotalChanged`, `InsufficientStock`,
    `ShippingMethodInvalid`, `PaymentMethodInvalid`, `CreditedAlready`, `Invalid`.
    Publishes `OrderEdited` (money that is too much goes back, open payments of another amount are closed, the
    shopper gets a letter), and `OrderConfirmed`.
    """
    order = Order.objects.locked().get(pk=order.pk)
    _require_editable(order, at=at)
    if version is not None and order.version != version:
        raise OrderChangedMeanwhile(version=order.version)
    plan = _plan(order, change, at=at)
    if not plan.preview.is_change:
        raise Invalid(_("Nothing would change."))
    for problem in plan.preview.problems:
        # Whether the stock suffices is said by the conditional UPDATE; this was a look from outside.
        if not isinstance(problem, InsufficientStock):
            raise problem
    if expected_total_minor is not None and expected_total_minor != plan.quote.total_minor:
        raise EditedTotalChanged(quote=quote_wire(plan.quote, due_minor=plan.preview.due_minor))
    before = _state(order, plan.items.values())
    _write(plan, at=at)
    _move_stock(plan, at=at)
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
    after = _state(order, order.items.all())
    audit.record(
        "order.edit",
        order,
        actor=actor,
        changes={
            name: [before[name], after[name]] for name in after if after[name] != before[name]
        },
    )
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
    """Add units by SKU to an order in exchange for others, shipped or not; the caller holds the order's lock.

    A unit costs what `prices_minor` says, else today's price. A SKU that the order has already keeps the price it
    was sold at: a lower one becomes a discount, a higher one is not asked for. No code lowers what is added and
    delivery costs nothing more; taxes are those of the order. The stock is allocated, and a completed order is
    confirmed again. `order` comes back saved, with its new total; returns the items that grew or are new.
    Raises `OrderNotEditable` if the order is pending or canceled, `InsufficientStock`, `Invalid`.
    Publishes `OrderEdited`.
    """
    if order.status not in {OrderStatus.CONFIRMED, OrderStatus.COMPLETED}:
        raise OrderNotEditable(status=order.status)
    units = {sku: _units(count) for sku, count in quantities.items() if count}
    if not units:
        raise Invalid(errors={"items": [_("Choose at least one unit.")]})
    items = {item.product_sku: item for item in order.items.all()}
    total_before, asked = order.total_minor, prices_minor or {}
    variants = _variants(units, at=at, known=items)
    today = prices_for(variants.values(), order.currency)
    facts = {
        sku: _facts_of_variant(
            variant,
            quantity=units[sku],
            price_minor=asked.get(sku, today[variant.pk].price_minor),
        )
        if sku not in items
        else _facts_of_item(
            items[sku],
            quantity=units[sku],
            price_minor=min(
                asked.get(sku, items[sku].unit_price_minor), items[sku].unit_price_minor
            ),
        )
        for sku, variant in variants.items()
    }
    quote = quote_again(
        list(facts.values()),
        currency=order.currency,
        country=order.shipping_country,
        region=order.shipping_address.get("region", ""),
        shipping_method="",
        placed_at=order.placed_at,
    )
    changes = [_grow(order, items, line, variants) for line in quote.lines]
    _save_items(items.values())
    taxes = [part for part in quote.adjustments if part.line_key]
    write_adjustments(order, [*_concessions(items, quote.lines), *taxes], items)
    change_reservation(
        order.holder, {sku: items[sku].open_quantity for sku in units}, expires_at=None, at=at
    )
    order.subtotal_minor = sum(item.unit_price_minor * item.quantity for item in items.values())
    order.discount_minor = sum(item.discount_minor for item in items.values())
    order.total_minor += quote.total_minor
    order.tax_minor += quote.tax_minor
    order.tax_added_minor += quote.tax_added_minor
    order.trace = [*order.trace[:-1], *trace_of(quote)]
    _offer_payment(order)
    move = ("", "")
    fields = [*_FIGURES, *_PAYMENT_FIELDS]
    if order.status == OrderStatus.COMPLETED:
        order.move_to(OrderStatus.CONFIRMED)
        order.completed_at = None
        move = (OrderStatus.COMPLETED, OrderStatus.CONFIRMED)
        fields += ["status", "completed_at"]
    save_order(order, *fields)
    event = _tell(
        order, changes, total_before=total_before, reason=reason, actor=actor, at=at, move=move
    )
    audit.record(
        "order.add_items",
        order,
        actor=actor,
        changes={
            "items": [
                {change.sku: change.quantity_before for change in changes},
                {change.sku: change.quantity for change in changes},
            ],
            "total_minor": [total_before, order.total_minor],
        },
    )
    publish(OrderEdited(order_id=order.pk, sequence=event.sequence))
    return [items[sku] for sku in units]


# Reckoning --------------------------------------------------------------------------------------


def _require_editable(order: Order, *, at: datetime) -> None:
    if order.has_payment_under_way:
        raise OrderNotEditable(_("A payment is being checked. Wait until it is through."))
    if Act.EDIT not in possible_acts(order):
        raise OrderNotEditable(status=order.status)
    is_over = order.hold_expires_at is not None and order.hold_expires_at <= at
    if order.status == OrderStatus.PENDING and is_over:
        raise OrderNotEditable(_("The time to pay for this order is over."))


def _plan(order: Order, change: OrderChange, *, at: datetime) -> _Plan:
    items = {item.product_sku: item for item in order.items.select_related("variant__product")}
    wanted = _wanted(items, change.quantities)
    added = _variants({sku for sku in wanted if sku not in items}, at=at)
    prices = prices_for(added.values(), order.currency)
    facts = {
        sku: _facts_of_item(item, quantity=wanted[sku])
        for sku, item in items.items()
        if wanted[sku]
    } | {
        sku: _facts_of_variant(
            variant, quantity=wanted[sku], price_minor=prices[variant.pk].price_minor
        )
        for sku, variant in added.items()
    }
    old, address = _address_of(order), _address_of(order)
    if change.shipping_address is not None:
        address = clean_address(change.shipping_address.as_dict())
    method = change.shipping_method or order.shipping_method_code
    is_redelivered = method != order.shipping_method_code or (
        (address.country, address.postal_code) != (old.country, old.postal_code)
    )
    adjustments = list(order.adjustments.all())
    quote = quote_again(
        list(facts.values()),
        currency=order.currency,
        country=address.country,
        region=address.region,
        postal_code=address.postal_code,
        shipping_method=method,
        kept_shipping=None if is_redelivered else _kept_shipping(order, adjustments),
        sold_with=_sold_with(order, adjustments),
        placed_at=order.placed_at,
    )
    owed = max(quote.total_minor - order.credited_minor, 0)
    due = max(owed - order.refundable_minor - order.amount_authorized_minor, 0)
    lines = _line_changes(items, facts, added, quote)
    preview = EditPreview(
        version=order.version,
        currency=order.currency,
        lines=lines,
        figures=_figures(order, quote, is_redelivered=is_redelivered),
        total_before_minor=order.total_minor,
        total_minor=quote.total_minor,
        due_minor=due,
        back_minor=max(order.refundable_minor - owed, 0),
        notices=_notices(order, quote, adjustments),
        problems=tuple(
            _problems(order, quote, lines, items, method=method, country=address.country, due=due)
        ),
        shipping_methods=quote.shipping_methods,
        is_change=any(line.quantity != line.quantity_before for line in lines)
        or address != old
        or method != order.shipping_method_code,
    )
    return _Plan(order, items, added, facts, quote, address, method, is_redelivered, preview)


def _wanted(items: Mapping[str, OrderItem], quantities: Mapping[str, int]) -> dict[str, int]:
    """Units by SKU afterwards: those of the order, then what is added. Nothing of a new SKU is no change."""
    named = {sku: _units(count) for sku, count in quantities.items()}
    wanted = {sku: named.pop(sku, item.quantity) for sku, item in items.items()}
    return wanted | {sku: count for sku, count in named.items() if count}


def _units(count: int) -> int:
    if not 0 <= count <= MOST_UNITS:
        raise Invalid(errors={"items": [_("Between 0 and %(most)d units.") % {"most": MOST_UNITS}]})
    return count


def _variants(
    skus: Iterable[str], *, at: datetime, known: Mapping[str, OrderItem] | None = None
) -> dict[str, Variant]:
    """Variants to add, in the order of `skus`; those in `known` were sold before and may be gone from the shop."""
    wanted = list(skus)
    found = variants_by_sku(wanted) if wanted else {}
    for sku in wanted:
        variant = found.get(sku)
        if variant is None:
            raise Invalid(
                errors={"items": [_("There is no product with the SKU %(sku)s.") % {"sku": sku}]}
            )
        is_sold = variant.is_active and variant.product.is_published(at=at)
        if not is_sold and sku not in (known or {}):
            raise Invalid(
                errors={"items": [_("%(sku)s is not for sale at present.") % {"sku": sku}]}
            )
    return {sku: found[sku] for sku in wanted}


def _facts_of_item(item: OrderItem, *, quantity: int, price_minor: int | None = None) -> LineFacts:
    """A line as it was sold, with other units."""
    product = item.variant.product if item.variant else None
    return LineFacts(
        key=item.product_sku,
        sku=item.product_sku,
        name=item.product_name,
        quantity=quantity,
        unit_price_minor=item.unit_price_minor if price_minor is None else price_minor,
        tax_class=item.tax_class,
        weight_g=item.weight_g,
        category_ids=frozenset({product.category_id} if product else ()),
        product_id=product.pk if product else None,
        is_gift_card=item.is_gift_card,
    )


def _facts_of_variant(variant: Variant, *, quantity: int, price_minor: int) -> LineFacts:
    return LineFacts(
        key=variant.sku,
        sku=variant.sku,
        name=variant.product.name,
        quantity=quantity,
        unit_price_minor=price_minor,
        tax_class=tax_class_of(variant.product),
        weight_g=variant.weight_g,
        category_ids=frozenset({variant.product.category_id}),
        product_id=variant.product_id,
        is_gift_card=variant.product.is_gift_card,
    )


def _address_of(order: Order) -> AddressData:
    return AddressData(
        **{name: str(order.shipping_address.get(name) or "") for name in ADDRESS_FIELDS}
    )


def _kept_shipping(order: Order, adjustments: Sequence[OrderAdjustment]) -> KeptShipping:
    """Delivery at the price it was sold for, before promotions took something off it."""
    code = order.shipping_method_code
    parts = (part for part in adjustments if (part.kind, part.source) == ("shipping", code))
    sold = next(parts, None)
    return KeptShipping(
        code=order.shipping_method_code,
        name=order.shipping_method_name,
        price_minor=sold.amount_minor if sold else order.shipping_minor,
    )


def _sold_with(order: Order, adjustments: Sequence[OrderAdjustment]) -> SoldWith:
    """The promotions of the order: what lowers it now, its codes, and what it has used."""
    named = (part.source.partition("promotion:")[2] for part in adjustments)
    used = PromotionUse.objects.of_order(order.number).values_list("promotion_id", flat=True)
    return SoldWith(
        codes=tuple(order.codes),
        promotion_ids=frozenset({int(pk) for pk in named if pk} | set(used)),
        may_gain=True,
    )


def _line_changes(
    items: Mapping[str, OrderItem],
    facts: Mapping[str, LineFacts],
    added: Mapping[str, Variant],
    quote: Quote,
) -> tuple[LineChange, ...]:
    quoted = {line.sku: line for line in quote.lines}
    return tuple(
        _line_change(sku, items.get(sku), quoted.get(sku), added.get(sku))
        for sku in [*items, *added]
    )


def _line_change(
    sku: str, item: OrderItem | None, line: QuoteLine | None, variant: Variant | None
) -> LineChange:
    """One line before (`item`) and after (`line`); at least one of them is there."""
    return LineChange(
        sku=sku,
        name=item.product_name if item else variant.product.name if variant else sku,
        label=item.variant_label if item else variant.label if variant else "",
        unit_price_minor=item.unit_price_minor if item else line.unit_price_minor if line else 0,
        quantity_before=item.quantity if item else 0,
        quantity=line.quantity if line else 0,
        discount_before_minor=item.discount_minor if item else 0,
        discount_minor=line.discount_minor if line else 0,
        total_before_minor=item.total_minor if item else 0,
        total_minor=line.total_minor if line else 0,
        tax_before_minor=item.tax_minor if item else 0,
        tax_minor=line.tax_minor if line else 0,
    )


def _figures(order: Order, quote: Quote, *, is_redelivered: bool) -> tuple[FigureChange, ...]:
    taxes = [line for line in quote.trace if line.kind == "tax"]
    discounts = [line for line in quote.trace if line.kind == "discount"]
    shipping = quote.shipping
    if shipping is not None and shipping.reason:
        why = shipping.reason
    else:
        why = _("Reckoned anew.") if is_redelivered else _("Kept as it was sold.")
    return (
        FigureChange("subtotal", _("Items"), order.subtotal_minor, quote.subtotal_minor),
        FigureChange(
            "discount",
            _("Discount"),
            -order.discount_minor,
            -quote.discount_minor,
            ", ".join(f"{line.label}: {line.detail}" for line in discounts),
        ),
        FigureChange("shipping", _("Delivery"), order.shipping_minor, quote.shipping_minor, why),
        FigureChange(
            "tax",
            _("Tax"),
            order.tax_minor,
            quote.tax_minor,
            ", ".join(f"{line.label}, {line.detail}" for line in taxes),
        ),
        FigureChange("total", _("Total"), order.total_minor, quote.total_minor),
    )


def _notices(order: Order, quote: Quote, adjustments: Sequence[OrderAdjustment]) -> tuple[str, ...]:
    """Which discounts start and which stop, and why a code does not apply."""
    before = {part.source: part.label for part in adjustments if part.kind == "discount"}
    after = {part.source: str(part.label) for part in quote.adjustments if part.kind == "discount"}
    notices = [
        _("%(discount)s does not apply any more.") % {"discount": label}
        for source, label in before.items()
        if source not in after
    ]
    notices += [
        _("%(discount)s applies now.") % {"discount": label}
        for source, label in after.items()
        if source not in before
    ]
    notices += [f"{code.code}: {code.reason}" for code in quote.coupons if not code.applied]
    return tuple(notices)


def _problems(
    order: Order,
    quote: Quote,
    lines: Sequence[LineChange],
    items: Mapping[str, OrderItem],
    *,
    method: str,
    country: str,
    due: int,
) -> Iterable[DomainError]:
    if not quote.lines:
        yield Invalid(_("Nothing would be left. Cancel the order instead."))
        return
    if quote.shipping is None and quote.needs_shipping:
        offered = {each.code: each for each in quote.shipping_methods}
        why = offered[method].problem if method in offered else ""
        yield ShippingMethodInvalid(
            why or _("This way of delivery is not possible there."),
            errors={"shipping_method": [why or str(ShippingMethodInvalid.default_message)]},
        )
    if country != order.shipping_country and due and order.payment_provider != GIFT_CARD:
        codes = {each.code for each in payment_methods(country=country)}
        if order.payment_method_code not in codes:
            yield PaymentMethodInvalid(_("This way of paying is not offered there."))
    yield from _shortages(lines)
    if order.credited_minor:
        yield from _credit_problems(order, quote, items)


def _shortages(lines: Sequence[LineChange]) -> Iterable[DomainError]:
    more = {
        line.sku: line.quantity - line.quantity_before
        for line in lines
        if line.quantity > line.quantity_before
    }
    if not more:
        return
    stock = {item.sku: item.sellable for item in StockItem.objects.filter(sku__in=list(more))}
    for line in lines:
        if line.sku in more and stock.get(line.sku, 0) < more[line.sku]:
            available = stock.get(line.sku, 0)
            yield InsufficientStock(
                _("%(name)s: %(available)d more can be sold.")
                % {"name": line.name, "available": available},
                sku=line.sku,
                requested=more[line.sku],
                available=available,
            )


def _credit_problems(
    order: Order, quote: Quote, items: Mapping[str, OrderItem]
) -> Iterable[DomainError]:
    """Items and delivery that would cost less than was credited for them."""
    quoted = {line.sku: line for line in quote.lines}
    taken = CreditItem.objects.sums_by_item(order.pk)
    for sku, item in items.items():
        amount, tax, units, withheld = taken.get(item.pk, (0, 0, 0, 0))
        line = quoted.get(sku)
        left = line.total_minor + _added_tax(line) if line else 0
        left_tax, left_units = (line.tax_minor, line.quantity) if line else (0, 0)
        if left < amount + withheld or left_tax < tax or left_units < units:
            yield CreditedAlready(sku=sku, credited_minor=amount)
    goods = sum(line.total_minor + _added_tax(line) for line in quote.lines)
    credited = sum(credit.shipping_minor for credit in order.credits.all())
    if quote.total_minor - goods < credited:
        yield CreditedAlready(credited_minor=credited)


def _added_tax(line: QuoteLine) -> int:
    return line.tax_minor if line.tax_mode == "added" else 0


# Writing ----------------------------------------------------------------------------------------


def _write(plan: _Plan, *, at: datetime) -> None:
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
    note_promotions(quote)
    order.subtotal_minor = quote.subtotal_minor
    order.discount_minor = quote.discount_minor
    order.shipping_minor = quote.shipping_minor
    order.tax_minor = quote.tax_minor
    order.tax_added_minor = quote.tax_added_minor
    order.total_minor = quote.total_minor
    order.trace = trace_of(quote)
    order.shipping_address = plan.address.as_dict()
    order.shipping_country = plan.address.country
    _offer_payment(order)
    if plan.is_redelivered and quote.shipping is not None:
        order.shipping_method_code = plan.method
        order.shipping_method_name = quote.shipping.name
        order.arrives_from, order.arrives_to = arrival(
            plan.method, country=plan.address.country, at=at
        )
    save_order(order, *_FIGURES, *_DELIVERY_FIELDS, *_PAYMENT_FIELDS)


def _offer_payment(order: Order) -> None:
    """Whoever paid all of it with gift cards needs another way to pay the difference."""
    if order.payment_provider != GIFT_CARD or not order.to_pay_minor:
        return
    for method in payment_methods(country=order.shipping_country):
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


def _move_stock(plan: _Plan, *, at: datetime) -> None:
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


def _grow(
    order: Order,
    items: dict[str, OrderItem],
    line: QuoteLine,
    variants: Mapping[str, Variant],
) -> LineChange:
    """Put what is added into `items`, unsaved: on top of the line of the same SKU, or as a new one."""
    item = items.get(line.sku)
    if item is None:
        last = max((each.position for each in items.values()), default=0)
        items[line.sku] = new_item(order, variants[line.sku], line, position=last + 1)
        return _line_change(line.sku, None, line, variants[line.sku])
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
        data={"total_minor": [total_before, order.total_minor], "currency": order.currency},
        move=move,
    )


def _state(order: Order, items: Iterable[OrderItem]) -> dict[str, object]:
    """What the audit log keeps of an order before and after."""
    return {
        "items": {item.product_sku: item.quantity for item in items},
        "total_minor": order.total_minor,
        "shipping_minor": order.shipping_minor,
        "shipping_method": order.shipping_method_code,
        "shipping_address": order.shipping_address,
    }
