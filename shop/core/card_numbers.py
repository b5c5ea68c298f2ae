"""Card numbers have no place in our texts: whoever types one into the wrong field is
told, and nothing is kept.

It applies to every body the API reads and to the forms of shoppers and staff that take
texts. Phone numbers, passwords, what names goods (SKU, barcode) and parcels are left alone:
they may look the same by chance.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from shop.core.errors import Invalid

MESSAGE = gettext_lazy(
    "This looks like a card number. Enter card numbers only on the payment "
    "provider's page. Nothing was saved."
)
_LEFT_ALONE = re.compile(r"phone|password|sku|barcode|gtin|ean|tracking|\bkey\b", re.IGNORECASE)
# Groups of digits, as people write cards; not the rest of a word, a longer number or
# one with a country's code.
_GROUPS = re.compile(r"(?<![\w+])\d+(?:[ .-]\d+)*(?!\w)")
_MOST_DIGITS, _LEAST_DIGITS = 19, 13
# First digits -> lengths, as issuers give them out:
# https://en.wikipedia.org/wiki/Payment_card_number (read 2026-11).
_ISSUERS: list[tuple[range, frozenset[int]]] = [
    (range(400000, 500000), frozenset({13, 16, 18, 19})),  # Visa
    (range(510000, 560000), frozenset({16})),  # Mastercard
    (range(222100, 272100), frozenset({16})),
    (range(340000, 350000), frozenset({15})),  # American Express
    (range(370000, 380000), frozenset({15})),
    (range(300000, 306000), frozenset(range(14, 20))),  # Diners Club
    (range(360000, 400000), frozenset(range(14, 20))),
    (range(352800, 359000), frozenset(range(16, 20))),  # JCB
    (range(500000, 510000), frozenset(range(13, 20))),  # Maestro
    (range(560000, 590000), frozenset(range(13, 20))),
    (range(600000, 700000), frozenset(range(13, 20))),  # Maestro, Discover, UnionPay
    (range(810000, 820000), frozenset(range(16, 20))),
    (range(220000, 220500), frozenset(range(16, 20))),  # Mir
]


class CardNumberTyped(Invalid):
    """A text of the request holds what looks like a card number."""

    code = "card_number"
    default_message = MESSAGE


def holds_card(text: str) -> bool:
    """Whether a text holds a card number: an issuer's first digits, 13 to 19 of
    them, and a valid check digit.

    Groups may be set apart by blanks, hyphens or points. One in ten other numbers that begin and
    are as long as an issuer's looks the same.
    """
    plain = unicodedata.normalize("NFKC", text)
    return any(_is_card(digits) for digits in _candidates(plain))


def _candidates(text: str) -> Iterator[str]:
    for found in _GROUPS.finditer(text):
        groups = re.split(r"[ .-]", found.group())
        for start in range(len(groups)):
            digits = ""
            for group in groups[start:]:
                digits += group
                if len(digits) > _MOST_DIGITS:
                    break
                if len(digits) >= _LEAST_DIGITS:
                    yield digits


def _is_card(digits: str) -> bool:
    first = int(digits[:6])
    known = any(first in firsts and len(digits) in lengths for firsts, lengths in _ISSUERS)
    return known and _check_digit_fits(digits)


def _check_digit_fits(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B (Luhn)."""
    total = 0
    for place, digit in enumerate(map(int, reversed(digits))):
        doubled = digit * 2 if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def refuse_cards(data: Any, path: str = "") -> None:
    """Raise `CardNumberTyped`, naming the member, if a text or number of some JSON
    holds a card number.
    """
    if isinstance(data, dict):
        for name, value in data.items():
            if not _LEFT_ALONE.search(name):
                refuse_cards(value, f"{path}.{name}" if path else name)
    elif isinstance(data, list):
        for place, value in enumerate(data):
            refuse_cards(value, f"{path}.{place}" if path else str(place))
    elif isinstance(data, str | int) and not isinstance(data, bool) and holds_card(str(data)):
        raise CardNumberTyped(errors={path: [str(MESSAGE)]})


def field_holds_card(name: str, value: str) -> bool:
    """Return whether a field of this name holds a card number; phones, keys and
    the like never do.
    """
    return not _LEFT_ALONE.search(name) and holds_card(value)


class CardFreeForm(forms.Form):
    """A form whose texts may hold no card number: the field says so, and keeps
    what was typed to be mended.
    """

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's own hook, which the stubs leave out
        for name, value in list(self.cleaned_data.items()):
            if isinstance(value, str) and field_holds_card(name, value):
                self.add_error(name, str(MESSAGE))
