"""Bank transfer and cash on delivery: people move the money, staff record it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy

from payments.errors import SignatureInvalid
from payments.models import Payment
from payments.providers.base import Callback, NextStep, Outcome, RefundNews
from payments.states import PaymentState, RefundState
from pricing.states import Settlement


class ManualProvider:
    """Knows nothing by itself: staff mark orders as paid, and refund by hand."""

    code = "manual"
    name = gettext_lazy("Manual: bank transfer or cash")
    settlements = frozenset({Settlement.TRANSFER, Settlement.ON_DELIVERY})

    def accepts(self, amount_minor: int, currency: str, country: str) -> bool:
        return amount_minor > 0

    def start(self, payment: Payment, *, return_url: str) -> NextStep:
        return NextStep(url="")

    def fetch(self, payment: Payment) -> Outcome | None:
        return None

    def capture(self, payment: Payment, *, amount_minor: int, key: str) -> Outcome:
        return Outcome(
            state=PaymentState.CAPTURED,
            amount_minor=amount_minor,
            currency=payment.currency,
            reference=str(payment.pk),
            entry_id=key,
        )

    def void(self, payment: Payment) -> Outcome | None:
        return Outcome(
            state=PaymentState.VOIDED,
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            reference=str(payment.pk),
        )

    def refund(self, payment: Payment, *, amount_minor: int, key: str) -> RefundNews:
        """The money has been sent back by hand; the refund's own id names it."""
        return RefundNews(
            state=RefundState.SUCCEEDED,
            amount_minor=amount_minor,
            currency=payment.currency,
            external_id=f"manual-{key}",
            key=key,
        )

    def parse_callback(self, headers: Mapping[str, str], body: bytes) -> Callback:
        raise SignatureInvalid

    def statement(
        self, payments: Sequence[Payment], *, since: datetime
    ) -> Iterable[Outcome | RefundNews]:
        return ()
