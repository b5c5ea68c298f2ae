"""Product cards: what they show, and their markup, remembered by (product,
version, language, currency).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from catalog.models import Product, ProductImage, Variant
from catalog.prices.lookup import percent_off, price_before, prices_for, thirty_day_lows
from shop.core import caching
from shop.core.clock import shop_day

NEW_FOR = timedelta(days=7)
MOST_SWATCHES = 5
# A card also depends on the day (new, 30-day low), so it is not remembered for long.
REMEMBERED_FOR = 60 * 30
LAZY = ' loading="lazy" decoding="async"'
EAGER = ' fetchpriority="high"'


@dataclass(frozen=True, slots=True)
class Card:
    """What a product card shows. `sku` is empty where there is something to choose first."""

    name: str
    url: str
    kind: str
    image: ProductImage | None
    alt: str
    price_minor: int
    was_minor: int | None
    currency: str
    has_range: bool
    percent: int
    low_minor: int | None
    in_stock: bool
    back_on: date | None
    is_new: bool
    sku: str
    swatches: list[str] = field(default_factory=list)
    swatch_count: int = 0
    rating: object = None

    @property
    def more_swatches(self) -> int:
        return max(self.swatch_count - MOST_SWATCHES, 0)


def cards_for(products: Iterable[Product], *, currency: str, at: datetime) -> dict[int, Card]:
    """The cards of products that come from `for_listing()`, by primary key; at
    most three queries.
    """
    products = list(products)
    sold = {product.pk: _sold_variants(product) for product in products}
    prices = prices_for([each for variants in sold.values() for each in variants], currency)
    cheapest: dict[int, Variant] = {
        pk: min(variants, key=lambda each: prices[each.pk].price_minor)
        for pk, variants in sold.items()
        if variants
    }
    reduced = [
        variant
        for variant in cheapest.values()
        if (was := prices[variant.pk].compare_at_minor) and was > prices[variant.pk].price_minor
    ]
    lows = thirty_day_lows(reduced, currency, at) if reduced else {}
    cards = {}
    for product in products:
        if (variant := cheapest.get(product.pk)) is None:
            continue
        price, low = prices[variant.pk], lows.get(variant.pk)
        before = price_before(price.price_minor, price.compare_at_minor, low)
        amounts = {prices[each.pk].price_minor for each in sold[product.pk]}
        image = product.main_image
        swatches = _swatches(product)
        cards[product.pk] = Card(
            name=product.name,
            url=reverse("catalog:product", args=[product.slug]),
            kind=product.kind,
            image=image,
            alt="",
            price_minor=price.price_minor,
            was_minor=before,
            currency=currency,
            has_range=len(amounts) > 1,
            percent=percent_off(price.price_minor, price.compare_at_minor, low),
            low_minor=low if before else None,
            in_stock=product.in_stock,
            back_on=_back_on(sold[product.pk], at),
            is_new=product.published_at is not None and product.published_at > at - NEW_FOR,
            sku=variant.sku if len(sold[product.pk]) == 1 else "",
            swatches=swatches[:MOST_SWATCHES],
            swatch_count=len(swatches),
            rating=product.rating_average if product.rating_count else None,
        )
    return cards


def render_cards(
    products: Sequence[tuple[int, int]], *, currency: str, at: datetime, eager: int = 0
) -> list[SafeString]:
    """The markup of the cards of (product id, version) pairs, in order; one query
    set for all that is new.

    The first `eager` pictures are fetched at once, the others when they come near.
    """
    language = get_language() or "en"
    keys = {pk: f"card:{pk}:{version}:{language}:{currency}" for pk, version in products}
    known = caching.recall_many(str, keys.values())
    missing = [pk for pk, key in keys.items() if key not in known]
    if missing:
        loaded = Product.objects.filter(pk__in=missing).for_listing()
        fresh = {
            keys[pk]: render_to_string("components/card.html", {"card": card})
            for pk, card in cards_for(loaded, currency=currency, at=at).items()
        }
        caching.keep_many(fresh, REMEMBERED_FOR)
        known |= fresh
    markup = [known[key] for key in keys.values() if key in known]
    return [
        mark_safe(text.replace(LAZY, EAGER, 1) if place < eager else text)  # noqa: S308
        for place, text in enumerate(markup)
    ]


def render_props(products: Sequence[tuple[int, int]], *, currency: str, at: datetime) -> SafeString:
    """Return the products of the hero, as (product id, version) pairs, cached like cards."""

    def draw() -> str:
        loaded = Product.objects.filter(pk__in=[pk for pk, _version in products]).for_listing()
        cards = cards_for(loaded, currency=currency, at=at)
        shown = [cards[pk] for pk, _version in products if pk in cards]
        return render_to_string("catalog/_props.html", {"objects": shown})

    return caching.fragment(("props", get_language(), currency, *products), draw, REMEMBERED_FOR)


def _sold_variants(product: Product) -> list[Variant]:
    return [variant for variant in product.variants.all() if variant.is_active]


def _swatches(product: Product) -> list[str]:
    for option in product.options.all():
        colors = [value.swatch for value in option.values.all() if value.swatch]
        if colors:
            return colors
    return []


def _back_on(variants: list[Variant], at: datetime) -> date | None:
    days = [
        variant.stock_item.backorder_until
        for variant in variants
        if variant.stock_item.backorder_until and variant.stock_item.backorder_until > shop_day(at)
    ]
    return min(days, default=None)
