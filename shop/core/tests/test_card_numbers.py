"""What looks like a card number, what does not, and where a body says so."""

from __future__ import annotations

import random
import re

import pytest
from django import forms

from shop.core.card_numbers import CardFreeForm, CardNumberTyped, holds_card, refuse_cards

CARDS = [
    "4242424242424242",
    "4242 4242 4242 4242",
    "4242-4242-4242-4242",
    "4242.4242.4242.4242",
    "4242\u00a04242\u00a04242\u00a04242",
    "４２４２４２４２４２４２４２４２",
    "my card is 4242 4242 4242 4242, until 12/30, code 123",
    "4242 4242 4242 4242 12/30",
    "order 17, 4242 4242 4242 4242",
    "card:4242424242424242.",
    "4222222222222",
    "5555555555554444",
    "2223003122003222",
    "378282246310005",
    "3782 822463 10005",
    "30569309025904",
    "36227206271667",
    "3566002020360505",
    "6011111111111117",
    "6205500000000000004",
    "6759649826438453",
]
OTHERS = [
    "",
    "4242424242424241",
    "1234567812345670",
    "9999999999999995",
    "424242424242",
    "42424242424242424242",
    "LN-4242424242",
    "AB4242424242424242",
    "4242424242424242x",
    "+49 30 1234 5678 9012",
    "+4242424242424242",
    "DE89 3704 0044 0532 0130 00",
    "NO93 8601 1117 947",
    "2026-11-24 14:33:22",
    "20261124-123456789",
    "00340434161094042557",
    "3f1c6e2a-8d7b-4c55-9a3e-0b1d2c3e4f50",
    "1.234.567.890.123,00",
]


@pytest.mark.parametrize("text", CARDS)
def test_a_card_number_is_known_however_it_is_written(text):
    assert holds_card(text)


@pytest.mark.parametrize("text", OTHERS)
def test_what_only_looks_a_little_like_one_is_not(text):
    assert not holds_card(text)


def test_one_wrong_digit_makes_it_none():
    chance = random.Random(20261125)
    for card in filter(str.isdecimal, CARDS):
        if not card.isascii():
            continue
        place = chance.randrange(6, len(card))
        other = (int(card[place]) + chance.randint(1, 9)) % 10

        assert not holds_card(card[:place] + str(other) + card[place + 1 :])


@pytest.mark.parametrize(
    ("data", "member"),
    [
        ({"note": CARDS[0]}, "note"),
        ({"shipping_address": {"company": CARDS[1]}}, "shipping_address.company"),
        ({"items": [{"sku": "MUG"}, {"message": CARDS[2]}]}, "items.1.message"),
        ({"codes": ["WELCOME10", CARDS[0]]}, "codes.1"),
        ({"amount": 4242424242424242}, "amount"),
    ],
)
def test_a_body_with_a_card_number_is_refused_by_the_name_of_the_member(data, member):
    with pytest.raises(CardNumberTyped) as refusal:
        refuse_cards(data)

    assert list(refusal.value.errors or {}) == [member]
    assert not re.search(r"\d{4}", str(refusal.value.errors) + str(refusal.value.message))


@pytest.mark.parametrize(
    "name",
    ["phone", "phone_number", "password", "sku", "product_sku", "barcode", "tracking_number"],
)
def test_what_may_look_the_same_by_chance_is_left_alone(name):
    refuse_cards({name: CARDS[0], "items": [{name: CARDS[0]}]})


class NoteForm(CardFreeForm):
    note = forms.CharField(required=False)
    phone = forms.CharField(required=False)
    count = forms.IntegerField(required=False)


def test_a_form_says_it_beside_the_field():
    form = NoteForm({"note": CARDS[1], "phone": CARDS[0], "count": "3"})

    assert list(form.errors) == ["note"]
    assert "note" not in form.cleaned_data
    assert NoteForm({"note": OTHERS[1]}).is_valid()
