"""What stands around every page: navigation, facts of the top bar, help and legal pages."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from catalog.counting import remembered_by
from catalog.models import Category, Collection, HomeBlock, Page, Product
from shop.core import caching
from shop.core.languages import own_name

# The picture beside a promise, by the key of its block.
PROMISE_SIGNS = {"delivery": "truck", "returns": "back", "repairs": "tool", "prices": "tag"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A link of the navigation."""

    name: str
    url: str
    slug: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class Branch:
    """A category with what is below it, for the menus."""

    category: Category
    children: list[Branch] = field(default_factory=list)

    @property
    def url(self) -> str:
        return reverse("catalog:category", args=[self.category.slug])


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame of every page in one language; five queries, remembered by catalog version."""

    # What the markup of the frame depends on beside language and currency:
    # catalog, shop, static files.
    key: str
    claim: str
    footer_text: str
    facts: list[str]
    departments: list[Entry]
    before: list[Entry]
    after: list[Entry]
    collections: list[Entry]
    help_pages: list[Page]
    legal_pages: list[Page]
    product_count: int
    language_name: str


@dataclass(frozen=True, slots=True)
class Promise:
    """What the shop promises, on the home page and beside the buy button."""

    title: str
    text: str
    sign: str


@dataclass(frozen=True, slots=True)
class Outline:
    """What changes only with the catalog and stands on many pages, in one language."""

    frame: Frame
    tree: list[Branch]
    promises: list[Promise]


def current_outline() -> Outline:
    """The outline of this catalog version in the active language; queries only when one is new."""
    language = get_language() or "en"
    now = caching.Standing((caching.catalog_version(),), ())
    return caching.remembered(f"outline {language}", now, _outline)


def _outline() -> Outline:
    return Outline(build_frame(), category_tree(), _promises())


def current_frame() -> Frame:
    """The frame around every page."""
    return current_outline().frame


def current_tree() -> list[Branch]:
    """The categories that are shown, as a tree."""
    return current_outline().tree


def current_promises() -> list[Promise]:
    """What the shop promises."""
    return current_outline().promises


def find_branch(slug: str) -> tuple[Branch, list[Branch]] | None:
    """A category that is shown and the branches above it, the root first; None if there is none."""

    def search(branches: list[Branch], above: list[Branch]) -> tuple[Branch, list[Branch]] | None:
        for branch in branches:
            if branch.category.slug == slug:
                return branch, above
            if found := search(branch.children, [*above, branch]):
                return found
        return None

    return search(current_tree(), [])


def trail(category_id: int) -> tuple[list[tuple[str, str]], str]:
    """The names and addresses from the root to a category, and the root's slug;
    both empty if hidden.
    """

    def search(branches: list[Branch]) -> list[Branch]:
        for branch in branches:
            if branch.category.pk == category_id:
                return [branch]
            if below := search(branch.children):
                return [branch, *below]
        return []

    way = search(current_tree())
    crumbs = [(branch.category.name, branch.url) for branch in way]
    return crumbs, way[0].category.slug if way else ""


def _promises() -> list[Promise]:
    blocks = HomeBlock.objects.filter(kind=HomeBlock.Kind.PROMISE, is_active=True)
    return [
        Promise(block.title, block.text, PROMISE_SIGNS.get(block.key.split("-")[-1], "check"))
        for block in blocks
    ]


def build_frame() -> Frame:
    """The frame in the active language, fresh from the tables."""
    around = [HomeBlock.Kind.NOTICE, HomeBlock.Kind.HERO, HomeBlock.Kind.FOOTER]
    blocks = list(HomeBlock.objects.filter(is_active=True, kind__in=around))
    facts = [block.title for block in blocks if block.kind == HomeBlock.Kind.NOTICE]
    heroes = [block.title for block in blocks if block.kind == HomeBlock.Kind.HERO]
    footer = next((block for block in blocks if block.kind == HomeBlock.Kind.FOOTER), None)
    collections = list(Collection.objects.shown())
    navigation = [each for each in collections if each.in_navigation]
    pages = list(Page.objects.filter(is_published=True).defer("body", "sample_note"))
    return Frame(
        key=f"{caching.catalog_version()} {settings.SHOP_NAME} {static('img/sprite.svg')}",
        claim=footer.title if footer else (heroes or [str(settings.SHOP_NAME)])[0],
        footer_text=footer.text if footer else "",
        facts=facts,
        departments=[
            Entry(
                each.name,
                reverse("catalog:category", args=[each.slug]),
                each.slug,
                each.product_count,
            )
            for each in Category.objects.shown().filter(parent=None)
        ],
        before=[_entry(each) for each in navigation if not each.rule.get("on_sale")],
        after=[_entry(each) for each in navigation if each.rule.get("on_sale")],
        collections=[_entry(each) for each in collections[:5]],
        help_pages=[page for page in pages if page.kind == Page.Kind.HELP][:6],
        legal_pages=[page for page in pages if page.kind == Page.Kind.LEGAL],
        product_count=remembered_by(
            int, ("published",), Product.objects.published(at=timezone.now()).count, size=int
        ),
        language_name=own_name(get_language() or "en"),
    )


def _entry(collection: Collection) -> Entry:
    return Entry(
        collection.name, reverse("catalog:collection", args=[collection.slug]), collection.slug
    )


def category_tree() -> list[Branch]:
    """The categories that are shown, as a tree; one query."""
    branches: dict[int, Branch] = {}
    roots: list[Branch] = []
    for category in Category.objects.shown():
        branch = branches[category.pk] = Branch(category)
        if category.parent_id is None:
            roots.append(branch)
        elif category.parent_id in branches:
            category.parent = branches[category.parent_id].category
            branches[category.parent_id].children.append(branch)
    return roots
