"""The search page and the suggestions, put together for their templates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog.models import Category, Product
from catalog.pages.cards import Card, cards_for, render_cards
from catalog.pages.filters import Filters
from catalog.pages.layout import current_tree
from catalog.pages.listing import build_listing
from catalog.search import closest, did_you_mean, find, popular_words, suggest

SHORTEST = 2
MOST_POPULAR = 6
MOST_QUERIES, MOST_CATEGORIES, MOST_PRODUCTS = 3, 2, 4


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What the search field offers."""

    queries: list[str]
    categories: list[Category]
    cards: list[Card]

    @property
    def count(self) -> int:
        return len(self.queries) + len(self.categories) + len(self.cards)


def build_search(filters: Filters, *, path: str, currency: str, at: datetime) -> dict[str, Any]:
    """The context of the search page; similar products where nothing was found."""
    context: dict[str, Any] = {"query": filters.query, "popular": popular_words(), "listing": None}
    if not filters.query:
        return context
    products = Product.objects.published(at=at)
    found = find(products, filters.query)
    listing = build_listing(found, filters, path=path, currency=currency, at=at)
    context["listing"] = listing
    if listing.total < 3:
        context["did_you_mean"] = did_you_mean(filters.query)
    if not listing.total and not listing.applied:
        pairs = list(
            closest(products, filters.query).sorted_by("relevance").values_list("pk", "version")[:4]
        )
        if not pairs:
            pairs = list(products.sorted_by("popular").values_list("pk", "version")[:4])
        context["closest"] = render_cards(pairs, currency=currency, at=at)
    return context


def build_suggestions(query: str, *, currency: str, at: datetime) -> Suggestions:
    """What may be meant by the letters typed so far; nothing for fewer than two."""
    if len(query) < SHORTEST:
        return Suggestions([], [], [])
    products = find(Product.objects.published(at=at), query, is_prefix=True)
    best = list(products.sorted_by("relevance").for_listing()[:MOST_PRODUCTS])
    cards = cards_for(best, currency=currency, at=at)
    return Suggestions(
        queries=suggest(query)[:MOST_QUERIES],
        categories=_categories(query)[:MOST_CATEGORIES],
        cards=[cards[product.pk] for product in best if product.pk in cards],
    )


def popular_suggestions() -> Suggestions:
    """Return what the search field offers before anything is typed."""
    roots = [branch.category for branch in current_tree()[:MOST_POPULAR]]
    return Suggestions(popular_words(), roots, [])


def _categories(query: str) -> list[Category]:
    """Categories with a word that begins like the last one typed; from the remembered tree."""
    start = query.casefold()
    found: list[Category] = []
    waiting = list(current_tree())
    while waiting:
        branch = waiting.pop(0)
        words = branch.category.name.casefold()
        if any(part.startswith(start) for part in (words, *words.split())):
            found.append(branch.category)
        waiting += branch.children
    return found
