"""Variants and the options they differ in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from catalog.errors import SkuTaken
from catalog.models import (
    OptionValue,
    PriceChange,
    Product,
    ProductOption,
    Variant,
    in_option_order,
)
from catalog.prices import set_price
from catalog.prices.services import check_amounts, write_history
from catalog.products.options import option_lines
from catalog.stored_facts import changed, follow_stock
from inventory.models import Reservation, StockItem
from inventory.services import adjust_stock, create_stock_item
from shop.core import audit
from shop.core.actors import Actor
from shop.core.append_only import erasing
from shop.core.errors import Conflict, Invalid

FIELDS = frozenset(
    {
        "barcode",
        "cost_minor",
        "weight_g",
        "unit_amount",
        "unit",
        "unit_per",
        "is_active",
        "position",
        "image",
    }
)


@dataclass(frozen=True, slots=True)
class Value:
    """A choice of an option, with its part of a SKU and its color where it is one."""

    value: str
    code: str = ""
    swatch: str = ""


@transaction.atomic
def add_variant(
    product: Product,
    *,
    sku: str,
    price_minor: int,
    currency: str = "",
    compare_at_minor: int | None = None,
    stock_quantity: int = 0,
    options: Mapping[str, str] | None = None,
    actor: Actor,
    at: datetime,
    **fields: Any,
) -> Variant:
    """Add a variant with its stock and price history; `options` maps an option's name to its value.

    Raises `SkuTaken`, `Conflict` for a combination that exists, `Invalid`.
    Publishes `ProductChanged`.
    """
    product = Product.objects.locked().get(pk=product.pk)
    first = product.variants.first()
    variant = make_variant(
        product,
        sku=sku,
        price_minor=price_minor,
        currency=currency or (first.currency if first else ""),
        compare_at_minor=compare_at_minor,
        stock_quantity=stock_quantity,
        options=options,
        actor=actor,
        at=at,
        **fields,
    )
    audit.record("variant added", product, actor=actor, changes={"sku": [None, sku]})
    changed(product, at=at)
    return Variant.objects.get(pk=variant.pk)


def make_variant(
    product: Product,
    *,
    sku: str,
    price_minor: int,
    currency: str,
    compare_at_minor: int | None = None,
    stock_quantity: int = 0,
    backorder_limit: int = 0,
    low_stock_threshold: int = 0,
    options: Mapping[str, str] | None = None,
    actor: Actor,
    at: datetime,
    **fields: Any,
) -> Variant:
    """The rows of a variant; the caller refreshes the facts of its product."""
    _check_fields(fields)
    check_amounts(price_minor, compare_at_minor)
    sku = clean_sku(sku)
    if Variant.objects.filter(sku=sku).exists():
        raise SkuTaken(sku=sku)
    chosen = _chosen(product, options or {})
    _refuse_twin(product, chosen)
    item = _stock_of(
        sku,
        stock_quantity=stock_quantity,
        backorder_limit=backorder_limit,
        low_stock_threshold=low_stock_threshold,
        is_tracked=not product.is_gift_card,
        actor=actor,
        at=at,
    )
    fields.setdefault("position", product.variants.count())
    variant = Variant.objects.create(
        product=product,
        stock_item=item,
        sku=sku,
        label=label_of(chosen),
        price_minor=price_minor,
        compare_at_minor=compare_at_minor,
        currency=currency,
        in_stock=item.sellable > 0,
        **fields,
    )
    variant.option_values.set(chosen)
    write_history(variant, price_minor, compare_at_minor, currency, reason="list", at=at)
    return variant


@transaction.atomic
def update_variant(
    variant: Variant,
    *,
    options: Mapping[str, str] | None = None,
    actor: Actor,
    at: datetime,
    **fields: Any,
) -> Variant:
    """Change a variant. Its SKU stays for ever, its price goes through `set_price`,
    its stock through inventory.

    Raises `Conflict` for a combination that exists, `Invalid`. Publishes `ProductChanged`.
    """
    _check_fields(fields)
    product = Product.objects.locked().get(pk=variant.product_id)
    variant = Variant.objects.locked().get(pk=variant.pk)
    changes = {
        field: [getattr(variant, field), value]
        for field, value in fields.items()
        if getattr(variant, field) != value
    }
    for field, value in fields.items():
        setattr(variant, field, value)
    if options is not None:
        chosen = _chosen(product, options)
        _refuse_twin(product, chosen, but=variant)
        if (label := label_of(chosen)) != variant.label:
            changes["label"] = [variant.label, label]
        variant.label = label
        variant.option_values.set(chosen)
    variant.save(update_fields=[*fields, "label"])
    if changes:
        audit.record("changed", variant, actor=actor, changes=changes)
    changed(product, at=at)
    return Variant.objects.get(pk=variant.pk)


@transaction.atomic
def change_variant(
    variant: Variant,
    *,
    sku: str | None = None,
    price_minor: int | None = None,
    compare_at_minor: int | None = None,
    stock_quantity: int | None = None,
    actor: Actor,
    at: datetime,
    **fields: Any,
) -> Variant:
    """`update_variant`, and with it the price and the units for sale.

    `stock_quantity` is what the API shows by this name: units on hand that no order
    has reserved. Reserved units stay beside them. Raises `Conflict` for another SKU.
    """
    if sku is not None and sku != variant.sku:
        raise Conflict(_("A SKU can't be changed. Add a new variant instead."))
    if fields:
        update_variant(variant, actor=actor, at=at, **fields)
    if price_minor is not None:
        set_price(
            variant,
            price_minor=price_minor,
            compare_at_minor=compare_at_minor,
            actor=actor,
            at=at,
        )
    if stock_quantity is not None:
        _set_for_sale(variant, stock_quantity, actor=actor, at=at)
    return Variant.objects.get(pk=variant.pk)


@transaction.atomic
def remove_variant(variant: Variant, *, actor: Actor, at: datetime) -> bool:
    """Delete a variant, or take it off sale where orders or carts point at it or
    units are reserved.

    True if it is gone. Raises `Conflict` for the last one. Publishes `ProductChanged`.
    """
    product = Product.objects.locked().get(pk=variant.product_id)
    if product.variants.count() == 1:
        raise Conflict(_("A product needs at least one variant. Archive the product instead."))
    # A row that references the variant waits for this lock, or has committed and is seen below.
    variant = Variant.objects.locked().get(pk=variant.pk)
    if Reservation.objects.filter(stock_item_id=variant.stock_item_id).exists():
        update_variant(variant, is_active=False, actor=actor, at=at)
        return False
    try:
        with erasing(PriceChange):
            changes = {"sku": [variant.sku, None]}
            audit.record("variant removed", product, actor=actor, changes=changes)
            variant.delete()
    except ProtectedError:
        update_variant(variant, is_active=False, actor=actor, at=at)
        return False
    changed(product, at=at)
    return True


@transaction.atomic
def set_options(
    product: Product, options: Mapping[str, Sequence[Value]], *, actor: Actor, at: datetime
) -> list[ProductOption]:
    """Set what can be chosen, in order. Values that a variant has stay where they
    are or are renamed never.

    Raises `Conflict` if a value that would go is in use. Publishes `ProductChanged`.
    """
    product = Product.objects.locked().get(pk=product.pk)
    before = option_lines(product)
    kept: list[int] = []
    result = []
    for place, (name, values) in enumerate(options.items()):
        option, _is_new = ProductOption.objects.update_or_create(
            product=product, name=name.strip(), defaults={"position": place}
        )
        result.append(option)
        for rank, each in enumerate(values):
            value, _is_new = OptionValue.objects.update_or_create(
                option=option,
                value=each.value.strip(),
                defaults={"code": each.code, "swatch": each.swatch, "position": rank},
            )
            kept.append(value.pk)
    going = OptionValue.objects.filter(option__product=product).exclude(pk__in=kept)
    if used := going.filter(variants__isnull=False).values_list("value", flat=True).first():
        raise Conflict(
            _("A variant uses the choice %(value)s. Change or delete that variant first.")
            % {"value": used}
        )
    going.delete()
    ProductOption.objects.filter(product=product).exclude(
        pk__in=[option.pk for option in result]
    ).delete()
    _relabel(product)
    after = option_lines(product)
    if after != before:
        changes = {"options": [before, after]}
        audit.record("options set", product, actor=actor, changes=changes)
    changed(product, at=at)
    return result


def label_of(chosen: Sequence[OptionValue]) -> str:
    """The choices in option order: "Red, 30 cm"."""
    return ", ".join(each.value for each in in_option_order(chosen))[:200]


def clean_sku(sku: str) -> str:
    """The SKU without space around it.

    Raises `Invalid` for one that is empty, too long or hard to type.
    """
    sku = sku.strip()
    if not 1 <= len(sku) <= 64 or not all(
        letter.isascii() and (letter.isalnum() or letter in "-_.") for letter in sku
    ):
        raise Invalid(
            errors={
                "sku": [_("Enter a SKU of 1 to 64 letters, digits, dots, dashes and underscores.")]
            }
        )
    return sku


def _relabel(product: Product) -> None:
    for variant in product.variants.prefetch_related("option_values__option"):
        label = label_of(list(variant.option_values.all()))
        if label != variant.label:
            Variant.objects.filter(pk=variant.pk).update(label=label)


def _chosen(product: Product, options: Mapping[str, str]) -> list[OptionValue]:
    """The option values of a name → value map, which must name every option of the product."""
    values = OptionValue.objects.filter(option__product=product).select_related("option")
    known = {(each.option.name, each.value): each for each in values}
    names = set(ProductOption.objects.filter(product=product).values_list("name", flat=True))
    if options and set(options) != names:
        raise Invalid(errors={"options": [_("Choose one value for each option.")]})
    try:
        return [known[pair] for pair in options.items()]
    except KeyError:
        raise Invalid(
            errors={"options": [_("This choice is not available for the product.")]}
        ) from None


def _refuse_twin(
    product: Product, chosen: Sequence[OptionValue], *, but: Variant | None = None
) -> None:
    wanted = {each.pk for each in chosen}
    for other in product.variants.prefetch_related("option_values"):
        is_other = but is None or other.pk != but.pk
        if chosen and is_other and {each.pk for each in other.option_values.all()} == wanted:
            raise Conflict(_("A variant with these choices already exists."), sku=other.sku)


def _set_for_sale(variant: Variant, units: int, *, actor: Actor, at: datetime) -> None:
    item = StockItem.objects.locked().get(pk=variant.stock_item_id)
    # Where more is reserved than is here, none is for sale: to write this back would invent units.
    if units == item.available:
        return
    reason = "set with the variant"
    adjust_stock(item.sku, set_to=item.reserved + units, reason=reason, actor=actor, at=at)
    follow_stock([item.sku], at=at)


def _stock_of(
    sku: str,
    *,
    stock_quantity: int,
    backorder_limit: int,
    low_stock_threshold: int,
    is_tracked: bool,
    actor: Actor,
    at: datetime,
) -> StockItem:
    """A new stock item, or the one that a deleted variant of this SKU has left."""
    left = StockItem.objects.filter(sku=sku, variant__isnull=True).first()
    if left and left.is_tracked != is_tracked:
        raise SkuTaken(sku=sku)
    if left and not is_tracked:
        return left
    if left:
        return adjust_stock(sku, set_to=stock_quantity, reason="sold again", actor=actor, at=at)
    return create_stock_item(
        sku,
        on_hand=stock_quantity,
        backorder_limit=backorder_limit,
        low_stock_threshold=low_stock_threshold,
        is_tracked=is_tracked,
        actor=actor,
        at=at,
    )


def _check_fields(fields: dict[str, Any]) -> None:
    if unknown := sorted(set(fields) - FIELDS):
        raise Invalid(errors={name: [_("Unknown variant field.")] for name in unknown})
