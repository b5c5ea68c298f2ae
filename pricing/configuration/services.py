"""Writing the configuration where orders count on it."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from pricing.errors import TaxRateUsed
from pricing.models import TaxRate

# What may change of a rate that orders were sold with.
OPEN = frozenset({"valid_to", "note"})


@transaction.atomic
def update_tax_rate(rate: TaxRate, *, changed: Collection[str]) -> None:
    """Save the fields of `rate` named in `changed`, and no other.

    Raises `TaxRateUsed` if orders were sold with it, also since it was read, and more than its
    end and its note changes.
    """
    held = TaxRate.objects.locked().get(pk=rate.pk)
    if held.was_used and not OPEN.issuperset(changed):
        raise TaxRateUsed
    if changed:
        rate.save(update_fields=sorted(changed))
