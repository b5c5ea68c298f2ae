"""Codes of gift cards: how they come about, how people write them, and how the
shop knows them again.

The database holds no code that could be spent: only a digest to look it up by, its last four
characters to speak of it, and a number from which the code follows together with the shop's secret
key. So an e-mail that waits to be sent needs no code in it either.
"""

from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

from django.conf import settings

# Crockford's base 32: no I, L, O, U, so that a code can be read aloud and typed from paper.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TWINS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_SEPARATORS = str.maketrans("", "", " -\u00a0\u2010\u2011\u2013")
# 20 characters of 5 bits: 100 bits, of which the last four characters, that the
# shop shows, give away 20.
_LENGTH, _GROUP = 20, 4


def derive_code(seed: UUID, key: str) -> str:
    """The code that follows from a card's seed and a secret key, without separators."""
    secret = hashlib.sha256(b"linden.gift-card.key:" + key.encode()).digest()
    bits = int.from_bytes(hmac.digest(secret, seed.bytes, "sha256")) >> (256 - 5 * _LENGTH)
    return "".join(_ALPHABET[bits >> 5 * place & 31] for place in reversed(range(_LENGTH)))


def new_code(seed: UUID) -> str:
    """The code of a new card."""
    return derive_code(seed, settings.SECRET_KEY)


def code_of(seed: UUID, digest: str) -> str | None:
    """The code of a card that exists; None once its secret key is no longer
    among the shop's keys.
    """
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        code = derive_code(seed, key)
        if hmac.compare_digest(digest_of(code), digest):
            return code
    return None


def digest_of(code: str) -> str:
    """What a card is looked up by.

    Without a key: a hundred random bits cannot be tried out, and a key that is lost or renewed
    would void every card that was sold.
    """
    return hashlib.sha256(b"linden.gift-card:" + code.encode()).hexdigest()


def clean_code(text: str) -> str:
    """A code as people type it, in any case and with any separators; empty if it cannot be one."""
    if len(text) > 4 * _LENGTH:
        return ""
    code = text.translate(_SEPARATORS).upper().translate(_TWINS)
    is_one = len(code) == _LENGTH and all(sign in _ALPHABET for sign in code)
    return code if is_one else ""


def grouped(code: str) -> str:
    """A code for reading: `7K3M-9QXW-01AB-CDEF-GH2J`."""
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def masked(last4: str) -> str:
    """A code of which only the end is told; as long as `grouped`."""
    return "-".join(["•" * _GROUP] * (_LENGTH // _GROUP - 1) + [last4])
