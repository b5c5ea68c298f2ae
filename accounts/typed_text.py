"""Text that people type about themselves: one form, no invisible tricks."""

from __future__ import annotations

import unicodedata

from django.utils.translation import gettext as _

from shop.core.errors import Invalid

# They reorder or hide the letters around them, so that a reader sees another text than is stored.
_DECEPTIVE = frozenset("\u061c\u200b\u200e\u200f\u2028\u2029\u2060\ufeff") | {
    chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
}

# Hyphens, dashes, minus, and the Japanese long-vowel mark that stands beside the
# digits of a keyboard.
_DASHES = dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u30fc\uff70", "-")
_LATIN = ("LATIN ", "FEMININE ORDINAL", "MASCULINE ORDINAL", "MODIFIER LETTER")


class DeceptiveText(Invalid):
    """The text holds control characters or marks that turn its direction."""

    code = "deceptive_text"


def clean_line(text: str, *, max_length: int | None = None) -> str:
    """One line in Unicode's composed form (NFC), with single spaces and none at its ends.

    Raises `DeceptiveText` for control characters and direction marks, `Invalid` if it is too long.
    """
    if is_deceptive(text):
        raise DeceptiveText(_("Remove control characters and invisible characters."))
    line = " ".join(unicodedata.normalize("NFC", text).split())
    if max_length is not None and len(line) > max_length:
        raise Invalid(_("Use at most %(count)s characters.") % {"count": max_length})
    return line


def in_ascii_digits(text: str) -> str:
    """A number as people type it, in ASCII: full-width forms, other digits and the many dashes.

    For postal codes and phones; money and quantities take plain digits only.
    """
    composed = unicodedata.normalize("NFKC", text)
    return "".join(
        str(unicodedata.decimal(character))
        if character.isdecimal()
        else _DASHES.get(character, character)
        for character in composed
    )


def has_letters_beyond_latin(text: str) -> bool:
    """Whether `text` has a letter of another script than the Latin one."""
    return any(
        character.isalpha() and not unicodedata.name(character, "").startswith(_LATIN)
        for character in unicodedata.normalize("NFKC", text)
    )


def is_deceptive(text: str) -> bool:
    """Whether `text` holds a control character (tabs included) or a direction mark."""
    return any(
        character in _DECEPTIVE or unicodedata.category(character) in {"Cc", "Cs", "Co", "Cn"}
        for character in text
    )
