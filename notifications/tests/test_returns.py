"""E-mails about returns: each tells its part, once."""

from __future__ import annotations

import pytest
from django.utils import timezone

from notifications.models import OutgoingMail
from notifications.services import write_return_mail
from orders.fulfillment import fulfill_order
from orders.models import Return, ReturnReceipt
from orders.returns import (
    Arrived,
    Wanted,
    approve_return,
    decline_return,
    receive_return,
    request_return,
)
from orders.tests.factories import CAROL
from payments.tests.factories import make_paid_order
from shop.core.actors import GUEST
from shop.core.outbox import deliver_due

pytestmark = pytest.mark.django_db


def asked(units: int = 2) -> Return:
    order = make_paid_order(items={"MUG": 3})
    fulfill_order(order, actor=CAROL, at=timezone.now())
    item = order.items.get()
    return request_return(order, items=[Wanted(item.pk, units)], actor=GUEST, at=timezone.now())


def e_mails() -> dict[str, OutgoingMail]:
    deliver_due()
    deliver_due()
    return {mail.kind: mail for mail in OutgoingMail.objects.filter(kind__startswith="return_")}


def test_a_request_is_confirmed():
    claim = asked()

    mail = e_mails()["return_requested"]

    assert mail.subject == f"Return {claim.number} requested"
    assert mail.to == "alice@example.com"
    assert f"/orders/{claim.order.number}/returns/{claim.number}/?token=" in mail.text


def test_an_approval_says_how_to_send(settings):
    settings.RETURN_ADDRESS = "Linden, Backhof 9, Berlin"
    claim = asked()

    approve_return(claim, message="Use the old box.", actor=CAROL, at=timezone.now())

    mail = e_mails()["return_approved"]
    assert mail.subject == f"Return {claim.number} approved"
    assert "Use the old box." in mail.text
    assert "Backhof 9" in mail.text


def test_a_refusal_says_why():
    claim = asked()

    decline_return(claim, message="It was worn.", actor=CAROL, at=timezone.now())

    mail = e_mails()["return_declined"]
    assert mail.subject == f"Return {claim.number} declined"
    assert "It was worn." in mail.text


def test_what_arrives_is_told_with_the_amount():
    claim = approve_return(asked(), actor=CAROL, at=timezone.now())
    row = claim.items.get()

    receive_return(
        claim,
        units={row.pk: Arrived(1)},
        deduction_minor=300,
        message="A scratch.",
        actor=CAROL,
        at=timezone.now(),
    )
    receive_return(claim, units={row.pk: Arrived(1)}, actor=CAROL, at=timezone.now())
    e_mails()

    mails = OutgoingMail.objects.filter(kind="return_received").order_by("pk")
    assert [mail.key for mail in mails] == [
        f"return_received:{receipt.pk}" for receipt in ReturnReceipt.objects.all()
    ]
    for words in ("€17", "€3 was deducted from the price.", "A scratch."):
        assert words in mails[0].text
    assert "€20" in mails[1].text


def test_each_e_mail_is_written_once():
    claim = asked()
    e_mails()

    again = write_return_mail("requested", claim.pk, at=timezone.now())

    assert again is None
    assert OutgoingMail.objects.filter(kind="return_requested").count() == 1
    kinds = [event.data["mail"] for event in claim.order.events.filter(kind="mail")]
    assert kinds.count("return_requested") == 1
