"""Products as the API shows them, read by prepared questions: as many for one
variant as for a hundred.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from catalog.models import GoesWith, OptionValue, Product, ProductAttribute, ProductImage, Variant
from shop.core import caching
from shop.core.prepared import Prepared, keep_loaded

# Variant → option → value.
Choices = dict[int, dict[str, str]]
Ref = int | str

TAG_SECONDS = 300
_RELATED = ("category", "maker", "tax_class")
_STOCK = ("on_hand", "reserved", "backorder_limit", "backorder_until", "is_tracked")
_STAMP = (
    "pk",
    "version",
    "updated_at",
    "variants__pk",
    *(f"variants__stock_item__{name}" for name in _STOCK),
)

_BY_PK = Prepared(
    lambda pk: Product.objects.filter(pk=pk).select_related(*_RELATED).order_by(),
)
_BY_SLUG = Prepared(
    lambda slug: Product.objects.filter(slug=slug).select_related(*_RELATED).order_by(),
)
_BY_PKS = Prepared(
    lambda pks: Product.objects.filter(pk__in=pks).select_related(*_RELATED).order_by(),
)
_STAMP_BY_PK: Prepared[Any] = Prepared(
    lambda pk: Product.objects.filter(pk=pk).order_by("variants__pk").values_list(*_STAMP)
)
_STAMP_BY_SLUG: Prepared[Any] = Prepared(
    lambda slug: Product.objects.filter(slug=slug).order_by("variants__pk").values_list(*_STAMP)
)
_IN_LISTS: dict[str, Prepared[Any]] = {
    "variants": Prepared(
        lambda products: (
            Variant.objects.filter(product__in=products)
            .select_related("stock_item")
            .order_by("position", "pk")
        )
    ),
    "images": Prepared(
        lambda products: ProductImage.objects.filter(product__in=products).order_by(
            "position", "pk"
        )
    ),
}
_IN_DETAIL: dict[str, Prepared[Any]] = {
    **_IN_LISTS,
    "attribute_values": Prepared(
        lambda products: (
            ProductAttribute.objects.filter(product__in=products)
            .select_related("attribute", "choice")
            .order_by("attribute__position", "pk")
        )
    ),
    "goes_with": Prepared(
        lambda products: (
            GoesWith.objects.filter(product__in=products)
            .select_related("variant__product")
            .only("product", "variant__sku", "variant__product__name", "variant__product__slug")
            .order_by("position", "pk")
        )
    ),
}
_VALUES: Prepared[Any] = Prepared(OptionValue.objects.with_variants)


def product_for_api(ref: Ref) -> Product | None:
    """The product of an id or a slug, whoever may see it, with all but its options: 5 queries."""
    found = _BY_PK.first(pk=ref) if isinstance(ref, int) else _BY_SLUG.first(slug=ref)
    if found is not None:
        _load([found], _IN_DETAIL)
    return found


def products_for_api(pks: Sequence[int]) -> list[Product]:
    """These products as lists show them, in this order: 3 queries, whatever the page size."""
    found = {product.pk: product for product in _BY_PKS(pks=list(pks))} if pks else {}
    products = [found[pk] for pk in pks if pk in found]
    _load(products, _IN_LISTS)
    return products


def choices_of(products: Iterable[Product]) -> Choices:
    """What the variants of these products are, by variant and option; 1 query."""
    found: Choices = defaultdict(dict)
    pks = [product.pk for product in products]
    for _option, name, _pk, value, _swatch, variant in _VALUES(product_ids=pks) if pks else ():
        if variant is not None:
            found[variant][name] = value
    return found


def key_of(ref: Ref, *context: object) -> str | None:
    """What a product's answer depends on, as the key of its ETag; None where there
    is none: 2 queries.

    What products show but stock raises the version of the product or of the catalog when it
    changes; stock is in the key itself. `context` is what else the answer depends on.
    """
    standing = caching.standing(caching.CATALOG)
    rows = _STAMP_BY_PK(pk=ref) if isinstance(ref, int) else _STAMP_BY_SLUG(slug=ref)
    if not rows:
        return None
    parts = (standing.versions, rows, context)
    return "etag:" + hashlib.sha256(repr(parts).encode()).hexdigest()[:40]


def _load(products: Sequence[Product], parts: dict[str, Prepared[Any]]) -> None:
    if not products:
        return
    pks = [product.pk for product in products]
    for name, part in parts.items():
        rows = defaultdict(list)
        for row in part(products=pks):
            rows[row.product_id].append(row)
        for product in products:
            keep_loaded(product, name, rows[product.pk])
