"""The demo's products with variants, prices, stock, pictures and attributes, in bulk."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from catalog.models import (
    Attribute,
    AttributeChoice,
    Category,
    GoesWith,
    Maker,
    OptionValue,
    PriceChange,
    PriceEntry,
    Product,
    ProductAttribute,
    ProductImage,
    ProductOption,
    ProductType,
    TaxClass,
    Variant,
)
from catalog.states import ProductStatus
from inventory.models import Movement, StockItem
from inventory.states import MovementKind
from shop.core.actors import SYSTEM
from shop.demo.files import read
from shop.demo.gift_cards import gift_card_row
from shop.demo.media import picture_fields

Row = dict[str, Any]


def load_products(data_dir: Path, *, at: datetime) -> list[int]:
    """Load the products that are missing; returns their primary keys.

    The caller refreshes facts.
    """
    every: list[Row] = [*read(data_dir, "products"), gift_card_row(read(data_dir, "pricing"))]
    known = set(Product.objects.values_list("slug", flat=True))
    rows = [row for row in every if row["slug"] not in known]
    if not rows:
        return []
    products = _make_products(rows, at)
    values = _make_options(rows, products)
    images = _make_images(rows, products, values, at)
    items = _make_stock(rows, at)
    variants = _make_variants(rows, products, values, images, items)
    history = {row["product"]: row for row in read(data_dir, "price_history")}
    _make_prices(rows, variants, history, at)
    _make_attributes(rows, products)
    _make_goes_with(rows, products)
    return [product.pk for product in products.values()]


def _make_products(rows: list[Row], at: datetime) -> dict[str, Product]:
    categories = Category.objects.in_bulk(field_name="slug")
    makers = Maker.objects.in_bulk(field_name="slug")
    types = ProductType.objects.in_bulk(field_name="code")
    taxes = TaxClass.objects.in_bulk(field_name="code")
    texts = ("slug", "name", "kind", "lead", "headline", "care", "safety", "origin", "tags")
    made = Product.objects.bulk_create(
        Product(
            **{name: row[name] for name in texts},
            description=row["body"],
            category=categories[row["category"]],
            maker=makers.get(row["maker"]),
            product_type=types.get(row["type"]),
            tax_class=taxes[row["tax_class"]],
            guarantee_months=row["guarantee_months"],
            is_returnable=row.get("is_returnable", True),
            is_gift_card=row.get("is_gift_card", False),
            status=ProductStatus.ACTIVE,
            published_at=at - timedelta(days=row["published_days_ago"]),
            created_at=at - timedelta(days=row["published_days_ago"]),
            updated_at=at,
        )
        for row in rows
    )
    return {product.slug: product for product in made}


def _make_options(
    rows: list[Row], products: dict[str, Product]
) -> dict[tuple[str, str, str], OptionValue]:
    options: dict[tuple[str, str], ProductOption] = {}
    values: dict[tuple[str, str, str], OptionValue] = {}
    for row in rows:
        for place, each in enumerate(row["options"]):
            option = ProductOption(product=products[row["slug"]], name=each["name"], position=place)
            options[row["slug"], each["name"]] = option
            for rank, value in enumerate(each["values"]):
                values[row["slug"], each["name"], value["value"]] = OptionValue(
                    option=option,
                    value=value["value"],
                    code=value["code"],
                    swatch=value.get("swatch") or "",
                    position=rank,
                )
    ProductOption.objects.bulk_create(options.values())
    OptionValue.objects.bulk_create(values.values())
    return values


def _make_images(
    rows: list[Row],
    products: dict[str, Product],
    values: dict[tuple[str, str, str], OptionValue],
    at: datetime,
) -> dict[tuple[str, str], ProductImage]:
    images: dict[tuple[str, str], ProductImage] = {}
    for row in rows:
        for place, each in enumerate(row["pictures"]):
            [*shown] = (each["option"] or {}).items()
            value = values[row["slug"], *shown[0]] if shown else None
            fields = picture_fields(each["key"])
            image = ProductImage(
                product=products[row["slug"]],
                option_value=value,
                alt=each["alt"],
                hue=each["hue"],
                position=place,
                created_at=at,
                renditions=fields["renditions"],
                is_cutout=each["cutout"],
            )
            # Assigned after the making, which would open the file to measure it.
            image.picture.name = fields["picture"]
            image.picture_width, image.picture_height = (
                fields["picture_width"],
                fields["picture_height"],
            )
            images[row["slug"], each["key"]] = image
    ProductImage.objects.bulk_create(images.values())
    return images


def _make_stock(rows: list[Row], at: datetime) -> dict[str, StockItem]:
    items: dict[str, StockItem] = {}
    for row in rows:
        for each in row["variants"]:
            stock = each["stock"]
            back = stock["backorder_days"]
            items[each["sku"]] = StockItem(
                sku=each["sku"],
                on_hand=stock["on_hand"],
                low_stock_threshold=stock["low_at"],
                backorder_limit=stock["backorder_limit"],
                backorder_until=None if back is None else (at + timedelta(days=back)).date(),
                is_tracked=not row.get("is_gift_card", False),
                updated_at=at,
            )
    StockItem.objects.bulk_create(items.values())
    Movement.objects.bulk_create(
        Movement(
            stock_item=item,
            kind=MovementKind.RECEIVED,
            quantity=item.on_hand,
            cause="opening stock",
            actor=SYSTEM.label,
            at=at,
        )
        for item in items.values()
        if item.on_hand
    )
    return items


def _make_variants(
    rows: list[Row],
    products: dict[str, Product],
    values: dict[tuple[str, str, str], OptionValue],
    images: dict[tuple[str, str], ProductImage],
    items: dict[str, StockItem],
) -> dict[str, Variant]:
    variants: dict[str, Variant] = {}
    chosen: list[tuple[str, OptionValue]] = []
    for row in rows:
        names = [option["name"] for option in row["options"]]
        for place, each in enumerate(row["variants"]):
            unit = each["unit_quantity"] or {}
            variants[each["sku"]] = Variant(
                product=products[row["slug"]],
                stock_item=items[each["sku"]],
                sku=each["sku"],
                barcode=each["barcode"],
                label=", ".join(each["options"][name] for name in names),
                image=images[row["slug"], each["picture"]],
                price_minor=each["price_minor"],
                compare_at_minor=each["compare_at_minor"],
                cost_minor=each["cost_minor"],
                currency=each["currency"],
                weight_g=each["weight_g"],
                unit_amount=unit.get("amount"),
                unit=unit.get("unit", ""),
                unit_per=unit.get("per"),
                in_stock=items[each["sku"]].sellable > 0,
                position=place,
            )
            chosen += [
                (each["sku"], values[row["slug"], name, each["options"][name]]) for name in names
            ]
    Variant.objects.bulk_create(variants.values())
    links = Variant.option_values.through
    links.objects.bulk_create(
        links(variant_id=variants[sku].pk, optionvalue_id=value.pk) for sku, value in chosen
    )
    return variants


def _make_prices(
    rows: list[Row], variants: dict[str, Variant], history: dict[str, Row], at: datetime
) -> None:
    """Explicit prices in other currencies, and every price that was in force, as
    far back as is known.
    """
    entries: list[PriceEntry] = []
    changes: list[PriceChange] = []
    for row in rows:
        first = [{"days_ago": row["published_days_ago"], "reason": "list"}]
        steps: list[Row] = history.get(row["slug"], {}).get("entries") or first
        for each in row["variants"]:
            variant = variants[each["sku"]]
            # The history tells the product's base price; a variant keeps its own distance from it.
            distance = variant.price_minor - steps[-1].get("price_minor", variant.price_minor)
            for place, step in enumerate(steps):
                is_last = place == len(steps) - 1
                changes.append(
                    PriceChange(
                        variant=variant,
                        currency=variant.currency,
                        price_minor=step.get("price_minor", variant.price_minor) + distance,
                        compare_at_minor=variant.compare_at_minor if is_last else None,
                        reason=step["reason"],
                        at=at - timedelta(days=step["days_ago"]),
                    )
                )
            for currency, minor in each["prices_minor"].items():
                entries.append(PriceEntry(variant=variant, currency=currency, price_minor=minor))
                changes.append(
                    PriceChange(
                        variant=variant,
                        currency=currency,
                        price_minor=minor,
                        reason="list",
                        at=at - timedelta(days=steps[-1]["days_ago"]),
                    )
                )
    PriceEntry.objects.bulk_create(entries)
    PriceChange.objects.bulk_create(changes)


def _make_attributes(rows: list[Row], products: dict[str, Product]) -> None:
    attributes = {
        (each.product_type.code, each.code): each
        for each in Attribute.objects.select_related("product_type")
    }
    choices = {(each.attribute_id, each.value): each for each in AttributeChoice.objects.all()}
    made = []
    for row in rows:
        for code, value in row["attributes"].items():
            attribute = attributes[row["type"], code]
            made.append(
                ProductAttribute(
                    product=products[row["slug"]],
                    attribute=attribute,
                    facet=facet_text(value) if attribute.is_filterable else "",
                    **_typed(attribute, value, choices),
                )
            )
    ProductAttribute.objects.bulk_create(made)


def _typed(
    attribute: Attribute, value: Any, choices: dict[tuple[int, str], AttributeChoice]
) -> dict[str, Any]:
    match attribute.kind:
        case Attribute.Kind.CHOICE:
            return {"choice": choices[attribute.pk, str(value)]}
        case Attribute.Kind.INTEGER | Attribute.Kind.DECIMAL:
            return {"number": Decimal(str(value))}
        case Attribute.Kind.BOOLEAN:
            return {"boolean": value}
        case _:
            return {"text": value}


def facet_text(value: Any) -> str:
    """A value as facets write it: `true`, `12.5`, `Oak`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)[:120]


def _make_goes_with(rows: list[Row], products: dict[str, Product]) -> None:
    variants = dict(Variant.objects.values_list("sku", "pk"))
    GoesWith.objects.bulk_create(
        GoesWith(product=products[row["slug"]], variant_id=variants[sku], position=place)
        for row in rows
        for place, sku in enumerate(row["goes_with"])
        if sku in variants
    )
