"""What tables have in common that quotes remember."""

from __future__ import annotations

from typing import Any

from django.db import models

from pricing.querysets import PRICING
from shop.core.caching import bump_version


class InPriceBook(models.Model):
    """A row of the price book: a write through it tells, when it commits.

    Its manager is a `BookQuerySet`'s.
    """

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        """As Django's."""
        super().save(*args, **options)
        bump_version(PRICING)

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        """As Django's."""
        deleted = super().delete(*args, **options)
        bump_version(PRICING)
        return deleted
