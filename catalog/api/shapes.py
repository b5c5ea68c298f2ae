"""What the API says about products and categories, as plain data.

Plain functions instead of serializer fields: a list of 100 products is a second's work of a
field machinery and a hundredth of one of these. `schemas.py` describes the same shapes; a
test holds both together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from catalog.api.reading import Choices, choices_of
from catalog.models import Category, Product, ProductImage, Variant
from catalog.picture_names import absolute, absolute_srcset
from catalog.prices.lookup import Price, prices_for
from catalog.products.options import read_options
from shop.core.money import to_wire

Data = dict[str, Any]


def products_data(products: Iterable[Product], currency: str) -> list[Data]:
    """Products from `products_for_api()`, with prices in `currency`; at most three queries more."""
    products = list(products)
    prices = prices_for([each for product in products for each in product.variants.all()], currency)
    choices = choices_of(products)
    return [_product(product, prices, choices, currency) for product in products]


def product_detail(product: Product, currency: str, *, above: Iterable[Category]) -> Data:
    """A product from `product_for_api()` with all it says; `above` are the
    categories from the root down.
    """
    variants = list(product.variants.all())
    prices = prices_for(variants, currency)
    options = read_options(product)
    choices = options.texts()
    return {
        **_product(product, prices, choices, currency),
        "lead": product.lead,
        "headline": product.headline,
        "description": product.description,
        "care": product.care,
        "safety": product.safety,
        "origin": product.origin,
        "guarantee_months": product.guarantee_months,
        "is_returnable": product.is_returnable,
        "tags": product.tags,
        "is_gift_card": product.is_gift_card,
        "options": [
            {
                "name": option.name,
                "values": [
                    {"value": value.label, "swatch": value.swatch or None}
                    for value in option.values
                ],
            }
            for option in options.options
        ],
        "attributes": [
            {
                "code": each.attribute.code,
                "label": each.attribute.label,
                "value": _plain(each.value),
                "unit": each.attribute.unit,
            }
            for each in product.attribute_values.all()
        ],
        "breadcrumbs": [category_link(each) for each in [*above, product.category]],
        "goes_with": [
            {
                "id": place.variant.product.pk,
                "slug": place.variant.product.slug,
                "name": place.variant.product.name,
                "sku": place.variant.sku,
            }
            for place in product.goes_with.all()
        ],
    }


def _product(
    product: Product, prices: Mapping[int, Price], choices: Choices, currency: str
) -> Data:
    variants = list(product.variants.all())
    sold = [variant for variant in variants if variant.is_active] or variants
    cheapest = min(sold, key=lambda each: prices[each.pk].price_minor, default=None)
    price = prices[cheapest.pk] if cheapest else None
    return {
        "id": product.pk,
        "slug": product.slug,
        "name": product.name,
        "kind": product.kind,
        "status": product.status,
        "price": to_wire(price.price_minor, currency) if price else None,
        "compare_at_price": _amount(price.compare_at_minor, currency) if price else None,
        "discount_percent": product.discount_percent,
        "currency": currency,
        "sku": sold[0].sku if sold else None,
        "stock_quantity": sum(variant.stock_item.available for variant in sold),
        "in_stock": any(variant.stock_item.sellable > 0 for variant in sold),
        "rating": str(product.rating_average) if product.rating_average is not None else None,
        "rating_count": product.rating_count,
        "tax_class": product.tax_class.code,
        "category": category_link(product.category),
        "maker": (
            {"id": product.maker.pk, "slug": product.maker.slug, "name": product.maker.name}
            if product.maker
            else None
        ),
        "variants": [
            variant_data(variant, prices[variant.pk], choices.get(variant.pk, {}))
            for variant in variants
        ],
        "images": [image_data(image) for image in product.images.all()],
        "published_at": product.published_at,
        "created_at": product.created_at,
        "updated_at": product.updated_at,
        "version": product.version,
    }


def variant_data(variant: Variant, price: Price, choices: Mapping[str, str]) -> Data:
    """A variant with its stock item loaded, and the value of each option that it is."""
    return {
        "id": variant.pk,
        "sku": variant.sku,
        "label": variant.label,
        "barcode": variant.barcode,
        "options": dict(choices),
        "price": to_wire(price.price_minor, price.currency),
        "compare_at_price": _amount(price.compare_at_minor, price.currency),
        "currency": price.currency,
        "weight_g": variant.weight_g,
        "stock_quantity": variant.stock_item.available,
        "in_stock": variant.stock_item.sellable > 0,
        "backorder_until": variant.stock_item.backorder_until,
        "is_active": variant.is_active,
        "image_id": variant.image_id,
    }


def image_data(image: ProductImage) -> Data:
    """A picture with the addresses of all its sizes."""
    return {
        "id": image.pk,
        "url": absolute(image.picture.url) if image.picture else None,
        "alt": image.alt,
        "width": image.picture_width,
        "height": image.picture_height,
        "hue": image.hue,
        "is_cutout": image.is_cutout,
        "position": image.position,
        "sources": [
            {"type": kind, "srcset": absolute_srcset(srcset)} for kind, srcset in image.sources
        ],
    }


def category_link(category: Category) -> Data:
    """A category in a few words."""
    return {"id": category.pk, "slug": category.slug, "name": category.name}


def category_data(category: Category) -> Data:
    """A category without what is around it."""
    return {
        **category_link(category),
        "parent_id": category.parent_id,
        "level": category.level,
        "line": category.line,
        "description": category.description,
        "product_count": category.product_count,
        "is_active": category.is_active,
        "picture": absolute(category.picture.url) if category.picture else None,
        "hue": category.hue,
        "version": category.version,
    }


def category_tree(categories: Iterable[Category]) -> list[Data]:
    """Nested data of categories that come parents first; those below a hidden one are left out."""
    known: dict[int, Data] = {}
    roots: list[Data] = []
    for category in categories:
        node = {**category_data(category), "children": []}
        if category.parent_id is None:
            roots.append(node)
        elif category.parent_id in known:
            known[category.parent_id]["children"].append(node)
        else:
            continue
        known[category.pk] = node
    return roots


def _amount(minor: int | None, currency: str) -> str | None:
    return None if minor is None else to_wire(minor, currency)


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, bool | int | str) else f"{value:f}"
