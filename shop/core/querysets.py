"""What every queryset of ours can do."""

from __future__ import annotations

from typing import Self, TypeVar

from django.db import models

M = TypeVar("M", bound=models.Model)


class LockingQuerySet(models.QuerySet[M]):
    """A queryset whose rows can be locked in an order that cannot deadlock."""

    def locked(self) -> Self:
        """Rows locked until the transaction ends, in primary-key order.

        Evaluate it at once: a lazy lock locks nothing. On SQLite the transaction itself is the lock.
        """
        return self.select_for_update(of=("self",)).order_by("pk")
