"""One effect per key: the stored answer lives and dies with the effect's own transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shop.core.errors import DomainError, Invalid
from shop.core.models import IdempotencyRecord
from shop.core.querysets import insert_if_new
from shop.core.retries import with_retries


class IdempotencyKeyReused(DomainError):
    """The key was used before for a request with another body."""

    status = 422
    code = "idempotency_key_reused"
    default_message = _("This Idempotency-Key was used for another request. Send a new key.")


class IdempotencyKeyInvalid(Invalid):
    """The key is missing where it is required, or is not 1 to 255 visible ASCII characters."""

    code = "idempotency_key_invalid"
    default_message = _("Send an Idempotency-Key header of 1 to 255 visible ASCII characters.")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller gets: the status, the JSON body, and whether it is a replay."""

    status_code: int
    body: Any
    replayed: bool


def fingerprint(*parts: Any) -> str:
    """SHA-256 over the canonical JSON of what makes two requests the same."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), cls=DjangoJSONEncoder)
    return hashlib.sha256(text.encode()).hexdigest()


def clean_key(raw: str) -> str:
    """The key without the quotes of a structured-field string. Raises `IdempotencyKeyInvalid`."""
    key = raw.strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not 1 <= len(key) <= 255 or not all("!" <= character <= "~" for character in key):
        raise IdempotencyKeyInvalid
    return key


def run_once(scope: str, key: str, digest: str, effect: Callable[[], tuple[int, Any]]) -> Answer:
    """Let `effect` happen at most once for this `scope` (who asks) and `key`, and keep its answer.

    `effect` returns (status, JSON-safe body). If it raises, everything is rolled back and
    the key is free again; after a deadlock it is called again. A twin that arrives meanwhile
    waits for the first on the unique index. Raises `IdempotencyKeyReused` if `digest`
    differs from the stored one.
    """
    return with_retries(lambda: _run_once(scope, key, digest, effect))


def _run_once(scope: str, key: str, digest: str, effect: Callable[[], tuple[int, Any]]) -> Answer:
    with transaction.atomic():
        record = IdempotencyRecord(scope=scope, key=key, fingerprint=digest)
        if insert_if_new(record):
            status_code, body = effect()
            record.status_code, record.body = status_code, body
            record.save(update_fields=["status_code", "body"])
            return Answer(status_code, body, replayed=False)
    stored = IdempotencyRecord.objects.get(scope=scope, key=key)
    if stored.fingerprint != digest:
        raise IdempotencyKeyReused
    return Answer(stored.status_code, stored.body, replayed=True)
