"""What happens to gift cards. Each movement is a conditional UPDATE with an entry beside it.

A gift card is locked last: after payments, order, stock and coupon. Who takes from
several takes them by primary key.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from catalog.models import ProductImage
from pricing import gift_card_codes as codes
from pricing.errors import GiftCardShort, GiftCardSpent, GiftCardVoided
from pricing.events import GiftCardIssued
from pricing.models import GiftCard, GiftCardEntry
from pricing.states import GiftCardEntryKind
from shop.core import audit
from shop.core.actors import SYSTEM, Actor
from shop.core.errors import Invalid
from shop.core.events import publish
from shop.core.money import MAX_MINOR, Money

# Money that comes back to a card whose time is over can be spent at least this long.
VALID_AFTER_REFUND = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Greeting:
    """Whom a card is for, and what is written on it.

    The e-mail goes to `recipient_email`, if there is one.
    """

    recipient_name: str = ""
    recipient_email: str = ""
    sender_name: str = ""
    message: str = ""
    language: str = ""


@transaction.atomic
def issue_card(
    *,
    amount_minor: int,
    currency: str,
    greeting: Greeting | None = None,
    image: ProductImage | None = None,
    expires_at: datetime | None = None,
    source: str = "",
    order_number: str = "",
    reason: str = "",
    actor: Actor,
    at: datetime,
) -> GiftCard:
    """Put money on a new card. A `source` that had its card before gets the same one again.

    Raises `Invalid` for an amount that is not above zero. Publishes `GiftCardIssued`;
    the e-mail follows from it.
    """
    known = GiftCard.objects.filter(source=source).first() if source else None
    if known is not None:
        return known
    _require_amount(amount_minor)
    if expires_at is not None and expires_at <= at:
        raise Invalid(errors={"expires_at": [_("Choose a date in the future.")]})
    greeting = greeting or Greeting()
    seed = uuid.uuid4()
    code = codes.new_code(seed)
    card = GiftCard.objects.create(
        seed=seed,
        digest=codes.digest_of(code),
        last4=code[-4:],
        currency=currency,
        initial_minor=amount_minor,
        balance_minor=amount_minor,
        expires_at=expires_at,
        recipient_name=greeting.recipient_name.strip()[:120],
        recipient_email=greeting.recipient_email,
        sender_name=greeting.sender_name.strip()[:120],
        message=greeting.message.strip()[:500],
        image=image,
        language=greeting.language,
        order_number=order_number,
        source=source,
        reason=reason.strip()[:250],
        issued_by=actor.label[:200],
        issued_at=at,
    )
    _write(card, GiftCardEntryKind.ISSUED, amount_minor, reference="issue", actor=actor, at=at)
    if actor.kind == "staff":
        changes: dict[str, list[Any]] = {
            "balance": [None, Money.from_minor(amount_minor, currency)]
        }
        if card.reason:
            changes["reason"] = [None, card.reason]
        audit.record("gift_card.issue", card, actor=actor, changes=changes)
    publish(GiftCardIssued(card_id=card.pk))
    return card


@transaction.atomic
def spend_cards(
    amounts: Mapping[int, int],
    *,
    references: Mapping[int, str],
    order_number: str,
    actor: Actor,
    at: datetime,
) -> dict[int, GiftCardEntry]:
    """Take an amount from each card (id → minor units), or nothing from any of them.

    The condition and the change are one statement a card: however many ask at once, no card gives
    more than it holds. Raises `GiftCardShort` if one holds less, is over, or may not be spent.
    """
    entries = {}
    for pk in sorted(amounts):
        amount = amounts[pk]
        taken = (
            GiftCard.objects.spendable(at=at)
            .filter(pk=pk, balance_minor__gte=amount)
            .update(balance_minor=F("balance_minor") - amount)
        )
        if not taken:
            raise GiftCardShort
        entries[pk] = _write(
            GiftCard(pk=pk),
            GiftCardEntryKind.SPENT,
            -amount,
            reference=references[pk],
            order_number=order_number,
            actor=actor,
            at=at,
        )
    return entries


@transaction.atomic
def refund_to_card(
    card_id: int,
    *,
    amount_minor: int,
    reference: str,
    order_number: str = "",
    actor: Actor = SYSTEM,
    at: datetime,
) -> GiftCardEntry:
    """Put money back on a card, once a `reference`, even if it is empty, switched
    off or over by now.

    A card whose time is over can be spent again for 90 days; one that staff switched off stays
    off, with its money on it.
    """
    card = GiftCard.objects.locked().get(pk=card_id)
    known = _known(card, GiftCardEntryKind.REFUNDED, reference)
    if known is not None:
        return known
    _require_amount(amount_minor)
    note = ""
    if card.is_expired(at=at):
        note = _("The gift card had expired. It can be used for another 90 days.")
        GiftCard.objects.filter(pk=card.pk).update(expires_at=at + VALID_AFTER_REFUND)
    GiftCard.objects.filter(pk=card.pk).update(balance_minor=F("balance_minor") + amount_minor)
    return _write(
        card,
        GiftCardEntryKind.REFUNDED,
        amount_minor,
        reference=reference,
        order_number=order_number,
        note=note,
        actor=actor,
        at=at,
    )


@transaction.atomic
def adjust_card(
    card: GiftCard, *, amount_minor: int, reason: str, reference: str, actor: Actor, at: datetime
) -> GiftCard:
    """Add to a card's balance, or take from it, with a reason; once a `reference`,
    such as a form's key.

    Raises `Invalid` for nothing or without a reason, `GiftCardShort` for more than
    there is, `GiftCardVoided`.
    """
    card = GiftCard.objects.locked().get(pk=card.pk)
    if _known(card, GiftCardEntryKind.ADJUSTED, reference):
        return card
    reason = _require_reason(reason)
    if not amount_minor or abs(amount_minor) > MAX_MINOR:
        raise Invalid(errors={"amount": [_("Enter an amount above or below zero.")]})
    if card.is_voided:
        raise GiftCardVoided
    before = card.balance_minor
    moved = GiftCard.objects.filter(pk=card.pk, balance_minor__gte=-amount_minor).update(
        balance_minor=F("balance_minor") + amount_minor
    )
    if not moved:
        raise GiftCardShort(_("The amount is more than the balance of the gift card."))
    _write(
        card,
        GiftCardEntryKind.ADJUSTED,
        amount_minor,
        reference=reference,
        note=reason,
        actor=actor,
        at=at,
    )
    card.refresh_from_db()
    audit.record(
        "gift_card.adjust",
        card,
        actor=actor,
        changes={
            "balance": [
                Money.from_minor(minor, card.currency) for minor in (before, card.balance_minor)
            ],
            "reason": [None, reason],
        },
    )
    return card


@transaction.atomic
def switch_card(card: GiftCard, *, is_active: bool, reason: str, actor: Actor) -> GiftCard:
    """Let a card be spent, or no longer; its money stays on it.

    Raises `Invalid` without a reason, `GiftCardVoided`.
    """
    card = GiftCard.objects.locked().get(pk=card.pk)
    reason = _require_reason(reason)
    if card.is_active == is_active:
        return card
    if card.is_voided:
        raise GiftCardVoided
    card.is_active = is_active
    card.save(update_fields=["is_active"])
    audit.record(
        "gift_card.switch",
        card,
        actor=actor,
        changes={"is_active": [not is_active, is_active], "reason": [None, reason]},
    )
    return card


@transaction.atomic
def void_card(card: GiftCard, *, reference: str, actor: Actor, at: datetime) -> GiftCard:
    """Take back a card whose purchase is undone; a second call changes nothing.

    Raises `GiftCardSpent` if it does not hold what it was issued with.
    """
    card = GiftCard.objects.locked().get(pk=card.pk)
    if card.is_voided:
        return card
    if not card.is_untouched:
        raise GiftCardSpent(last4=card.last4)
    card.is_active, card.voided_at = False, at
    card.save(update_fields=["is_active", "voided_at"])
    GiftCard.objects.filter(pk=card.pk).update(balance_minor=0)
    _write(
        card,
        GiftCardEntryKind.VOIDED,
        -card.initial_minor,
        reference=reference,
        order_number=card.order_number,
        actor=actor,
        at=at,
    )
    card.refresh_from_db()
    return card


def expire_cards(*, at: datetime, limit: int = 500) -> int:
    """Write off what is on cards whose time was over at `at`, one transaction
    each; returns how many.
    """
    count = 0
    for pk in GiftCard.objects.over(at=at).order_by("pk").values_list("pk", flat=True)[:limit]:
        with transaction.atomic():
            card = GiftCard.objects.locked().over(at=at).filter(pk=pk).first()
            if card is None or card.expires_at is None:
                continue
            _write(
                card,
                GiftCardEntryKind.EXPIRED,
                -card.balance_minor,
                reference=card.expires_at.isoformat(),
                actor=SYSTEM,
                at=at,
            )
            GiftCard.objects.filter(pk=pk).update(balance_minor=0)
            count += 1
    return count


def _write(
    card: GiftCard,
    kind: GiftCardEntryKind,
    amount_minor: int,
    *,
    reference: str,
    order_number: str = "",
    note: str = "",
    actor: Actor,
    at: datetime,
) -> GiftCardEntry:
    return GiftCardEntry.objects.create(
        card_id=card.pk,
        kind=kind,
        amount_minor=amount_minor,
        reference=reference,
        order_number=order_number,
        note=note[:250],
        actor=actor.label[:200],
        at=at,
    )


def _known(card: GiftCard, kind: GiftCardEntryKind, reference: str) -> GiftCardEntry | None:
    return GiftCardEntry.objects.caused_by(reference).filter(card=card, kind=kind).first()


def _require_amount(amount_minor: int) -> None:
    if not 0 < amount_minor <= MAX_MINOR:
        raise Invalid(errors={"amount": [_("Enter an amount above zero.")]})


def _require_reason(reason: str) -> str:
    reason = reason.strip()[:250]
    if not reason:
        raise Invalid(errors={"reason": [_("Enter a reason.")]})
    return reason
