"""A very large catalog of made-up products, for measuring: bulk inserts in batches
of bounded memory.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max

from catalog.models import (
    Attribute,
    AttributeChoice,
    Category,
    Maker,
    PriceChange,
    Product,
    ProductAttribute,
    ProductImage,
    ProductType,
    TaxClass,
    Variant,
)
from catalog.search import reindex
from catalog.states import ProductStatus
from catalog.stored_facts import refresh_counts
from inventory.models import Movement, StockItem
from inventory.states import MovementKind
from shop.core.actors import SYSTEM
from shop.core.caching import bump_catalog_version

BATCH = 1_000
PREFIX = "made-up"
LOOKS = [
    "Quiet", "Folding", "Northern", "Double", "Plain", "Travelling", "Evening", "Garden", "Morning",
    "Little", "Heavy", "Round", "Striped", "Mended", "Patient", "Harbour", "Winter", "Field",
]  # fmt: skip
STUFFS = [
    "oak", "ash", "linen", "wool", "brass", "copper", "cork", "glass", "enamel", "felt", "leather",
    "cotton", "beech", "steel", "clay", "walnut", "hemp", "birch",
]  # fmt: skip
THINGS = [
    "stool", "bowl", "lamp", "basket", "blanket", "kettle", "clock", "bench", "tray", "jug",
    "shelf", "satchel", "brush", "board", "scale", "whistle", "ladder", "frame", "spoon", "cushion",
    "kite",
]  # fmt: skip
SIZES = ["Small", "Medium", "Large"]
PRICES = [900, 1200, 1900, 2400, 2900, 3900, 4900, 5900, 7900, 9900, 12900, 18900, 24900, 49900]


def make_many(how_many: int, *, at: datetime, progress: Callable[[int, int], object]) -> int:
    """Make products with one to three variants, prices, stock, attributes and shared pictures.

    `progress(done, total)` is told after each batch, which is one transaction: what is made stays
    if the work is interrupted. The same products come in the same order, so a second call goes on.
    """
    maker = _Maker(at)
    done = 0
    while done < how_many:
        size = min(BATCH, how_many - done)
        with transaction.atomic():
            reindex(maker.make(size))
        done += size
        progress(done, how_many)
    with transaction.atomic():
        refresh_counts()
        bump_catalog_version()
    return done


@dataclass(frozen=True, slots=True)
class _Plan:
    """A variant to be."""

    on_hand: int
    price_minor: int
    weight_g: int


def _plan(draw: random.Random) -> list[_Plan]:
    """One to three variants, the larger the more expensive."""
    price = draw.choice(PRICES)
    return [
        _Plan(draw.choice([0, 3, 12, 40, 200]), price + 400 * place, draw.randint(50, 9000))
        for place in range(draw.choice([1, 1, 1, 2, 3]))
    ]


class _Maker:
    """Makes batches, from what every product shares."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.tax_class, _is_new = TaxClass.objects.get_or_create(
            code="standard", defaults={"name": "Standard"}
        )
        self.categories = list(
            Category.objects.filter(rght=F("lft") + 1).order_by("slug").values_list("pk", flat=True)
        )
        if not self.categories:
            self.categories = [Category.objects.create(name="Things", slug="things").pk]
        self.makers: list[Any] = list(
            Maker.objects.order_by("slug").values_list("pk", flat=True)
        ) or [None]
        pictured = ProductImage.objects.exclude(picture="").order_by("pk")
        self.pictures = list(
            pictured.values_list(
                "picture", "picture_width", "picture_height", "hue", "is_cutout", "renditions"
            ).distinct()[:200]
        )
        self.type, self.attributes, self.choices = _made_up_type()
        self.number = count((Product.objects.aggregate(last=Max("pk"))["last"] or 0) + 1)

    def make(self, size: int) -> list[int]:
        """One batch; returns the primary keys."""
        numbers = [next(self.number) for _each in range(size)]
        drawn = {number: random.Random(number) for number in numbers}  # noqa: S311  no secret
        plans = {number: _plan(drawn[number]) for number in numbers}
        products = Product.objects.bulk_create(
            [self._product(number, plans[number], drawn[number]) for number in numbers]
        )
        stock: list[StockItem] = []
        variants: list[Variant] = []
        for number, product in zip(numbers, products, strict=True):
            for place, plan in enumerate(plans[number]):
                item, variant = self._variant(number, product, place, plan)
                stock.append(item)
                variants.append(variant)
        StockItem.objects.bulk_create(stock)
        Movement.objects.bulk_create(
            Movement(
                stock_item=item,
                kind=MovementKind.RECEIVED,
                quantity=item.on_hand,
                cause="opening stock",
                actor=SYSTEM.label,
                at=self.at,
            )
            for item in stock
            if item.on_hand
        )
        Variant.objects.bulk_create(variants)
        PriceChange.objects.bulk_create(
            PriceChange(
                variant=variant,
                currency=variant.currency,
                price_minor=variant.price_minor,
                reason="list",
                at=variant.product.created_at,
            )
            for variant in variants
        )
        self._show(products)
        self._describe(numbers, products, drawn)
        return [product.pk for product in products]

    def _product(self, number: int, plans: list[_Plan], draw: random.Random) -> Product:
        name = f"{draw.choice(LOOKS)} {draw.choice(STUFFS)} {draw.choice(THINGS)}"
        published_at = self.at - timedelta(
            days=draw.randint(8, 1500), seconds=draw.randint(0, 86400)
        )
        return Product(
            name=f"{name} {number}",
            slug=f"{PREFIX}-{number}",
            category_id=draw.choice(self.categories),
            maker_id=draw.choice(self.makers),
            product_type=self.type,
            tax_class=self.tax_class,
            kind=f"{draw.choice(STUFFS).capitalize()} and {draw.choice(STUFFS)}",
            lead="Made up, to see how the shop carries a large catalog.",
            status=ProductStatus.ACTIVE,
            published_at=published_at,
            created_at=published_at,
            updated_at=self.at,
            variant_count=len(plans),
            lowest_price_minor=min(plan.price_minor for plan in plans),
            highest_price_minor=max(plan.price_minor for plan in plans),
            in_stock=any(plan.on_hand for plan in plans),
        )

    def _variant(
        self, number: int, product: Product, place: int, plan: _Plan
    ) -> tuple[StockItem, Variant]:
        sku = f"MU-{number}-{place + 1}"
        item = StockItem(
            sku=sku,
            on_hand=plan.on_hand,
            low_stock_threshold=3,
            updated_at=self.at,
        )
        variant = Variant(
            product=product,
            stock_item=item,
            sku=sku,
            label=SIZES[place] if product.variant_count > 1 else "",
            price_minor=plan.price_minor,
            currency=settings.DEFAULT_CURRENCY,
            weight_g=plan.weight_g,
            in_stock=item.on_hand > 0,
            position=place,
        )
        return item, variant

    def _show(self, products: list[Product]) -> None:
        """A picture each, shared with the demo's own products."""
        images = []
        for product in products if self.pictures else []:
            name, width, height, hue, is_cutout, renditions = self.pictures[
                product.pk % len(self.pictures)
            ]
            image = ProductImage(
                product=product, hue=hue, is_cutout=is_cutout, renditions=renditions
            )
            image.picture.name = name
            image.picture_width, image.picture_height = width, height
            images.append(image)
        ProductImage.objects.bulk_create(images)

    def _describe(
        self, numbers: list[int], products: list[Product], drawn: dict[int, random.Random]
    ) -> None:
        values: list[ProductAttribute] = []
        for number, product in zip(numbers, products, strict=True):
            draw = drawn[number]
            stuff = draw.choice(self.choices)
            sides: Any = draw.randint(1, 12) * 10
            values += [
                ProductAttribute(
                    product=product,
                    attribute=self.attributes["material"],
                    choice=stuff,
                    facet=stuff.value,
                ),
                ProductAttribute(
                    product=product,
                    attribute=self.attributes["width"],
                    number=sides,
                    facet=str(sides),
                ),
            ]
        ProductAttribute.objects.bulk_create(values)


def _made_up_type() -> tuple[ProductType, dict[str, Attribute], list[AttributeChoice]]:
    kind, _is_new = ProductType.objects.get_or_create(code=PREFIX, defaults={"name": "Made up"})
    material, _is_new = Attribute.objects.get_or_create(
        product_type=kind,
        code="material",
        defaults={"label": "Material", "kind": Attribute.Kind.CHOICE, "is_filterable": True},
    )
    width, _is_new = Attribute.objects.get_or_create(
        product_type=kind,
        code="width",
        defaults={
            "label": "Width",
            "kind": Attribute.Kind.INTEGER,
            "unit": "cm",
            "is_filterable": True,
            "position": 1,
        },
    )
    for place, stuff in enumerate(STUFFS):
        AttributeChoice.objects.get_or_create(
            attribute=material, value=stuff.capitalize(), defaults={"position": place}
        )
    choices = list(AttributeChoice.objects.filter(attribute=material).order_by("pk"))
    return kind, {"material": material, "width": width}, choices
