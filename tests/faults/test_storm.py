"""Three hundred orders whose true events come shuffled, twice, eight at once, early and
forged: the books end equal.
"""

from __future__ import annotations

import copy
import random
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import OperationalError, connection
from django.utils import timezone

from orders.models import Order
from payments.errors import SignatureInvalid
from payments.inbox import receive_event, work_on_waiting
from payments.models import Payment, PaymentEntry, ProviderEvent, Refund
from payments.reconciliation import reconcile
from shop.core.integrity import check
from shop.core.outbox import deliver_due
from tests.faults.companies import StripeHouse
from tests.faults.fake_stripe import FakeStripe, sign
from tests.races.storm import at_once

pytestmark = [
    pytest.mark.once,
    pytest.mark.race,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(600),
]

# What shoppers, their banks, and staff on Stripe's own pages do with an order.
SCRIPTS = [
    "pay",
    "decline_then_pay",
    "second_step",
    "delayed",
    "refund_part",
    "refund_twice",
    "dispute_won",
    "dispute_lost",
]
# The storm plays the scripts in turn; the run in order plays each once.
STORM, IN_ORDER = 300, len(SCRIPTS)

Signed = tuple[dict[str, str], bytes]
Books = dict[str, Any]


def play(house: StripeHouse, number: int) -> tuple[Payment, list[dict[str, Any]]]:
    """One order as its shopper plays it: the payment, and the events that Stripe has for it."""
    script, company = SCRIPTS[number % len(SCRIPTS)], house.company
    payment = house.started(email=f"shopper{number}@example.com", items={f"SKU{number}": 1})
    session, before = payment.external_id, len(company.events)
    if script == "decline_then_pay":
        company.choose(session, "declined")
    if script == "second_step":
        company.choose(session, "action")
    company.choose(session, "delayed" if script == "delayed" else "good")
    if script == "delayed":
        company.arrive(session)
    intent = str(company.sessions[session]["payment_intent"])
    for amount in {"refund_part": [490], "refund_twice": [490, 2000]}.get(script, []):
        company.refund_at_dashboard(intent, amount)
    if script.startswith("dispute_"):
        company.end_dispute(company.dispute(intent), script.removeprefix("dispute_"))
    return payment, company.events[before:]


def books_of(payment: Payment) -> Books:
    """All that an order's books say about money. A refusal told after the money came is left out of
    the ledger, so refusals are not compared.
    """
    order = Order.objects.get(pk=payment.order_id)
    entries = PaymentEntry.objects.filter(payment=payment).exclude(kind="failed")
    return {
        "payment": Payment.objects.get(pk=payment.pk).state,
        "order": (order.status, order.payment_status),
        "sums": (
            order.amount_paid_minor,
            order.amount_refunded_minor,
            order.amount_disputed_minor,
            order.due_minor,
        ),
        "entries": sorted(entries.values_list("kind", "amount_minor")),
        "refunds": sorted(
            Refund.objects.filter(payment=payment).values_list("amount_minor", "state")
        ),
    }


def deliver_all() -> None:
    while deliver_due(limit=500):
        pass


def messages(number: int) -> list[str]:
    address = f"shopper{number}@example.com"
    subjects = [message.subject for message in mail.outbox if address in message.to]
    return sorted(re.sub(r"LN-\w+", "#", subject) for subject in subjects)


def forged(event: dict[str, Any], number: int) -> Signed:
    """What Mallory sends: a true event under a new id, signed with a secret of hers."""
    return sign({**event, "id": f"evt_forged_{number}"}, secret="whsec_mallory")


def bad(event: dict[str, Any], number: int) -> Signed:
    """An event that Stripe signed and that cannot be ours: another amount,
    currency, order or account.
    """
    told = copy.deepcopy({**event, "id": f"evt_bad_{number}"})
    subject, kind = told["data"]["object"], number % 4
    amount = next(name for name in ("amount_received", "amount_total") if name in subject)
    if kind == 0:
        subject[amount] += 1
    elif kind == 1:
        subject["currency"] = "usd"
    elif kind == 2:
        stranger = str(uuid.UUID(int=number))
        subject["metadata"]["linden_payment"] = stranger
        subject["client_reference_id"] = stranger
    else:
        told["account"] = "acct_mallory"
    return sign(told)


def told_of_money(events: list[dict[str, Any]]) -> dict[str, Any]:
    """The event that says that the money was taken."""
    return next(event for event in events if event["type"] == "payment_intent.succeeded")


def test_the_books_end_equal_however_the_events_come(stripe_company: FakeStripe):
    house = StripeHouse(stripe_company)
    start = timezone.now()
    expected: list[tuple[Books, list[str]]] = []
    for number in range(IN_ORDER):
        payment, events = play(house, number)
        for event in events:
            house.receive(sign(event))
        deliver_all()
        expected.append((books_of(payment), messages(number)))
    assert all(sent for _books, sent in expected)
    mail.outbox.clear()
    ProviderEvent.objects.all().delete()

    chance = random.Random(20261124)
    payments, wave = [], []
    for number in range(IN_ORDER, IN_ORDER + STORM):
        payment, events = play(house, number)
        payments.append((number, payment))
        wave += [sign(event) for event in events for _twice in range(2)]
        wave.append(forged(events[-1], number))
        wave.append(bad(told_of_money(events), number))
    # Early: half of the callbacks come before the answer that names the session is written down.
    Payment.objects.filter(pk__in=[payment.pk for _number, payment in payments[::2]]).update(
        external_id=""
    )
    chance.shuffle(wave)

    def deliver(number: int) -> str:
        headers, body = wave[number]
        while True:
            try:
                found = receive_event("stripe", headers=headers, body=body, at=timezone.now())
            except OperationalError:
                # SQLite lets eight writers wait in no order; who waited in vain is answered 503
                # and, as Stripe does, sends again.
                if connection.vendor != "sqlite":
                    raise
            else:
                return found.event.state

    answers = at_once(len(wave), deliver, refusals=(SignatureInvalid,))
    work_on_waiting(at=timezone.now() + timedelta(seconds=20), limit=len(wave))
    deliver_all()

    assert sum(isinstance(answer, SignatureInvalid) for answer in answers) == STORM
    seen = list(ProviderEvent.objects.values_list("event_id", "state", "type"))
    assert not [event_id for event_id, _state, _type in seen if event_id.startswith("evt_forged")]
    quarantined = {(event_id, type_) for event_id, state, type_ in seen if state == "quarantined"}
    alarms = {one for one in quarantined if one[1].startswith("charge.dispute.")}
    assert {event_id for event_id, _type in quarantined - alarms} == {
        f"evt_bad_{number}" for number, _payment in payments
    }
    # A dispute is for a person to answer: that it began, and that it was lost.
    assert len(alarms) == sum(_alarms_of(number) for number, _payment in payments)
    assert {state for _id, state, _type in seen} <= {"applied", "ignored", "quarantined"}
    for number, payment in payments:
        books, sent = expected[number % len(SCRIPTS)]
        assert books_of(payment) == books, SCRIPTS[number % len(SCRIPTS)]
        assert messages(number) == sent
    assert reconcile(since=start - timedelta(minutes=1), at=timezone.now()) == []
    assert [str(row) for row in check(at=timezone.now()) if row[1]] == []


def _alarms_of(number: int) -> int:
    return {"dispute_won": 1, "dispute_lost": 2}.get(SCRIPTS[number % len(SCRIPTS)], 0)
