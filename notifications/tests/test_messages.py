"""The e-mails: each cause once, in the reader's language, sent by the worker."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.utils import timezone, translation

from accounts.events import AccountMail
from cart.services import apply_gift_card
from notifications.models import OutgoingMail
from notifications.services import send_mail, write_order_mail
from orders.cancellation import cancel_order
from orders.fulfillment import fulfill_order
from orders.models import Order
from orders.tests.factories import CAROL, make_cart, make_order, make_shop
from payments.refunds import refund_order
from payments.tests.factories import DECLINED, make_paid_order, make_payment, use_card
from pricing.gift_cards import Greeting
from pricing.models import GiftCard
from pricing.tests.factories import make_gift_card
from shop.core.actors import GUEST
from shop.core.events import publish
from shop.core.models import OutboxDelivery
from shop.core.outbox import deliver_due

pytestmark = pytest.mark.django_db


def kinds() -> list[str]:
    return list(OutgoingMail.objects.order_by("pk").values_list("kind", flat=True))


def deliver() -> None:
    while deliver_due():
        continue


def test_a_paid_order_is_confirmed_by_mail(mailoutbox: Any):
    order = make_paid_order()

    deliver()

    [message] = mailoutbox
    assert message.to == ["alice@example.com"]
    assert message.subject == f"Order {order.number} confirmed"
    assert "Mug: €20" in message.body
    html = message.alternatives[0][0]
    assert f"/orders/{order.number}/?token={order.token}" in html
    assert len(html) < 60_000
    assert "<script" not in html
    assert OutgoingMail.objects.get().status == "sent"


def test_an_e_mail_is_written_in_the_language_of_the_order(settings: Any):
    settings.LANGUAGES = [("en", "English"), ("de", "German")]
    with translation.override("de"):
        order = make_order(payment_method="cash", at=timezone.now())

    deliver()

    assert OutgoingMail.objects.get().language == order.language == "de"
    assert '<html lang="de"' in OutgoingMail.objects.get().html


def test_a_transfer_is_asked_for_by_mail():
    order = make_order(payment_method="transfer", at=timezone.now())

    deliver()

    mail = OutgoingMail.objects.get()
    assert mail.kind == "order_received"
    assert "Account DE00 0000" in mail.text
    assert f"Reference: {order.number}" in mail.text


def test_every_turn_of_an_order_has_its_e_mail():
    payment = use_card(make_payment(), DECLINED)
    deliver()
    use_card(payment)
    deliver()
    order = payment.order
    fulfill_order(
        order,
        carrier="DHL",
        tracking_number="0034",
        tracking_url="https://dhl.example/0034",
        actor=CAROL,
        at=timezone.now(),
    )
    deliver()
    refund_order(order, amount_minor=500, reason="A scratch", actor=CAROL, at=timezone.now())
    deliver()
    cancel_order(make_order(at=timezone.now()), actor=GUEST, at=timezone.now())
    deliver()

    assert kinds() == [
        "order_payment_failed",
        "order_confirmed",
        "order_shipped",
        "order_refunded",
        "order_canceled",
    ]
    assert "https://dhl.example/0034" in OutgoingMail.objects.get(kind="order_shipped").text
    assert "€5" in OutgoingMail.objects.get(kind="order_refunded").text


def test_a_failed_payment_is_told_in_our_words_for_its_code():
    payment = make_payment()
    payment.failure_code = "instrument_declined"
    payment.failure_message = "PayPal could not take the money this way."
    payment.save()

    write_order_mail("payment_failed", payment.order_id, payment=str(payment.pk), at=timezone.now())

    text = OutgoingMail.objects.get().text
    assert "The payment was declined." in text
    assert payment.failure_message not in text


def test_a_cause_has_one_e_mail_however_often_it_is_told():
    order = make_order(payment_method="cash", at=timezone.now())
    deliver()

    again = write_order_mail("confirmed", order.pk, at=timezone.now())

    assert again is None
    assert kinds() == ["order_confirmed"]


def test_a_dead_mail_server_is_tried_again_later():
    make_order(payment_method="cash", at=timezone.now())
    with patch.object(EmailMultiAlternatives, "send", side_effect=OSError("refused")):
        deliver()
    mail = OutgoingMail.objects.get()
    failed = (mail.status, mail.last_error)

    OutboxDelivery.objects.filter(status="pending").update(due_at=timezone.now())
    deliver()

    mail.refresh_from_db()
    assert failed == ("failed", "OSError('refused')")
    assert (mail.status, mail.last_error) == ("sent", "")


def test_a_sent_e_mail_is_not_sent_twice(mailoutbox: Any):
    make_order(payment_method="cash", at=timezone.now())
    deliver()

    send_mail(OutgoingMail.objects.get().pk)

    assert len(mailoutbox) == 1


def test_a_name_cannot_add_headers_or_markup(mailoutbox: Any):
    greeting = Greeting(
        recipient_name="<b>x</b>",
        recipient_email="bob@example.com",
        sender_name="Hello\r\nBcc: mallory@example.com",
        message="{{7*7}}",
    )
    make_gift_card(at=timezone.now(), greeting=greeting)

    deliver()

    [message] = mailoutbox
    html = message.alternatives[0][0]
    assert message.subject == "Hello Bcc: mallory@example.com sent you a €50 gift card"
    assert "&lt;b&gt;x&lt;/b&gt;, here is your" in html
    assert "<b>x</b>, here is your" in message.body
    assert "{{7*7}}" in html


@pytest.mark.parametrize(
    ("kind", "context", "words"),
    [
        ("verify_email", {"url": "https://shop.example/v/1"}, "https://shop.example/v/1"),
        ("reset_password", {"url": "https://shop.example/r/1"}, "https://shop.example/r/1"),
        ("password_changed", {"at": "2026-11-23T12:00:00+00:00"}, "23 November 2026"),
        ("account_exists", {"login_url": "https://shop.example/l"}, "https://shop.example/l"),
    ],
)
def test_e_mails_about_accounts(kind: str, context: dict[str, str], words: str):
    publish(AccountMail(kind=kind, email="alice@example.com", context=context, language="en"))

    deliver()

    mail = OutgoingMail.objects.get()
    assert (mail.to, mail.status) == ("alice@example.com", "sent")
    assert words in mail.text


def test_the_mailbox_shows_e_mails_without_scripts(client: Client):
    from catalog.models import Page

    Page.objects.get_or_create(slug="contact", defaults={"title": "Contact"})
    make_order(payment_method="cash", at=timezone.now())
    deliver()
    mail = OutgoingMail.objects.get()

    assert mail.subject in client.get("/dev/mail/").content.decode()
    assert client.get(f"/dev/mail/{mail.pk}/").status_code == 200
    shown = client.get(f"/dev/mail/{mail.pk}/html/")
    assert "sandbox" in shown["Content-Security-Policy"]
    assert "script-src" not in shown["Content-Security-Policy"]
    assert client.get("/dev/mail/999/").status_code == 404


# Gift cards
# ----------------------------------------------------------------------------------------


def order_with_card(amount_minor: int, **options: Any) -> tuple[Order, GiftCard]:
    """An order of 24.90 EUR that a card pays, or a part of it."""
    make_shop()
    card = make_gift_card(amount_minor)
    cart = apply_gift_card(make_cart(MUG=1), card.code, at=timezone.now())
    return make_order(cart=cart, at=timezone.now(), **options), card


def test_an_e_mail_says_what_a_gift_card_paid(mailoutbox: Any):
    _order, card = order_with_card(5000)

    deliver()

    [message] = mailoutbox
    assert f"Gift card ·{card.last4}: -€24.90." in message.body
    assert card.code not in message.body


def test_a_transfer_is_asked_for_what_a_gift_card_left(mailoutbox: Any):
    order, card = order_with_card(1000, payment_method="transfer")

    deliver()

    [message] = mailoutbox
    assert message.subject == f"Order {order.number} received: please pay €14.90"
    assert "Amount: €14.90" in message.body
    assert f"Gift card ·{card.last4}: -€10. Remaining balance: €14.90. Transfer." in message.body


def test_money_that_is_back_on_a_card_is_told_as_that(mailoutbox: Any):
    order, card = order_with_card(5000)
    cancel_order(order, actor=GUEST, at=timezone.now())

    deliver()

    bodies = {message.subject: message.body for message in mailoutbox}
    told = bodies[f"Refund for order {order.number}"]
    assert f"€24.90 was returned to your gift card: Gift card ·{card.last4}." in told
