"""What must always hold about money."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import CharField, Count, Exists, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce, Concat

from orders.models import Order
from payments.models import Payment, PaymentEntry, Refund
from pricing.models import GiftCardEntry
from shop.core.integrity import invariant


def _entries(kind: str, **link: object) -> Coalesce:
    rows = PaymentEntry.objects.filter(kind=kind, **link).order_by()
    group = next(iter(link))
    summed = rows.values(group).annotate(figure=Sum("amount_minor")).values("figure")
    return Coalesce(Subquery(summed), 0)


@invariant("I11", "One currency for an order, its payments, entries and refunds")
def one_currency(at: datetime) -> Iterable[object]:
    """Ids of payments in another currency than their order, entries or refunds."""
    return (
        Payment.objects.filter(
            ~Q(currency=F("order__currency"))
            | (Q(entries__isnull=False) & ~Q(entries__currency=F("currency")))
            | (Q(refunds__isnull=False) & ~Q(refunds__currency=F("currency")))
        )
        .order_by("pk")
        .distinct()
        .values_list("pk", flat=True)
    )


@invariant("I12", "Of each payment: refunded ≤ captured ≤ what was asked for")
def refunded_captured_asked(at: datetime) -> Iterable[object]:
    """Ids of payments that captured or refunded too much; refunds on their way count."""
    link = {"payment": OuterRef("pk")}
    refunds = Refund.objects.counting().filter(**link).order_by()
    asked_back = refunds.values("payment").annotate(figure=Sum("amount_minor")).values("figure")
    return (
        Payment.objects.annotate(
            captured=_entries("captured", **link),
            refunded=_entries("refunded", **link),
            asked_back=Coalesce(Subquery(asked_back), 0),
        )
        .filter(
            Q(captured__gt=F("amount_minor"))
            | Q(refunded__gt=F("captured"))
            | Q(asked_back__gt=F("captured"))
        )
        .order_by("pk")
        .values_list("pk", flat=True)
    )


@invariant("I12e", "Of each payment: returned ≤ taken back in disputes ≤ captured")
def returned_withdrawn_captured(at: datetime) -> Iterable[object]:
    """Ids of payments whose disputes moved more than there was."""
    link = {"payment": OuterRef("pk")}
    return (
        Payment.objects.annotate(
            captured=_entries("captured", **link),
            withdrawn=_entries("withdrawn", **link),
            reinstated=_entries("reinstated", **link),
        )
        .filter(Q(reinstated__gt=F("withdrawn")) | Q(withdrawn__gt=F("captured") + F("reinstated")))
        .order_by("pk")
        .values_list("pk", flat=True)
    )


@invariant("I20", "A charge or refund of a provider stands in the books once")
def charges_are_booked_once(at: datetime) -> Iterable[object]:
    """Providers' ids of what was booked for two payments.

    A bank's own words may repeat: one transfer, two orders.
    """
    return (
        PaymentEntry.objects.filter(kind__in=["captured", "refunded"])
        .exclude(external_id="")
        .exclude(payment__provider="manual")
        .values("payment__provider", "kind", "external_id")
        .annotate(entry_count=Count("pk"))
        .filter(entry_count__gt=1)
        .order_by("external_id")
        .values_list("external_id", flat=True)
    )


@invariant("I13", "An order's paid, refunded and disputed amounts are the sums of its ledger")
def order_amounts_are_ledger_sums(at: datetime) -> Iterable[object]:
    """Numbers of orders whose stored amounts the ledger does not explain."""
    link = {"payment__order": OuterRef("pk")}
    return (
        Order.objects.annotate(
            captured=_entries("captured", **link),
            refunded=_entries("refunded", **link),
            disputed=_entries("withdrawn", **link) - _entries("reinstated", **link),
        )
        .exclude(
            captured=F("amount_paid_minor"),
            refunded=F("amount_refunded_minor"),
            disputed=F("amount_disputed_minor"),
        )
        .order_by("number")
        .values_list("number", flat=True)
    )


@invariant("I13c", "What an order knows of open tries to pay is what its payments say")
def orders_know_their_payments(at: datetime) -> Iterable[object]:
    """Numbers of orders that are wrong about a payment under way or about what is authorized."""
    mine = Payment.objects.filter(order=OuterRef("pk"))
    held = mine.filter(state="authorized").order_by().values("order")
    summed = held.annotate(figure=Sum("amount_minor")).values("figure")
    return (
        Order.objects.annotate(
            held=Coalesce(Subquery(summed), 0),
            under_way=Exists(mine.filter(state="processing")),
        )
        .exclude(held=F("amount_authorized_minor"), under_way=F("has_payment_under_way"))
        .order_by("number")
        .values_list("number", flat=True)
    )


@invariant("I13b", "A payment's state is what its ledger says")
def payment_states_have_entries(at: datetime) -> Iterable[object]:
    """Ids of payments marked captured without a capture, or the reverse."""
    return (
        Payment.objects.annotate(captured=_entries("captured", payment=OuterRef("pk")))
        .filter((Q(state="captured") & Q(captured=0)) | (~Q(state="captured") & Q(captured__gt=0)))
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def _card_entries() -> Any:  # the stubs do not see the annotation
    """Movements of gift cards, `external` what the ledger calls each
    (`GiftCardEntry.external_id`).
    """
    return GiftCardEntry.objects.annotate(
        external=Concat(Value("gift-card-entry-"), Cast("pk", CharField()))
    ).order_by()


@invariant("I17b", "What a gift card paid stands in the payments' ledger, entry by entry")
def spent_entries_have_captures(at: datetime) -> Iterable[object]:
    """Ids of card entries that the ledger does not know as they are."""
    captures = PaymentEntry.objects.filter(
        payment__provider="gift_card",
        kind="captured",
        external_id=OuterRef("external"),
        amount_minor=-OuterRef("amount_minor"),
        currency=OuterRef("card__currency"),
    )
    spent = _card_entries().filter(~Exists(captures), kind="spent")
    keys: Iterable[object] = spent.order_by("pk").values_list("pk", flat=True)
    return keys


@invariant("I17c", "What the ledger took from gift cards or gave back stands on the cards")
def captures_have_card_entries(at: datetime) -> Iterable[object]:
    """Ids of ledger entries of gift cards that no card knows of."""
    spent = _card_entries().filter(
        kind="spent", external=OuterRef("external_id"), amount_minor=-OuterRef("amount_minor")
    )
    refunded = _card_entries().filter(
        kind="refunded", external=OuterRef("external_id"), amount_minor=OuterRef("amount_minor")
    )
    return (
        PaymentEntry.objects.filter(payment__provider="gift_card")
        .filter((Q(kind="captured") & ~Exists(spent)) | (Q(kind="refunded") & ~Exists(refunded)))
        .order_by("pk")
        .values_list("pk", flat=True)
    )
