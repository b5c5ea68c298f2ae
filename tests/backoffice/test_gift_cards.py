"""Gift cards in the back office: found, issued, changed and switched, by whom it may be."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.tests.factories import StaffFactory
from notifications.models import OutgoingMail
from orders.tests.factories import make_cart, make_order, make_shop
from pricing.gift_cards import refund_to_card, spend_cards, switch_card, void_card
from pricing.models import GiftCard, GiftCardEntry
from pricing.states import GiftCardState
from pricing.tests.factories import CAROL, make_gift_card
from shop.core.actors import SYSTEM
from shop.core.models import AuditEntry
from shop.core.outbox import deliver_due

pytestmark = pytest.mark.django_db

LIST = "/admin/pricing/giftcard/"
ADD = LIST + "add/"
SENT = {"_form_submitted": "True"}


@pytest.fixture
def finance() -> Client:
    return staff("finance")


def staff(*groups: str) -> Client:
    client = Client()
    client.force_login(StaffFactory(groups=list(groups), email=f"{'-'.join(groups)}@example.com"))
    return client


def page(card: GiftCard, act: str = "change") -> str:
    if act == "change":
        return reverse("admin:pricing_giftcard_change", args=[card.pk])
    return f"{LIST}{card.pk}/{act}/"


def typed(**changes: Any) -> dict[str, Any]:
    """The form as it is sent."""
    return {
        "amount": "25.00",
        "currency": "EUR",
        "reason": "For the late parcel",
        "key": str(uuid.uuid4()),
    } | changes


def says_why(response: Any) -> bool:
    """Whether a form came back with the reason at a field of it."""
    html = response.content.decode()
    return response.status_code != 302 and ('class="errors ' in html or "errorlist" in html)


def ends_of(response: Any) -> set[str]:
    """The cards a list shows."""
    html = response.content.decode()
    return {card.last4 for card in GiftCard.objects.all() if f">·{card.last4}<" in html}


# Looking
# -------------------------------------------------------------------------------------------


def make_one_of_each() -> dict[str, GiftCard]:
    at = timezone.now()
    cards = {state.value: make_gift_card(1000, at=at) for state in GiftCardState}
    spend_cards(
        {cards["empty"].pk: 1000},
        references={cards["empty"].pk: "p"},
        order_number="",
        actor=SYSTEM,
        at=at,
    )
    switch_card(cards["off"], is_active=False, reason="lost", actor=CAROL)
    void_card(cards["voided"], reference="credit:1", actor=CAROL, at=at)
    GiftCard.objects.filter(pk=cards["over"].pk).update(expires_at=at)
    return cards


def test_every_card_is_in_one_state_and_the_list_filters_by_it(finance):
    cards = make_one_of_each()

    at = timezone.now()
    found = {state: finance.get(LIST, {"state": state}) for state in cards}

    assert {
        name: GiftCard.objects.get(pk=card.pk).state(at=at) for name, card in cards.items()
    } == {name: name for name in cards}
    assert {state: ends_of(response) for state, response in found.items()} == {
        state: {card.last4} for state, card in cards.items()
    }
    assert "Switched off" in finance.get(page(cards["off"])).content.decode()


def test_a_state_that_is_none_shows_no_card(finance):
    make_gift_card()

    response = finance.get(LIST, {"state": "nonsense"})

    assert ends_of(response) == set()


def test_cards_are_found_by_end_order_name_and_mail(finance):
    order = make_order(cart=make_cart(MUG=1))
    bought = make_gift_card(at=timezone.now(), order_number=order.number)
    spent = make_gift_card(at=timezone.now())
    spend_cards(
        {spent.pk: 100},
        references={spent.pk: "p"},
        order_number=order.number,
        actor=SYSTEM,
        at=timezone.now(),
    )
    other = make_gift_card(at=timezone.now())
    GiftCard.objects.filter(pk=other.pk).update(
        recipient_name="Bob", recipient_email="bob@example.com"
    )

    asked = [f"·{bought.last4}", spent.last4.lower(), order.number, "bob", "BOB@example.com", "Mal"]
    found = [ends_of(finance.get(LIST, {"q": term})) for term in asked]

    assert found == [
        {bought.last4},
        {spent.last4},
        {bought.last4, spent.last4},
        {other.last4},
        {other.last4},
        set(),
    ]
    assert ends_of(finance.get(LIST, {"origin": "bought"})) == {bought.last4}
    assert ends_of(finance.get(LIST, {"origin": "staff"})) == {spent.last4, other.last4}


def test_no_page_tells_the_code(finance):
    card = make_gift_card(at=timezone.now())
    plain = card.code.replace("-", "")

    pages = [finance.get(url).content.decode() for url in (LIST, page(card), page(card, "history"))]

    assert [text for text in pages if card.code in text or plain in text] == []
    assert f"·{card.last4}" in pages[1]


def test_the_page_shows_each_movement_with_what_was_left(finance):
    order = make_order(cart=make_cart(MUG=1))
    card = make_gift_card(5000, at=timezone.now())
    spend_cards(
        {card.pk: 1200},
        references={card.pk: "p"},
        order_number=order.number,
        actor=SYSTEM,
        at=timezone.now(),
    )
    refund_to_card(card.pk, amount_minor=200, reference="r", at=timezone.now())

    html = finance.get(page(card)).content.decode()

    lines = [
        "Refunded +€2.00",
        "balance €40.00",
        "Redeemed -€12.00",
        "balance €38.00",
        "balance €50.00",
    ]
    places = [html.index(line) for line in lines]
    assert places == sorted(places)
    assert reverse("admin:orders_order_change", args=[order.pk]) in html


def test_the_page_of_an_order_links_to_the_cards_bought_in_it(finance):
    order = make_order(cart=make_cart(MUG=1))
    card = make_gift_card(at=timezone.now(), order_number=order.number)

    html = finance.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()

    assert page(card) in html
    assert "Purchased gift cards" in html


def test_the_list_and_the_page_cost_the_same_for_one_and_for_many(finance):
    make_shop()

    def cost(url: str) -> int:
        finance.get(url)
        with CaptureQueriesContext(connection) as captured:
            assert finance.get(url).status_code == 200
        return len(captured)

    card = make_gift_card(50_000, at=timezone.now(), order_number=make_order().number)
    before = cost(LIST), cost(page(card))
    for number in range(8):
        order = make_order(cart=make_cart(MUG=1), at=timezone.now())
        make_gift_card(at=timezone.now(), order_number=order.number)
        spend_cards(
            {card.pk: 10},
            references={card.pk: f"p{number}"},
            order_number=order.number,
            actor=SYSTEM,
            at=timezone.now(),
        )

    after = cost(LIST), cost(page(card))

    assert after == before
    assert max(after) <= 12


# Issuing
# -------------------------------------------------------------------------------------------


def test_a_card_with_an_address_is_issued_and_mailed(finance, mailoutbox):
    response = finance.post(
        ADD,
        typed(
            recipient_name="Bob",
            recipient_email="bob@example.com",
            sender_name="Linden",
            message="Sorry  for the wait",
            last_day="2030-12-31",
        ),
    )
    while deliver_due():
        continue

    card = GiftCard.objects.get()
    assert response.url == page(card)
    assert (card.balance_minor, card.currency, card.reason) == (2500, "EUR", "For the late parcel")
    assert card.issued_by == "finance@example.com"
    assert card.message == "Sorry for the wait"
    # The day ends at midnight in Berlin.
    assert card.expires_at == datetime(2030, 12, 31, 23, tzinfo=UTC)
    [message] = mailoutbox
    assert message.to == ["bob@example.com"]
    assert card.code in message.body
    assert "until 1 January 2031" not in message.body
    entry = AuditEntry.objects.get(action="gift_card.issue")
    assert entry.changes == {
        "balance": [None, {"amount_minor": 2500, "currency": "EUR"}],
        "reason": [None, "For the late parcel"],
    }
    html = finance.get(page(card)).content.decode()
    assert "bob@example.com" in html
    assert "Sent," in html


def test_a_card_without_an_address_shows_its_code_to_who_issues_it(finance):
    response = finance.post(ADD, typed())

    card = GiftCard.objects.get()
    assert response.status_code == 200
    assert card.code in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert not OutgoingMail.objects.exists()


def test_a_form_sent_twice_issues_one_card(finance):
    form = typed()

    first = finance.post(ADD, form)
    second = finance.post(ADD, form)
    other = finance.post(ADD, form | {"amount": "99.00"})

    card = GiftCard.objects.get()
    assert card.code in first.content.decode()
    assert card.code in second.content.decode()
    assert other.status_code == 422
    assert card.code not in other.content.decode()


def test_the_key_of_another_s_form_shows_nobody_else_s_card(finance):
    form = typed()
    finance.post(ADD, form)
    first = GiftCard.objects.get()
    mallory = Client()
    mallory.force_login(StaffFactory(groups=["finance"], email="mallory@example.com"))

    response = mallory.post(ADD, form)

    assert GiftCard.objects.count() == 2
    assert first.code not in response.content.decode()


@pytest.mark.parametrize(
    "change",
    [
        {"amount": ""},
        {"amount": "0"},
        {"amount": "-1.00"},
        {"amount": "1,00"},
        {"amount": "1.005"},
        {"amount": "99999999999999999"},
        {"currency": "XXX"},
        {"reason": " "},
        {"recipient_email": "bob"},
        {"recipient_name": "B\u202eob"},
        {"message": "x" * 501},
        {"last_day": "2020-01-01"},
        {"last_day": "31.12.2030"},
        {"last_day": "9999-12-31"},
        {"key": "no key"},
    ],
    ids=str,
)
def test_a_card_that_makes_no_sense_is_refused_on_the_form(finance, change):
    response = finance.post(ADD, typed(**change))

    assert response.status_code == 422
    assert says_why(response)
    assert not GiftCard.objects.exists()


# Changing
# ------------------------------------------------------------------------------------------


def test_a_balance_is_changed_with_a_reason_once(finance):
    card = make_gift_card(5000, at=timezone.now())
    form = SENT | {"amount": "-12.50", "reason": "Typed wrong", "key": str(uuid.uuid4())}

    first = finance.post(page(card, "adjust"), form)
    finance.post(page(card, "adjust"), form)

    card.refresh_from_db()
    assert first.url == page(card)
    assert card.balance_minor == 3750
    entry = GiftCardEntry.objects.get(kind="adjusted")
    assert (entry.amount_minor, entry.note, entry.actor) == (
        -1250,
        "Typed wrong",
        "finance@example.com",
    )
    assert AuditEntry.objects.get(action="gift_card.adjust").actor_label == "finance@example.com"


@pytest.mark.parametrize(
    "change",
    [{"amount": "0"}, {"amount": "-50.01"}, {"amount": "ten"}, {"amount": ""}, {"reason": ""}],
    ids=str,
)
def test_a_change_that_cannot_be_stands_in_the_dialog(finance, change):
    card = make_gift_card(5000, at=timezone.now())
    form = SENT | {"amount": "1.00", "reason": "Why", "key": str(uuid.uuid4())} | change

    response = finance.post(page(card, "adjust"), form)

    card.refresh_from_db()
    assert says_why(response)
    assert (card.balance_minor, GiftCardEntry.objects.count()) == (5000, 1)


def test_support_switches_a_card_off_and_on_with_a_reason():
    card, support = make_gift_card(at=timezone.now()), staff("support")

    asked = support.get(page(card, "switch-off")).content.decode()
    silent = support.post(page(card, "switch-off"), SENT | {"reason": ""})
    support.post(page(card, "switch-off"), SENT | {"reason": "Stolen"})
    card.refresh_from_db()
    off = card.is_active
    support.post(page(card, "switch-on"), SENT | {"reason": "Found"})
    card.refresh_from_db()

    assert "It keeps its balance of €50.00." in asked
    assert says_why(silent)
    assert (off, card.is_active) == (False, True)
    entries = AuditEntry.objects.filter(action="gift_card.switch").order_by("pk")
    assert [entry.changes for entry in entries] == [
        {"is_active": [True, False], "reason": [None, "Stolen"]},
        {"is_active": [False, True], "reason": [None, "Found"]},
    ]


def test_a_card_that_was_taken_back_offers_nothing(finance):
    card = make_gift_card(at=timezone.now())
    void_card(card, reference="credit:1", actor=CAROL, at=timezone.now())

    html = finance.get(page(card)).content.decode()
    answers = [
        finance.post(page(card, act), SENT | {"amount": "1", "reason": "r", "key": uuid.uuid4()})
        for act in ("adjust", "switch-off", "switch-on")
    ]

    card.refresh_from_db()
    assert "Voided" in html
    assert [f"/{card.pk}/{act}/" in html for act in ("adjust", "switch-on")] == [False, False]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert (card.balance_minor, card.is_active) == (0, False)


# Who may what
# -------------------------------------------------------------------------------------- Group, and
# the answer to: the list, a card, the form, a change of the balance, switching off.
RIGHTS = """
catalog      403 403 403 403 403
fulfillment  403 403 403 403 403
support      200 200 403 403 302
finance      200 200 200 302 302
"""


@pytest.mark.parametrize("row", RIGHTS.strip().splitlines())
def test_each_group_may_do_what_it_should(row):
    group, *expected = row.split()
    card, client = make_gift_card(at=timezone.now()), staff(group)

    found = [
        client.get(LIST),
        client.get(page(card)),
        client.post(ADD, typed(recipient_email="bob@example.com") | {"amount": ""}),
        client.post(
            page(card, "adjust"), SENT | {"amount": "1", "reason": "r", "key": uuid.uuid4()}
        ),
        client.post(page(card, "switch-off"), SENT | {"reason": "r"}),
    ]

    codes = [200 if answer.status_code == 422 else answer.status_code for answer in found]
    assert [str(code) for code in codes] == expected


def test_what_a_group_may_not_do_is_not_offered():
    card = make_gift_card(at=timezone.now())
    support = staff("support")

    listed, shown = (support.get(url).content.decode() for url in (LIST, page(card)))

    assert ADD not in listed
    assert page(card, "adjust") not in shown
    assert page(card, "switch-off") in shown


def test_a_card_whose_time_is_over_says_until_when_it_could_be_spent(finance):
    card = make_gift_card(at=timezone.now(), expires_at=timezone.now() + timedelta(days=1))

    html = finance.get(page(card)).content.decode()

    assert "Valid until" in html
