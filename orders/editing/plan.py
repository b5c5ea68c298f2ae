"""What a change of an order comes to, before it is made: the calculation that its
preview and the change share.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import chain

from django.utils.translation import gettext as _

from accounts.addresses import ADDRESS_FIELDS, AddressData, clean_address
from cart.services import tax_class_of
from catalog.models import Variant
from catalog.prices.lookup import prices_for
from inventory.errors import InsufficientStock
from inventory.models import StockItem
from orders.delivery import DeliveryPart, after_credits, charged_delivery, quoted_delivery
from orders.editing.changes import EditPreview, FigureChange, LineChange, OrderChange
from orders.errors import (
    AmountNotAccepted,
    CreditedAlready,
    OrderNotEditable,
    PaymentMethodInvalid,
    ShippingMethodInvalid,
)
from orders.models import CreditItem, Order, OrderAdjustment, OrderItem
from orders.order_lines import variants_by_sku
from orders.permissions import possible_acts
from orders.states import Act, OrderStatus
from orders.tenders import UNCHOSEN
from pricing.calculator import LineFacts, Quote, QuoteLine, TaxFacts
from pricing.models import PromotionUse
from pricing.providers import can_take
from pricing.quotes import (
    KeptShipping,
    SoldTaxes,
    SoldWith,
    payment_methods,
    quote_again,
    tax_problem,
)
from pricing.states import Settlement, TaxMode
from shop.core.errors import DomainError, Invalid
from shop.core.money import format_minor

MOST_UNITS = 999


@dataclass(frozen=True, slots=True)
class Plan:
    """A change, calculated: everything that writing it needs."""

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


def require_editable(order: Order, *, at: datetime) -> None:
    """Raise `OrderNotEditable`, saying why, if the order cannot be changed now."""
    if order.has_payment_under_way:
        raise OrderNotEditable(_("A payment is being processed. Try again when it is complete."))
    if Act.EDIT not in possible_acts(order):
        raise OrderNotEditable(order_status=order.status)
    is_over = order.hold_expires_at is not None and order.hold_expires_at <= at
    if order.status == OrderStatus.PENDING and is_over:
        raise OrderNotEditable(_("The payment period for this order has ended."))


def plan_of(order: Order, change: OrderChange, *, at: datetime) -> Plan:
    """Calculate a change: all that its preview says and its writing needs. Raises `Invalid`."""
    items = {item.product_sku: item for item in order.items.select_related("variant__product")}
    wanted = _wanted(items, change.quantities)
    added = variants_to_add({sku for sku in wanted if sku not in items}, at=at)
    adjustments = list(order.adjustments.all())
    facts = _facts_of(wanted, items, added, currency=order.currency)
    old, address = _address_of(order), _address_of(order)
    if change.shipping_address is not None:
        address = clean_address(change.shipping_address.as_dict())
    method = change.shipping_method or order.shipping_method_code
    is_redelivered = method != order.shipping_method_code or (
        (address.country, address.postal_code) != (old.country, old.postal_code)
    )
    quote = quote_again(
        list(facts.values()),
        currency=order.currency,
        country=address.country,
        region=address.region,
        postal_code=address.postal_code,
        shipping_method=method,
        kept_shipping=None if is_redelivered else _kept_shipping(order, adjustments),
        sold_with=_sold_with(order, adjustments),
        taxes=sold_taxes(order, items.values(), adjustments),
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
            _problems(
                order,
                quote,
                lines,
                items,
                adjustments,
                method=method,
                country=address.country,
                due=due,
            )
        ),
        shipping_methods=quote.shipping_methods,
        is_change=any(line.quantity != line.quantity_before for line in lines)
        or address != old
        or method != order.shipping_method_code,
    )
    return Plan(order, items, added, facts, quote, address, method, is_redelivered, preview)


def _facts_of(
    wanted: Mapping[str, int],
    items: Mapping[str, OrderItem],
    added: Mapping[str, Variant],
    *,
    currency: str,
) -> dict[str, LineFacts]:
    """What stays, at the price it was sold at, and what is new, at today's."""
    prices = prices_for(added.values(), currency)
    return {
        sku: facts_of_item(item, quantity=wanted[sku]) for sku, item in items.items() if wanted[sku]
    } | {
        sku: facts_of_variant(
            variant, quantity=wanted[sku], price_minor=prices[variant.pk].price_minor
        )
        for sku, variant in added.items()
    }


def _wanted(items: Mapping[str, OrderItem], quantities: Mapping[str, int]) -> dict[str, int]:
    """Units by SKU afterwards: those of the order, then what is added.

    Nothing of a new SKU is no change.
    """
    named = {sku: clean_units(count) for sku, count in quantities.items()}
    wanted = {sku: named.pop(sku, item.quantity) for sku, item in items.items()}
    return wanted | {sku: count for sku, count in named.items() if count}


def clean_units(count: int) -> int:
    """Units that make sense. Raises `Invalid`."""
    if not 0 <= count <= MOST_UNITS:
        raise Invalid(
            errors={"items": [_("Enter a quantity from 0 to %(most)d.") % {"most": MOST_UNITS}]}
        )
    return count


def variants_to_add(
    skus: Iterable[str], *, at: datetime, known: Mapping[str, OrderItem] | None = None
) -> dict[str, Variant]:
    """Variants to add, in the order of `skus`; those in `known` were sold before and
    may be gone from the shop.
    """
    wanted = list(skus)
    found = variants_by_sku(wanted) if wanted else {}
    for sku in wanted:
        variant = found.get(sku)
        if variant is None:
            raise Invalid(errors={"items": [_("No product has the SKU %(sku)s.") % {"sku": sku}]})
        is_sold = variant.is_active and variant.product.is_published(at=at)
        if not is_sold and sku not in (known or {}):
            raise Invalid(
                errors={"items": [_("%(sku)s is not currently for sale.") % {"sku": sku}]}
            )
    return {sku: found[sku] for sku in wanted}


