"""Every question asked of the catalog's tables."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from mptt.managers import TreeManager
from mptt.querysets import TreeQuerySet

from shop.core.querysets import LockingQuerySet

if TYPE_CHECKING:
    from catalog.models import Category, Collection, Product, Variant


class CategoryQuerySet(TreeQuerySet["Category"]):
    """Every question the shop asks about categories."""

    def shown(self) -> Self:
        """Categories that shoppers may see."""
        return self.filter(is_active=True)


class CategoryManager(TreeManager.from_queryset(CategoryQuerySet)):  # type: ignore[misc]
    """The tree's manager."""


class ProductQuerySet(LockingQuerySet["Product"]):
    """Every question the shop asks about products."""

    def published(self, *, at: datetime) -> Self:
        """Products a shopper may see at the moment `at`."""
        return self.filter(status="active", published_at__lte=at)


class VariantQuerySet(LockingQuerySet["Variant"]):
    """Every question the shop asks about variants."""

    def sold(self, *, at: datetime) -> Self:
        """Variants a shopper may buy at the moment `at`, stock aside."""
        return self.filter(
            is_active=True, product__status="active", product__published_at__lte=at
        )


class CollectionQuerySet(LockingQuerySet["Collection"]):
    """Every question the shop asks about collections."""

    def shown(self) -> Self:
        """Collections that shoppers may see."""
        return self.filter(is_active=True)
