"""Products: made, changed, shown, archived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from catalog.errors import NotSellable
from catalog.events import ProductChanged
from catalog.models import Category, PriceChange, Product, SlugRedirect, TaxClass
from catalog.products.variants import (
    Value,
    add_variant,
    change_variant,
    make_variant,
    set_options,
    update_variant,
)
from catalog.slugs import free_slug
from catalog.states import ProductStatus
from catalog.stored_facts import changed, count_around, refresh_counts, touch
from inventory.models import Reservation
from shop.core import audit
from shop.core.actors import Actor
from shop.core.append_only import erasing
from shop.core.errors import Conflict, Invalid
from shop.core.events import publish

TEXTS = frozenset(
    {
        "maker",
        "product_type",
        "tax_class",
        "kind",
        "lead",
        "headline",
        "description",
        "care",
        "safety",
        "origin",
        "guarantee_months",
        "is_returnable",
        "tags",
        "published_at",
    }
)
DEFAULT_TAX_CLASS = "standard"


@transaction.atomic
def create_product(
    *,
    name: str,
    category: Category,
    sku: str,
    price_minor: int,
    currency: str = "",
    stock_quantity: int = 0,
    slug: str = "",
    status: ProductStatus = ProductStatus.ACTIVE,
    tax_class: TaxClass | None = None,
    is_gift_card: bool = False,
    variant: dict[str, Any] | None = None,
    actor: Actor,
    at: datetime,
    **texts: Any,
) -> Product:
    """Make a product with its single variant, its stock and its price history.

    `variant` holds more of the variant's fields, see `add_variant`. Without a slug it is made from
    the name; an active product without `published_at` is shown at once. Gift cards have no stock to
    count. Raises `Invalid`, `SlugTaken`, `SkuTaken`. Publishes `ProductChanged`.
    """
    _check_fields(texts)
    if status == ProductStatus.ACTIVE:
        texts["published_at"] = texts.get("published_at") or at
    product = Product.objects.create(
        name=_clean_name(name),
        slug=free_slug(Product, slug, name),
        category=category,
        tax_class=tax_class or default_tax_class(),
        is_gift_card=is_gift_card,
        status=status,
        created_at=at,
        updated_at=at,
        **texts,
    )
    SlugRedirect.objects.filter(kind="product", old_slug=product.slug).delete()
    make_variant(
        product,
        sku=sku,
        price_minor=price_minor,
        currency=currency or settings.DEFAULT_CURRENCY,
        stock_quantity=stock_quantity,
        actor=actor,
        at=at,
        **(variant or {}),
    )
    if product.is_published(at=at):
        count_around(product, by=1)
    audit.record("created", product, actor=actor)
    return changed(product, at=at)


@transaction.atomic
def create_product_with_options(
    *,
    options: Mapping[str, Sequence[Value]],
    variants: Sequence[Mapping[str, Any]],
    actor: Actor,
    at: datetime,
    **fields: Any,
) -> Product:
    """Make a product with what can be chosen and the variants that differ in it, all or nothing.

    Each of `variants` holds the arguments of `add_variant`; the rest are those of `create_product`,
    whose refusals it shares. Publishes `ProductChanged`.
    """
    first, *others = (dict(each) for each in variants)
    own = {name: first.pop(name) for name in ("sku", "price_minor")}
    chosen, stock = first.pop("options"), first.pop("stock_quantity", 0)
    product = create_product(
        **fields, **own, stock_quantity=stock, variant=first, actor=actor, at=at
    )
    set_options(product, options, actor=actor, at=at)
    update_variant(product.variants.get(), options=chosen, actor=actor, at=at)
    for each in others:
        add_variant(product, **each, actor=actor, at=at)
    return Product.objects.get(pk=product.pk)


@transaction.atomic
def update_product(
    product: Product,
    *,
    name: str | None = None,
    slug: str | None = None,
    category: Category | None = None,
    actor: Actor,
    at: datetime,
    **texts: Any,
) -> Product:
    """Change what a product says; an old address leads to the new one.

    Raises `Invalid`, `SlugTaken`.
    Publishes `ProductChanged`.
    """
    _check_fields(texts)
    product = Product.objects.locked().get(pk=product.pk)
    wanted: dict[str, Any] = dict(texts)
    if name is not None:
        wanted["name"] = _clean_name(name)
    if slug and slug != product.slug:
        wanted["slug"] = free_slug(Product, slug, product.name)
    if category is not None:
        wanted["category"] = category
    changes = {}
    old_slug, old_category = product.slug, product.category_id
    for field, value in wanted.items():
        if isinstance(value, str):
            # Browsers send the line ends of Windows; the same text is not a change.
            value = value.replace("\r\n", "\n")  # noqa: PLW2901
        old = getattr(product, field)
        if old != value:
            changes[field] = [old, value]
            setattr(product, field, value)
    if not changes:
        return product
    product.save(update_fields=list(changes))
    if product.slug != old_slug:
        SlugRedirect.objects.filter(kind="product", old_slug=product.slug).delete()
        SlugRedirect.objects.create(kind="product", old_slug=old_slug, product=product)
    if product.category_id != old_category or "published_at" in changes:
        refresh_counts()
    audit.record("changed", product, actor=actor, changes=changes)
    return changed(product, at=at)


@transaction.atomic
def change_product(
    product: Product,
    *,
    sku: str | None = None,
    currency: str = "",
    price_minor: int | None = None,
    compare_at_minor: int | None = None,
    stock_quantity: int | None = None,
    barcode: str | None = None,
    weight_g: int | None = None,
    status: ProductStatus | None = None,
    actor: Actor,
    at: datetime,
    **changes: Any,
) -> Product:
    """`update_product`, and with it price, units for sale and status of a product
    with a single variant.

    Raises `Conflict` for a price or a stock of several variants, and what the
    services it calls raise.
    """
    product = update_product(product, actor=actor, at=at, **changes)
    own: dict[str, Any] = {
        "sku": sku,
        "price_minor": price_minor,
        "stock_quantity": stock_quantity,
        "barcode": barcode,
        "weight_g": weight_g,
    }
    own = {name: value for name, value in own.items() if value is not None}
    if own:
        variants = list(product.variants.all()[:2])
        if len(variants) != 1:
            raise Conflict(_("This product has several variants. Change each variant instead."))
        if currency and currency != variants[0].currency:
            raise Invalid(errors={"currency": [_("The variant is sold in a different currency.")]})
        change_variant(variants[0], compare_at_minor=compare_at_minor, actor=actor, at=at, **own)
    if status == ProductStatus.ACTIVE and product.status != status:
        publish_product(product, actor=actor, at=at)
    elif status == ProductStatus.DRAFT:
        unpublish_product(product, actor=actor, at=at)
    elif status == ProductStatus.ARCHIVED:
        archive_product(product, actor=actor, at=at)
    return Product.objects.get(pk=product.pk)


@transaction.atomic
def publish_product(
    product: Product, *, published_at: datetime | None = None, actor: Actor, at: datetime
) -> Product:
    """Show a product from `published_at` on (default: now, or when it was first shown).

    Raises `NotSellable` without a variant that is sold. Publishes `ProductChanged`.
    """
    product = Product.objects.locked().get(pk=product.pk)
    if not product.variants.filter(is_active=True).exists():
        raise NotSellable(product=product.slug)
    moment = published_at or product.published_at or at
    return _set_status(
        product, ProductStatus.ACTIVE, actor=actor, at=at, published_at=moment, archived_at=None
    )


@transaction.atomic
def unpublish_product(product: Product, *, actor: Actor, at: datetime) -> Product:
    """Make a product a draft again that only staff see. Publishes `ProductChanged`."""
    product = Product.objects.locked().get(pk=product.pk)
    return _set_status(product, ProductStatus.DRAFT, actor=actor, at=at, archived_at=None)


@transaction.atomic
def archive_product(product: Product, *, actor: Actor, at: datetime) -> Product:
    """Take a product out of the shop for good; orders keep pointing at it.

    Publishes `ProductChanged`.
    """
    product = Product.objects.locked().get(pk=product.pk)
    return _set_status(product, ProductStatus.ARCHIVED, actor=actor, at=at, archived_at=at)


@transaction.atomic
def delete_product(product: Product, *, actor: Actor, at: datetime) -> bool:
    """Delete a product, or archive it where orders, carts or reserved stock point at it.

    True if it is gone, False if it is archived. Its stock items keep their movements.
    Publishes `ProductChanged`.
    """
    product = Product.objects.locked().get(pk=product.pk)
    # A row that references a variant waits for this lock, or has committed and is seen below.
    items = [variant.stock_item_id for variant in product.variants.locked()]
    if Reservation.objects.filter(stock_item_id__in=items).exists():
        archive_product(product, actor=actor, at=at)
        return False
    pk, was_shown = product.pk, product.is_published(at=at)
    try:
        with erasing(PriceChange):
            audit.record("deleted", product, actor=actor)
            product.delete()
    except ProtectedError:
        archive_product(product, actor=actor, at=at)
        return False
    if was_shown:
        refresh_counts()
    touch([], at=at)
    publish(ProductChanged(product_id=pk))
    return True


def default_tax_class() -> TaxClass:
    """The class of what has none: the standard one, made if there is none yet."""
    found, _is_new = TaxClass.objects.get_or_create(
        code=DEFAULT_TAX_CLASS, defaults={"name": "Standard"}
    )
    return found


def _set_status(
    product: Product, status: ProductStatus, *, actor: Actor, at: datetime, **moments: Any
) -> Product:
    if product.status == status and moments.get("published_at") == product.published_at:
        return product
    old, product.status = product.status, status
    for field, moment in moments.items():
        setattr(product, field, moment)
    product.save(update_fields=["status", *moments])
    refresh_counts()
    audit.record("status changed", product, actor=actor, changes={"status": [old, str(status)]})
    return changed(product, at=at)


def _check_fields(texts: dict[str, Any]) -> None:
    if unknown := sorted(set(texts) - TEXTS):
        raise Invalid(errors={name: [_("Unknown product field.")] for name in unknown})


def _clean_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > 200:
        raise Invalid(errors={"name": [_("Enter a name of 1 to 200 characters.")]})
    return name