def facts_of_item(item: OrderItem, *, quantity: int, price_minor: int | None = None) -> LineFacts:
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
        tax=None if item.is_gift_card else TaxFacts(item.tax_percent, item.tax_mode),
    )


def facts_of_variant(variant: Variant, *, quantity: int, price_minor: int) -> LineFacts:
    """What the calculator has to know of a variant that is new to the order."""
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


def sold_taxes(
    order: Order, items: Iterable[OrderItem], adjustments: Sequence[OrderAdjustment]
) -> SoldTaxes:
    """How the order was taxed where it goes now, for all that is quoted again.

    A class that was sold without a rate has none for what is added: no rate is not 0 %.
    """
    taxes = [part for part in adjustments if part.kind == OrderAdjustment.Kind.TAX]
    rated = {part.item_id for part in taxes}
    delivery = next((part for part in taxes if part.item_id is None), None)
    return SoldTaxes(
        country=order.shipping_country,
        region=str(order.shipping_address.get("region") or ""),
        is_export=order.is_export,
        delivery_tax=order.delivery_tax,
        rates={
            item.tax_class: TaxFacts(item.tax_percent, item.tax_mode)
            for item in items
            if item.pk in rated
        },
        delivery_rate=TaxFacts(
            delivery.percent or Decimal(0),
            TaxMode.INCLUDED if delivery.is_included else TaxMode.ADDED,
        )
        if delivery
        else None,
    )


def _sold_with(order: Order, adjustments: Sequence[OrderAdjustment]) -> SoldWith:
    """The promotions of the order: what lowers it now, its codes, and what it has used."""
    named = (part.source.partition("promotion:")[2] for part in adjustments)
    used = PromotionUse.objects.of_order(order.number).values_list("promotion_id", flat=True)
    return SoldWith(
        codes=tuple(order.coupon_codes),
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
        line_change(sku, items.get(sku), quoted.get(sku), added.get(sku))
        for sku in [*items, *added]
    )


def line_change(
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
        why = _("Recalculated.") if is_redelivered else _("Kept as originally sold.")
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
        _("%(discount)s no longer applies.") % {"discount": label}
        for source, label in before.items()
        if source not in after
    ]
    notices += [
        _("%(discount)s now applies.") % {"discount": label}
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
    adjustments: Sequence[OrderAdjustment],
    *,
    method: str,
    country: str,
    due: int,
) -> Iterable[DomainError]:
    if not quote.lines:
        yield Invalid(_("The order would be empty. Cancel it instead."))
        return
    if quote.shipping is None and quote.needs_shipping:
        offered = {each.code: each for each in quote.shipping_methods}
        why = offered[method].problem if method in offered else ""
        yield ShippingMethodInvalid(
            why or _("This delivery method is not available for this address."),
            errors={"shipping_method": [why or str(ShippingMethodInvalid.default_message)]},
        )
    if due:
        yield from _payment_problems(order, country=country, due=due)
    if problem := tax_problem(quote):
        yield problem
    yield from _shortages(lines)
    if order.credited_minor:
        yield from _credit_problems(order, quote, items, adjustments)


def _payment_problems(order: Order, *, country: str, due: int) -> Iterable[DomainError]:
    """Why what is due cannot be paid: not there with the order's method, or with
    none that takes the amount.
    """
    is_chosen = order.payment_provider not in UNCHOSEN
    if is_chosen and country != order.shipping_country:
        codes = {each.code for each in payment_methods(country=country)}
        if order.payment_method_code not in codes:
            yield PaymentMethodInvalid(_("This payment method is not available for this country."))
            return
    if is_chosen and can_take(
        order.payment_provider, due, currency=order.currency, country=country
    ):
        return
    others = payment_methods(country=country, amount_minor=due, currency=order.currency)
    if not any(each.settlement == Settlement.ONLINE for each in others):
        yield AmountNotAccepted(
            method=order.payment_method_name,
            amount=format_minor(due, order.currency),
            payment_methods=[each.code for each in others],
        )


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
                _("%(name)s: %(available)d more available.")
                % {"name": line.name, "available": available},
                sku=line.sku,
                requested=more[line.sku],
                available=available,
            )


def _credit_problems(
    order: Order,
    quote: Quote,
    items: Mapping[str, OrderItem],
    adjustments: Sequence[OrderAdjustment],
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
    granted = list(order.credits.order_by("number").prefetch_related("deliveries"))
    charged = charged_delivery(order, items.values(), adjustments)
    _left, by_credit = after_credits(charged, granted)
    costs = {part.percent: part for part in quoted_delivery(quote)}
    for percent, amount, tax in _sums_by_rate(by_credit.values()):
        cost = costs.get(percent, DeliveryPart(percent, 0, 0))
        if cost.amount_minor < amount or cost.tax_minor < tax:
            yield CreditedAlready(credited_minor=sum(credit.shipping_minor for credit in granted))
            return


def _sums_by_rate(
    parts: Iterable[Sequence[DeliveryPart]],
) -> Iterable[tuple[Decimal, int, int]]:
    """What several credits took of delivery: rate, amount, tax."""
    sums: dict[Decimal, tuple[int, int]] = {}
    for part in chain.from_iterable(parts):
        amount, tax = sums.get(part.percent, (0, 0))
        sums[part.percent] = (amount + part.amount_minor, tax + part.tax_minor)
    return [(percent, *figures) for percent, figures in sums.items()]


def _added_tax(line: QuoteLine) -> int:
    return line.tax_minor if line.tax_mode == "added" else 0
