"""The category tree. Every structural write goes through here, under one lock for the whole tree.

Nested sets renumber many rows with each change: two writers at once would leave overlapping ranges.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from catalog.errors import CategoryLoop, CategoryNotEmpty
from catalog.models import Category, Product, SlugRedirect
from catalog.slugs import free_slug
from catalog.stored_facts import refresh_counts
from shop.core.caching import bump_catalog_version
from shop.core.errors import Invalid

# The key of PostgreSQL's advisory lock; any number that nothing else in the shop uses.
TREE_LOCK = 7_265_931
TEXTS = frozenset(
    {"name", "line", "description", "is_active", "picture", "hue", "is_cutout", "renditions"}
)


@dataclass(frozen=True, slots=True)
class Misplaced:
    """A category whose stored place is not what its parent says."""

    slug: str
    stored: list[int]
    right: list[int]

    def as_dict(self) -> dict[str, Any]:
        """Return the findings by name, as JSON holds them."""
        return asdict(self)


@transaction.atomic
def create_category(
    *,
    name: str,
    slug: str = "",
    parent: Category | None = None,
    before: Category | None = None,
    position: int | None = None,
    **texts: Any,
) -> Category:
    """Make a category below `parent` (or as a root), before a sibling, as number
    `position`, or last.

    Without a slug it is made from the name. Raises `SlugTaken`, `Invalid`.
    """
    lock_tree()
    _check_texts(texts)
    category = Category(name=_clean_name(name), slug=free_slug(Category, slug, name), **texts)
    target, place = _target(parent, before or _at_position(parent, position))
    category.insert_at(target, place, save=True)
    SlugRedirect.objects.filter(kind="category", old_slug=category.slug).delete()
    bump_catalog_version()
    return _fresh(category)


@transaction.atomic
def update_category(
    category: Category, *, name: str | None = None, slug: str | None = None, **texts: Any
) -> Category:
    """Change what a category says; its old address leads to the new one.

    Raises `SlugTaken`, `Invalid`.
    """
    lock_tree()
    category = _fresh(category)
    _check_texts(texts)
    old_slug = category.slug
    if name is not None:
        category.name = _clean_name(name)
    if slug and slug != old_slug:
        category.slug = free_slug(Category, slug, category.name)
    for field, value in texts.items():
        setattr(category, field, value)
    category.save(update_fields=["name", "slug", *texts])
    if category.slug != old_slug:
        SlugRedirect.objects.filter(kind="category", old_slug=category.slug).delete()
        SlugRedirect.objects.create(kind="category", old_slug=old_slug, category=category)
    _touch(category)
    return _fresh(category)


@transaction.atomic
def move_category(
    category: Category,
    *,
    parent: Category | None,
    before: Category | None = None,
    position: int | None = None,
) -> Category:
    """Move a category with all below it under `parent` (None: to the roots).

    It stands before the sibling `before`, or as child number `position` (from 0), or last.
    Raises `CategoryLoop` if it would stand below itself, `Invalid` for a sibling of another parent.
    """
    lock_tree()
    category = _fresh(category)
    parent = _fresh(parent) if parent else None
    if parent and parent.is_descendant_of(category, include_self=True):
        raise CategoryLoop(category=category.slug, parent=parent.slug)
    before = before or _at_position(parent, position, but=category)
    if before is not None and before.pk == category.pk:
        return category
    target, place = _target(parent, before)
    if target is None and category.parent_id is None:
        # A root that goes last: the tree library has no word for it but "right of the last one".
        last = (
            Category.objects.filter(parent=None).exclude(pk=category.pk).order_by("tree_id").last()
        )
        if last is None:
            return category
        target, place = last, "right"
    category.move_to(target, place)
    refresh_counts()
    _touch(category)
    return _fresh(category)


@transaction.atomic
def delete_category(category: Category) -> None:
    """Delete a category in which nothing is left. Raises `CategoryNotEmpty`."""
    lock_tree()
    category = _fresh(category)
    if category.get_children().exists() or Product.objects.filter(category=category).exists():
        raise CategoryNotEmpty(category=category.slug)
    category.delete()
    bump_catalog_version()


def misplaced_categories() -> list[Misplaced]:
    """Categories whose stored numbers differ from what the parents say; one query."""
    categories = list(Category.objects.order_by("tree_id", "lft", "pk"))
    children: dict[int | None, list[Category]] = {}
    for category in categories:
        children.setdefault(category.parent_id, []).append(category)
    found: list[Misplaced] = []
    roots = children.get(None, [])
    trees = [root.tree_id for root in roots]
    numbers = trees if len(set(trees)) == len(trees) else list(range(1, len(trees) + 1))
    for tree_id, root in zip(numbers, roots, strict=True):
        _walk(root, children, tree_id, 0, 1, found)
    return found


def _walk(
    category: Category,
    children: dict[int | None, list[Category]],
    tree_id: int,
    level: int,
    left: int,
    found: list[Misplaced],
) -> int:
    right = left + 1
    for child in children.get(category.pk, []):
        right = _walk(child, children, tree_id, level + 1, right, found)
    place = [tree_id, level, left, right]
    stored = [category.tree_id, category.level, category.lft, category.rght]
    if stored != place:
        found.append(Misplaced(category.slug, stored, place))
    return right + 1


@transaction.atomic
def repair_tree() -> int:
    """Set every place to what the parents say, siblings in their present order;
    returns how many were wrong.
    """
    lock_tree()
    wrong = misplaced_categories()
    for each in wrong:
        tree_id, level, left, right = each.right
        Category.objects.filter(slug=each.slug).update(
            tree_id=tree_id, level=level, lft=left, rght=right
        )
    if wrong:
        refresh_counts()
        bump_catalog_version()
    return len(wrong)


def lock_tree() -> None:
    """Wait until no other transaction changes the tree, and keep others out until this one ends.

    On SQLite the transaction is the lock already (`BEGIN IMMEDIATE`).
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TREE_LOCK])


def _fresh(category: Category) -> Category:
    """The row as it is now: the caller's may have numbers from before the lock."""
    fresh: Category = Category.objects.get(pk=category.pk)
    return fresh


def _target(parent: Category | None, before: Category | None) -> tuple[Category | None, str]:
    if before is None:
        return (_fresh(parent) if parent else None), "last-child"
    sibling = _fresh(before)
    if sibling.parent_id != (parent.pk if parent else None):
        raise Invalid(_("The category to place it before has a different parent."))
    return sibling, "left"


def _at_position(
    parent: Category | None, position: int | None, *, but: Category | None = None
) -> Category | None:
    """The sibling that stands at `position` (from 0) now; None for the end."""
    if position is None:
        return None
    siblings = Category.objects.filter(parent=parent).order_by("tree_id", "lft")
    if but is not None:
        siblings = siblings.exclude(pk=but.pk)
    found: Category | None = siblings[max(position, 0) :].first()
    return found


def _touch(category: Category) -> None:
    Category.objects.filter(pk=category.pk).update(version=F("version") + 1)
    bump_catalog_version()


def _check_texts(texts: dict[str, Any]) -> None:
    if unknown := sorted(set(texts) - TEXTS):
        raise Invalid(errors={name: [_("Unknown category field.")] for name in unknown})


def _clean_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > 120:
        raise Invalid(errors={"name": [_("Enter a name of 1 to 120 characters.")]})
    return name
