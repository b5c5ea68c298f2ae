"""JSON web tokens: what they say and how they are read. Whether they still count
is in the database.

One algorithm, one key, no look at `kid`, `jku` or `jwk` (RFC 8725 §3.1, §3.10).
"""

from __future__ import annotations

import hashlib
import re
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError

from accounts.errors import TokenInvalid

ACCESS = "access"
REFRESH = "refresh"
_MAX_TOKEN_LENGTH = 4096
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_LATEST = 253402300799  # the last second of the year 9999


@dataclass(frozen=True, slots=True)
class Claims:
    """What a sound token says about itself. The role is not in it: it is read from the database."""

    user_id: int
    family_id: uuid.UUID
    token_id: str

    @property
    def token_hash(self) -> str:
        """What the database keeps of the token."""
        return hash_of(self.token_id)


def hash_of(token_id: str) -> str:
    """SHA-256 of a token's id: who reads the table cannot make a token of it."""
    return hashlib.sha256(token_id.encode()).hexdigest()


def encode(
    kind: str, *, user_id: int, family_id: uuid.UUID, token_id: str, at: datetime, life: timedelta
) -> str:
    """A signed token of this `kind` that ends `life` after `at`."""
    issued = int(at.timestamp())
    payload: dict[str, Any] = {
        "token_type": kind,
        "sub": str(user_id),
        "family": str(family_id),
        "jti": token_id,
        "iat": issued,
        "exp": issued + int(life.total_seconds()),
    }
    return str(_backend().encode(payload))


def decode(token: str, *, kind: str) -> Claims:
    """The claims of a token that is ours, of this `kind`, and not expired.

    Raises `TokenInvalid`.
    """
    if len(token) > _MAX_TOKEN_LENGTH or not _COMPACT.fullmatch(token):
        raise TokenInvalid
    try:
        # The package types its argument as its own class and takes text.
        payload = dict(_backend().decode(token, verify=True))  # type: ignore[arg-type]
        if payload["token_type"] != kind:
            raise TokenInvalid
        for name in ("exp", "iat"):
            # A bool is an int, and a float may be larger than any date.
            if type(payload[name]) is not int or not 0 < payload[name] < _LATEST:
                raise TokenInvalid
        user_id = int(payload["sub"])
        if not 0 < user_id < 2**63:
            raise TokenInvalid
        return Claims(user_id, uuid.UUID(payload["family"]), str(payload["jti"]))
    except (
        TokenBackendError,
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        raise TokenInvalid from error


def _backend() -> TokenBackend:
    config = settings.SIMPLE_JWT
    return TokenBackend(
        algorithm=config["ALGORITHM"],
        signing_key=config["SIGNING_KEY"],
        audience=config["AUDIENCE"],
        issuer=config["ISSUER"],
        leeway=config["LEEWAY"],
    )
