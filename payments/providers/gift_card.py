"""Gift cards of this shop: money that was paid before.

The books are the movements of the cards themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy

from payments.errors import ProviderRefused, SignatureInvalid
from payments.models import Payment, Refund
from payments.providers.base import Callback, NextStep, Outcome, RefundNews
from payments.states import PaymentState, RefundState
from pricing.gift_cards import refund_to_card
from pricing.models import GiftCardEntry
from pricing.states import GiftCardEntryKind, Settlement


class GiftCardProvider:
    """Pays with the order itself (`payments.gift_cards.services`), and puts back
    what is refunded.
    """

    code = "gift_card"
    name = gettext_lazy("Gift card")
    settlements = frozenset({Settlement.ONLINE})

    def accepts(self, amount_minor: int, currency: str, country: str) -> bool:
        return amount_minor > 0

    def start(self, payment: Payment, *, return_url: str) -> NextStep:
        return NextStep(url="")

    def fetch(self, payment: Payment) -> Outcome | None:
        entry = self._spent(payment)
        return None if entry is None else _outcome(entry)

    def capture(self, payment: Payment, *, amount_minor: int, key: str) -> Outcome:
        # A card pays at once or not at all: there is nothing to take later.
        raise ProviderRefused

    def void(self, payment: Payment) -> Outcome | None:
        return self.fetch(payment)

    def refund(self, payment: Payment, *, amount_minor: int, key: str) -> RefundNews:
        """Put the money back on the card it came from, whatever has become of that."""
        spent = self._spent(payment)
        if spent is None:
            raise ProviderRefused
        entry = refund_to_card(
            spent.card_id,
            amount_minor=amount_minor,
            reference=key,
            order_number=payment.order.number,
            at=timezone.now(),
        )
        return _news(entry)

    def parse_callback(self, headers: Mapping[str, str], body: bytes) -> Callback:
        raise SignatureInvalid

    def statement(
        self, payments: Sequence[Payment], *, since: datetime
    ) -> Iterable[Outcome | RefundNews]:
        """What cards paid and got back since, and whatever concerns the payments asked about."""
        ours = [str(payment.pk) for payment in payments]
        keys = Refund.objects.filter(payment__in=payments).values_list("pk", flat=True)
        refunds = [str(key) for key in keys]
        entries = (
            GiftCardEntry.objects.filter(
                Q(at__gte=since) | Q(reference__in=ours) | Q(reference__in=refunds),
                kind__in=[GiftCardEntryKind.SPENT, GiftCardEntryKind.REFUNDED],
            )
            .select_related("card")
            .order_by("pk")
        )
        for entry in entries.iterator():
            yield _outcome(entry) if entry.kind == GiftCardEntryKind.SPENT else _news(entry)

    @staticmethod
    def _spent(payment: Payment) -> GiftCardEntry | None:
        return (
            GiftCardEntry.objects.caused_by(str(payment.pk))
            .filter(kind=GiftCardEntryKind.SPENT)
            .select_related("card")
            .first()
        )


def _outcome(entry: GiftCardEntry) -> Outcome:
    return Outcome(
        state=PaymentState.CAPTURED,
        amount_minor=-entry.amount_minor,
        currency=entry.card.currency,
        reference=entry.reference,
        external_id=entry.external_id,
        entry_id=entry.external_id,
    )


def _news(entry: GiftCardEntry) -> RefundNews:
    return RefundNews(
        state=RefundState.SUCCEEDED,
        amount_minor=entry.amount_minor,
        currency=entry.card.currency,
        external_id=entry.external_id,
        key=entry.reference,
    )
