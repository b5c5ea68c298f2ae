"""Comparing our books with the providers': what callbacks lost is settled, what
does not fit is named.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from payments.errors import OutcomeMismatch, ProviderRefused, ProviderUnavailable
from payments.models import Payment, PaymentEntry, Refund
from payments.providers import providers
from payments.providers.base import DisputeNews, Outcome, Provider, RefundNews
from payments.refunds.services import known_refund, take_refund_news
from payments.settlement import settle
from payments.settlement.disputes import disputed_payment, missing_steps, take_dispute_news
from payments.settlement.services import quarantine_answer, tells_news
from payments.states import EntryKind, PaymentState, RefundState
from shop.core.money import format_minor

logger = logging.getLogger(__name__)

# A refund that is asked for gets this long to reach the provider before its
# absence is a difference.
REFUND_TRAVELS = timedelta(minutes=10)
_MONEY_MOVED = {PaymentState.AUTHORIZED, PaymentState.CAPTURED}
_MONEY_NAMED = {*_MONEY_MOVED, PaymentState.PROCESSING}


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two books disagree. `is_settled`: ours have followed; otherwise a person has to look.

    `kind` is state, mismatch, unknown_payment, missing_payment, refund, unknown_refund,
    missing_refund, dispute or unreachable.
    """

    provider: str
    kind: str
    reference: str
    order: str
    ours: str
    theirs: str
    is_settled: bool = False


def reconcile(
    *, since: datetime, at: datetime, dry_run: bool = False, open_only: bool = False
) -> list[Difference]:
    """Compare the ledger with every provider's books from `since` on and settle
    what callbacks lost.

    With `dry_run` nothing is written; with `open_only` payments that are through are not asked for
    again. Calls the outside: no transaction.
    """
    found: list[Difference] = []
    for code, company in providers().items():
        if code != "manual":
            comparison = _Comparison(code, at=at, dry_run=dry_run)
            comparison.run(company, since=since, open_only=open_only)
            found += comparison.found
    for difference in found:
        logger.log(
            logging.INFO if difference.is_settled else logging.WARNING,
            "Books differ: %s %s %s: ours %s, theirs %s",
            difference.provider,
            difference.kind,
            difference.reference,
            difference.ours,
            difference.theirs,
        )
    return found


