"""Gift cards: codes, movements, and what must never happen to a balance."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from pricing import gift_card_codes as codes
from pricing.errors import GiftCardShort, GiftCardSpent
from pricing.gift_cards import (
    Greeting,
    adjust_card,
    expire_cards,
    issue_card,
    refund_to_card,
    spend_cards,
    switch_card,
    void_card,
)
from pricing.models import GiftCard, GiftCardEntry
from pricing.tests.factories import CAROL, NOON, make_gift_card
from shop.core.actors import SYSTEM
from shop.core.errors import Invalid
from shop.core.models import AuditEntry, OutboxEvent

pytestmark = pytest.mark.django_db


def spend(card: GiftCard, amount_minor: int, *, reference: str = "p1", at=NOON) -> GiftCardEntry:
    entries = spend_cards(
        {card.pk: amount_minor},
        references={card.pk: reference},
        order_number="LN-1",
        actor=SYSTEM,
        at=at,
    )
    return entries[card.pk]


def movements(card: GiftCard) -> list[tuple[str, int]]:
    return list(card.entries.values_list("kind", "amount_minor"))


def balance(card: GiftCard) -> int:
    card.refresh_from_db()
    return card.balance_minor


# Codes -------------------------------------------------------------------------------------------


def test_a_code_is_a_hundred_bits_in_groups_that_can_be_read_aloud():
    code = make_gift_card().code

    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]{4}", code)


def test_codes_of_cards_differ_in_every_place():
    derived = [codes.derive_code(uuid.UUID(int=number), "key") for number in range(200)]

    assert len(set(derived)) == 200
    assert all(len({code[place] for code in derived}) > 20 for place in range(20))


def test_the_code_follows_from_the_seed_and_the_secret_key():
    """A literal: changing the derivation would invalidate the codes in e-mails not sent yet."""
    assert codes.derive_code(uuid.UUID(int=7), "key") == "YYG68YSXSFAX625CTRS5"


@pytest.mark.parametrize(
    "write",
    [
        str.lower,
        lambda code: code.replace("-", " "),
        lambda code: f"  {code.replace('-', '')}\u00a0",
    ],
)
def test_a_code_is_found_however_it_is_typed(write):
    card = make_gift_card()

    assert GiftCard.objects.with_code(write(card.code)).get() == card


def test_look_alikes_are_read_as_what_is_meant():
    assert codes.clean_code("oil0-1111-2222-3333-4444") == "01101111222233334444"


@pytest.mark.parametrize("text", ["", "7K3M", "U" * 20, "é" * 20, "1" * 21, "1" * 5000, "\0" * 20])
def test_what_cannot_be_a_code_finds_nothing(text):
    make_gift_card()

    assert codes.clean_code(text) == ""
    assert not GiftCard.objects.with_code(text).exists()


def test_no_table_holds_the_code():
    card = make_gift_card(greeting=Greeting(recipient_email="bob@example.com"))
    bare = card.code.replace("-", "")

    stored = [
        str(value)
        for model in (GiftCard, OutboxEvent, AuditEntry)
        for value in model.objects.values()
    ]

    assert not [row for row in stored if bare in row or card.code in row]
    assert card.last4 == bare[-4:]
    assert card.masked_code == f"••••-••••-••••-••••-{bare[-4:]}"


def test_a_renewed_key_voids_no_card_but_can_tell_its_code_no_more(settings):
    card = make_gift_card()
    code, old = card.code, settings.SECRET_KEY

    settings.SECRET_KEY = "another"

    assert GiftCard.objects.with_code(code).get() == card
    assert card.code == ""
    settings.SECRET_KEY_FALLBACKS = [old]
    assert card.code == code


# Issuing -----------------------------------------------------------------------------------------


def test_a_card_begins_with_an_entry():
    card = make_gift_card(5000, reason="sorry")

    assert (card.balance_minor, card.initial_minor, card.currency) == (5000, 5000, "EUR")
    assert movements(card) == [("issued", 5000)]
    assert OutboxEvent.objects.get().payload == {"card_id": card.pk}
    logged = AuditEntry.objects.get()
    assert (logged.action, logged.changes) == (
        "gift_card.issue",
        {"balance": [None, {"amount_minor": 5000, "currency": "EUR"}], "reason": [None, "sorry"]},
    )


def test_one_source_issues_one_card():
    first = make_gift_card(source="item:7:1")

    second = make_gift_card(source="item:7:1", at=NOON + timedelta(days=1))

    assert second == first
    assert GiftCardEntry.objects.count() == 1
    assert OutboxEvent.objects.count() == 1


@pytest.mark.parametrize("amount", [0, -1, 10**15 + 1])
def test_a_card_of_no_sane_amount_is_refused(amount):
    with pytest.raises(Invalid):
        issue_card(amount_minor=amount, currency="EUR", actor=CAROL, at=NOON)

    assert not GiftCard.objects.exists()


def test_a_card_that_is_over_when_it_is_issued_is_refused():
    with pytest.raises(Invalid):
        make_gift_card(expires_at=NOON)

    assert not GiftCard.objects.exists()


# Spending ----------------------------------------------------------------------------------------


def test_a_card_is_spent_in_parts():
    card = make_gift_card(5000)

    spend(card, 2000, reference="p1")
    spend(card, 3000, reference="p2")

    assert balance(card) == 0
    assert movements(card) == [("issued", 5000), ("spent", -2000), ("spent", -3000)]


def test_a_card_gives_no_more_than_it_holds():
    card = make_gift_card(5000)

    with pytest.raises(GiftCardShort):
        spend(card, 5001)

    assert balance(card) == 5000
    assert movements(card) == [("issued", 5000)]


def test_of_several_cards_all_are_spent_or_none():
    full, short = make_gift_card(5000), make_gift_card(1000)

    with pytest.raises(GiftCardShort):
        spend_cards(
            {full.pk: 5000, short.pk: 1001},
            references={full.pk: "p1", short.pk: "p2"},
            order_number="LN-1",
            actor=SYSTEM,
            at=NOON,
        )

    assert (balance(full), balance(short)) == (5000, 1000)
    assert GiftCardEntry.objects.count() == 2


def test_a_card_is_over_at_the_very_second():
    card = make_gift_card(expires_at=NOON + timedelta(days=1))

    with pytest.raises(GiftCardShort):
        spend(card, 1, at=NOON + timedelta(days=1))
    spend(card, 1, at=NOON + timedelta(days=1, microseconds=-1))

    assert balance(card) == 4999


def test_a_card_that_is_switched_off_is_not_spent():
    card = switch_card(make_gift_card(), is_active=False, reason="lost", actor=CAROL)

    with pytest.raises(GiftCardShort):
        spend(card, 1)

    assert balance(card) == 5000
    assert AuditEntry.objects.filter(action="gift_card.switch").get().changes == {
        "is_active": [True, False],
        "reason": [None, "lost"],
    }


def test_the_database_refuses_a_balance_below_zero():
    card = make_gift_card(5000)

    with pytest.raises(IntegrityError), transaction.atomic():
        GiftCard.objects.filter(pk=card.pk).update(balance_minor=-1)

    assert balance(card) == 5000


def test_entries_are_only_added():
    entry = spend(make_gift_card(), 100)

    with pytest.raises(RuntimeError):
        entry.save()
    with pytest.raises(RuntimeError):
        entry.delete()

    assert GiftCardEntry.objects.count() == 2


# Money that comes back
# -----------------------------------------------------------------------------


def test_a_refund_comes_back_once_however_often_it_is_sent():
    card = make_gift_card(5000)
    spend(card, 5000)

    entries = {
        refund_to_card(card.pk, amount_minor=2000, reference="r1", at=NOON).pk for _ in "123"
    }

    assert len(entries) == 1
    assert balance(card) == 2000


def test_a_refund_makes_a_card_that_is_over_valid_for_another_90_days():
    card = make_gift_card(5000, expires_at=NOON + timedelta(days=1))
    spend(card, 5000)
    later = NOON + timedelta(days=30)

    entry = refund_to_card(card.pk, amount_minor=5000, reference="r1", at=later)

    assert balance(card) == 5000
    assert card.expires_at == later + timedelta(days=90)
    assert entry.note == "The gift card had expired. It can be used for another 90 days."
    spend(card, 5000, reference="p2", at=later)


def test_a_refund_leaves_a_card_switched_off_and_its_money_on_it():
    card = make_gift_card(5000)
    spend(card, 5000)
    switch_card(card, is_active=False, reason="stolen", actor=CAROL)

    refund_to_card(card.pk, amount_minor=5000, reference="r1", at=NOON)

    assert (balance(card), card.is_active) == (5000, False)


# Staff's own acts
# ----------------------------------------------------------------------------------


def test_an_adjustment_has_a_reason_and_happens_once():
    card = make_gift_card(5000)

    for _click in "12":
        card = adjust_card(
            card, amount_minor=-1500, reason="typo", reference="form-1", actor=CAROL, at=NOON
        )

    assert balance(card) == 3500
    assert movements(card) == [("issued", 5000), ("adjusted", -1500)]
    assert AuditEntry.objects.filter(action="gift_card.adjust").get().changes == {
        "balance": [
            {"amount_minor": 5000, "currency": "EUR"},
            {"amount_minor": 3500, "currency": "EUR"},
        ],
        "reason": [None, "typo"],
    }


@pytest.mark.parametrize(
    ("amount", "reason", "error"),
    [(0, "typo", Invalid), (100, " ", Invalid), (-5001, "typo", GiftCardShort)],
)
def test_an_adjustment_that_makes_no_sense_is_refused(amount, reason, error):
    card = make_gift_card(5000)

    with pytest.raises(error):
        adjust_card(
            card, amount_minor=amount, reason=reason, reference="form-1", actor=CAROL, at=NOON
        )

    assert balance(card) == 5000
    assert movements(card) == [("issued", 5000)]


def test_switching_a_card_needs_a_reason():
    card = make_gift_card()

    with pytest.raises(Invalid):
        switch_card(card, is_active=False, reason="", actor=CAROL)

    card.refresh_from_db()
    assert card.is_active


def test_an_untouched_card_is_voided_once():
    card = make_gift_card(5000)

    for _try in "12":
        card = void_card(card, reference="LN-1", actor=SYSTEM, at=NOON)

    assert (balance(card), card.is_active) == (0, False)
    assert movements(card) == [("issued", 5000), ("voided", -5000)]


def test_a_card_that_was_spent_is_not_voided():
    card = make_gift_card(5000)
    spend(card, 1)

    with pytest.raises(GiftCardSpent):
        void_card(card, reference="LN-1", actor=SYSTEM, at=NOON)

    assert (balance(card), card.is_active) == (4999, True)


# The clock
# -----------------------------------------------------------------------------------------


def test_what_is_on_cards_that_are_over_is_written_off_once():
    over = make_gift_card(5000, expires_at=NOON + timedelta(days=1))
    spend(over, 1000)
    valid = make_gift_card(5000, expires_at=NOON + timedelta(days=3))
    later = NOON + timedelta(days=1)

    counts = [expire_cards(at=later), expire_cards(at=later)]

    assert counts == [1, 0]
    assert (balance(over), balance(valid)) == (0, 5000)
    assert movements(over) == [("issued", 5000), ("spent", -1000), ("expired", -4000)]
