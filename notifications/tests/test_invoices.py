"""E-mails that lead to invoices and credit notes."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone

from notifications.models import OutgoingMail
from orders.fulfillment import fulfill_order
from orders.models import Order
from orders.tests.factories import CAROL
from payments.refunds import refund_order
from payments.tests.factories import make_paid_order
from shop.core.outbox import deliver_due

pytestmark = pytest.mark.django_db


def sent() -> Order:
    order = make_paid_order(at=timezone.now())
    fulfill_order(order, actor=CAROL, at=timezone.now())
    while deliver_due():
        pass
    return order


def led_to(kind: str) -> str:
    """The page at which the e-mail's link to invoices ends."""
    text = OutgoingMail.objects.get(kind=kind).text
    found = re.search(r"Invoices: https?://[^/]+(/\S+)", text)
    assert found is not None
    answer = Client().get(found[1], follow=True)
    assert answer.status_code == 200
    return answer.redirect_chain[-1][0]


def test_the_e_mail_about_the_parcel_leads_to_the_invoice():
    order = sent()

    number = order.invoices.get().number
    assert led_to("order_shipped") == f"/orders/{order.number}/invoices/{number}/"


def test_the_e_mail_about_a_refund_leads_to_the_credit_note():
    order = sent()
    refund_order(order, amount_minor=500, actor=CAROL, at=timezone.now())
    while deliver_due():
        pass

    assert order.invoices.filter(kind="credit_note").count() == 1
    assert led_to("order_refunded") == f"/orders/{order.number}/invoices/"
