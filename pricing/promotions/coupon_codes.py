"""Codes made by the hundred."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django.db import transaction

from pricing.errors import PromotionNeedsNoCode
from pricing.models import Coupon, Promotion
from shop.core import audit
from shop.core.actors import Actor

# No letters and digits that look alike; 10 of them are 49 bits, and wrong guesses are counted.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LENGTH = 10


@transaction.atomic
def generate_codes(
    promotion: Promotion,
    *,
    count: int,
    prefix: str = "",
    use_limit: int,
    actor: Actor,
    at: datetime,
) -> list[str]:
    """Make `count` new codes for a promotion that begin with `prefix`, each for `use_limit` uses.

    Raises `PromotionNeedsNoCode` for one that applies by itself.
    """
    promotion = Promotion.objects.locked().get(pk=promotion.pk)
    if promotion.is_automatic:
        raise PromotionNeedsNoCode
    codes: set[str] = set()
    while len(codes) < count:
        fresh = {_new_code(prefix) for _each in range(count - len(codes))}
        codes |= fresh - {code.upper() for code in _taken(fresh)}
    Coupon.objects.bulk_create(
        Coupon(promotion=promotion, code=code, use_limit=use_limit, created_at=at)
        for code in sorted(codes)
    )
    changes: dict[str, list[Any]] = {
        "codes": [None, count],
        "prefix": [None, prefix.upper()],
        "use_limit": [None, use_limit],
    }
    audit.record("generated codes", promotion, actor=actor, changes=changes)
    return sorted(codes)


def _new_code(prefix: str) -> str:
    return prefix.upper() + "".join(secrets.choice(ALPHABET) for _each in range(LENGTH))


def _taken(codes: set[str]) -> list[str]:
    return list(Coupon.objects.with_codes(codes).values_list("code", flat=True))
