"""Prices change here and nowhere else: the row, its history and the stored facts together."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.models import ExchangeRate, PriceChange, PriceEntry, Variant
from catalog.prices.lookup import exchange_rate
from catalog.stored_facts import changed
from shop.core import audit
from shop.core.actors import Actor
from shop.core.caching import bump_catalog_version
from shop.core.errors import Invalid
from shop.core.money import MAX_MINOR, Money


@transaction.atomic
def set_price(
    variant: Variant,
    *,
    price_minor: int,
    compare_at_minor: int | None = None,
    currency: str | None = None,
    reason: str = "",
    actor: Actor,
    at: datetime,
) -> Variant:
    """Set what a variant costs, tax included, in its own currency or an explicit price in another.

    Without a difference nothing is written. Raises `Invalid` for amounts below
    zero, `UnknownCurrency`.
    """
    check_amounts(price_minor, compare_at_minor)
    variant = Variant.objects.locked().select_related("product").get(pk=variant.pk)
    currency = currency or variant.currency
    before: tuple[int | None, int | None]
    if currency == variant.currency:
        before = (variant.price_minor, variant.compare_at_minor)
        if before == (price_minor, compare_at_minor):
            return variant
        variant.price_minor, variant.compare_at_minor = price_minor, compare_at_minor
        variant.save(update_fields=["price_minor", "compare_at_minor"])
    else:
        exchange_rate(currency)
        entry, is_new = PriceEntry.objects.get_or_create(
            variant=variant,
            currency=currency,
            price_list="",
            defaults={"price_minor": price_minor, "compare_at_minor": compare_at_minor},
        )
        before = (None, None) if is_new else (entry.price_minor, entry.compare_at_minor)
        if before == (price_minor, compare_at_minor):
            return variant
        entry.price_minor, entry.compare_at_minor = price_minor, compare_at_minor
        entry.save(update_fields=["price_minor", "compare_at_minor"])
    write_history(variant, price_minor, compare_at_minor, currency, reason=reason, at=at)
    after = (price_minor, compare_at_minor)
    audit.record("priced", variant, actor=actor, changes=_price_changes(before, after, currency))
    changed(variant.product, at=at)
    return variant


@transaction.atomic
def remove_price(variant: Variant, *, currency: str, actor: Actor, at: datetime) -> None:
    """Take back an explicit price: the variant is converted again in that currency."""
    entry = PriceEntry.objects.filter(variant=variant, currency=currency, price_list="").first()
    if entry is None:
        return
    entry.delete()
    before = (entry.price_minor, entry.compare_at_minor)
    changes = _price_changes(before, (None, None), currency)
    audit.record("price removed", variant, actor=actor, changes=changes)
    changed(variant.product, at=at)


def _price_changes(
    before: tuple[int | None, int | None], after: tuple[int | None, int | None], currency: str
) -> dict[str, list[Any]]:
    """Return what differs of price and price before, as the audit log keeps amounts."""
    names = ("price", "compare_at_price")
    return {
        name: [None if minor is None else Money.from_minor(minor, currency) for minor in pair]
        for name, *pair in zip(names, before, after, strict=True)
        if pair[0] != pair[1]
    }


@transaction.atomic
def set_exchange_rate(currency: str, *, rate: Decimal, at: datetime) -> ExchangeRate:
    """Set the units of `currency` for one of the shop's own."""
    if not 0 < rate < 10**9:
        raise Invalid(_("The rate must be greater than zero."))
    row, _is_new = ExchangeRate.objects.update_or_create(
        currency=currency, defaults={"rate": rate, "updated_at": at}
    )
    bump_catalog_version()
    return row


def write_history(
    variant: Variant,
    price_minor: int,
    compare_at_minor: int | None,
    currency: str,
    *,
    reason: str,
    at: datetime,
) -> None:
    """Add the line of the history that belongs to a price that is in force from now on."""
    PriceChange.objects.create(
        variant=variant,
        currency=currency,
        price_minor=price_minor,
        compare_at_minor=compare_at_minor,
        reason=reason[:60],
        at=at,
    )


def check_amounts(price_minor: int, compare_at_minor: int | None) -> None:
    """Raise `Invalid` for an amount that is no price."""
    if not 0 <= price_minor <= MAX_MINOR:
        raise Invalid(errors={"price": [_("The price must be zero or more.")]})
    if compare_at_minor is not None and not price_minor < compare_at_minor <= MAX_MINOR:
        raise Invalid(
            errors={"compare_at_price": [_("The compare-at price must be higher than the price.")]}
        )