class _Comparison:
    """One provider's statement against our books."""

    def __init__(self, code: str, *, at: datetime, dry_run: bool) -> None:
        self.code, self.at, self.dry_run = code, at, dry_run
        self.found: list[Difference] = []
        self._payments: dict[str, Payment] = {}
        self._told: set[str] = set()
        self._refunds_told: set[str] = set()

    def run(self, company: Provider, *, since: datetime, open_only: bool) -> None:
        payments = list(
            Payment.objects.to_reconcile(
                self.code, since=since, open_only=open_only
            ).select_related("order")
        )
        self._payments = {str(payment.pk): payment for payment in payments}
        try:
            for news in company.statement(payments, since=since):
                if isinstance(news, Outcome):
                    self._compare(news)
                elif isinstance(news, RefundNews):
                    self._compare_refund(news)
                else:
                    self._compare_dispute(news)
        except (ProviderUnavailable, ProviderRefused) as failure:
            self._add("unreachable", "", "", "", failure.message)
            return
        self._look_for_missing(since)

    def _add(
        self,
        kind: str,
        reference: str,
        order: str,
        ours: str,
        theirs: str,
        *,
        settled: bool = False,
    ) -> None:
        self.found.append(
            Difference(self.code, kind, reference, order, ours, theirs, is_settled=settled)
        )

    def _compare(self, outcome: Outcome) -> None:
        payment = self._payments.get(outcome.reference) or _payment(self.code, outcome.reference)
        theirs = f"{outcome.state} {format_minor(outcome.amount_minor, outcome.currency)}"
        if payment is None:
            if outcome.state in _MONEY_NAMED:
                self._add("unknown_payment", outcome.reference, "", "", theirs)
            return
        self._told.add(outcome.reference)
        payment.refresh_from_db(
            fields=["state", "amount_minor", "capture_minor", "currency", "external_id"]
        )
        ours = f"{payment.state} {format_minor(payment.amount_minor, payment.currency)}"
        number = payment.order.number
        if tells_news(payment, outcome):
            settled = not self.dry_run and self._settle(payment, outcome)
            self._add("state", outcome.reference, number, ours, theirs, settled=settled)
        elif self._disagrees(payment, outcome):
            self._add("mismatch", outcome.reference, number, ours, theirs)

    @staticmethod
    def _disagrees(payment: Payment, outcome: Outcome) -> bool:
        if payment.state in _MONEY_MOVED or outcome.state in _MONEY_MOVED:
            is_taken = payment.state == PaymentState.CAPTURED
            return (
                payment.state != outcome.state
                or outcome.amount_minor
                != (payment.taken_minor if is_taken else payment.amount_minor)
                or payment.currency != outcome.currency
                or bool(outcome.faults)
            )
        return False

    def _settle(self, payment: Payment, outcome: Outcome) -> bool:
        try:
            settle(payment, outcome, at=self.at)
        except OutcomeMismatch as mismatch:
            quarantine_answer(payment, outcome, mismatch, at=self.at)
            return False
        return True

    def _compare_refund(self, news: RefundNews) -> None:
        refund = known_refund(self.code, news)
        theirs = f"{news.state} {format_minor(news.amount_minor, news.currency)}"
        if refund is not None:
            self._refunds_told.add(str(refund.pk))
        agrees = refund is not None and (
            refund.state == news.state
            and refund.amount_minor == news.amount_minor
            and refund.currency == news.currency
        )
        if agrees or (refund is None and not self._concerns_us(news)):
            return
        ours, number, is_settled = "", "", False
        if refund is not None:
            ours = f"{refund.state} {format_minor(refund.amount_minor, refund.currency)}"
            number = refund.payment.order.number
        if not self.dry_run:
            try:
                taken = take_refund_news(self.code, news, at=self.at)
            except OutcomeMismatch:
                taken = None
            if taken is not None:
                self._refunds_told.add(str(taken.pk))
                number = taken.payment.order.number
                is_settled = taken.state == news.state
        kind = "unknown_refund" if refund is None else "refund"
        self._add(kind, news.external_id, number, ours, theirs, settled=is_settled)

    def _compare_dispute(self, news: DisputeNews) -> None:
        payment = disputed_payment(self.code, news)
        if payment is None:
            return  # about something else that the merchant does with this account
        steps = missing_steps(payment, news)
        if not steps:
            return
        is_settled = False
        if not self.dry_run:
            try:
                is_settled = take_dispute_news(self.code, news, at=self.at) is not None
            except OutcomeMismatch:
                is_settled = False
        theirs = ", ".join(
            f"{kind} {format_minor(amount, news.currency)}" for kind, amount in steps.items()
        )
        self._add("dispute", news.key, payment.order.number, "", theirs, settled=is_settled)

    def _concerns_us(self, news: RefundNews) -> bool:
        """Whether a refund that we do not know pays back money of ours."""
        if news.key:
            return True
        captures = PaymentEntry.objects.filter(
            payment__provider=self.code, kind=EntryKind.CAPTURED, external_id=news.capture_id
        )
        return news.state != RefundState.FAILED and news.capture_id != "" and captures.exists()

    def _look_for_missing(self, since: datetime) -> None:
        for reference, payment in self._payments.items():
            if reference not in self._told and payment.state in _MONEY_MOVED:
                ours = f"{payment.state} {format_minor(payment.amount_minor, payment.currency)}"
                self._add("missing_payment", reference, payment.order.number, ours, "")
        asked = Refund.objects.counting().filter(
            payment__in=list(self._payments.values()),
            created_at__gte=since,
            created_at__lte=self.at - REFUND_TRAVELS,
        )
        for refund in asked.select_related("payment__order").order_by("pk"):
            if str(refund.pk) not in self._refunds_told:
                ours = f"{refund.state} {format_minor(refund.amount_minor, refund.currency)}"
                number = refund.payment.order.number
                self._add("missing_refund", str(refund.pk), number, ours, "")


def _payment(code: str, reference: str) -> Payment | None:
    try:
        key = uuid.UUID(reference)
    except ValueError:
        return None
    return Payment.objects.filter(pk=key, provider=code).select_related("order").first()
