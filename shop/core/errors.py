"""Refusals.

Every deliberate refusal is a `DomainError`; each entry point maps it in one place.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# The fixed members of a failure on the wire.
RESERVED = frozenset({"code", "detail", "error", "errors", "request_id", "status", "title", "type"})


class DomainError(ValueError):
    """A refusal the caller can understand: a stable `code`, a `message` for
    people, JSON-safe `details`.

    `errors` maps a field name to its messages where the refusal is about fields. `details` are told
    beside the fixed members of a failure, so none is named as one of them.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "invalid"
    default_message: ClassVar[str | Promise] = _("This action is not possible.")

    def __init__(
        self,
        message: str | Promise | None = None,
        *,
        errors: dict[str, list[str]] | None = None,
        **details: Any,
    ) -> None:
        self.message = str(message if message is not None else self.default_message)
        self.errors = errors or {}
        self.details = details
        super().__init__(self.message)


class Invalid(DomainError):
    """The input breaks a rule that the sender can mend."""


class PaymentRefused(DomainError):
    """The payment provider said no; nothing was charged."""

    status = 402
    code = "payment_refused"
    default_message = _("The payment was refused.")


class Forbidden(DomainError):
    """The caller is known and may not do this."""

    status = 403
    code = "forbidden"
    default_message = _("You don't have permission to do this.")


class NotFound(DomainError):
    """The object does not exist, or is not the caller's: both look the same."""

    status = 404
    code = "not_found"
    default_message = _("Not found.")


class Conflict(DomainError):
    """The request was sound, but the state of the shop says no (stock, status, version)."""

    status = 409
    code = "conflict"
    default_message = _("This action is no longer possible.")


class TooManyRequests(DomainError):
    """The caller has used up its share; `retry_after` seconds are in the details."""

    status = 429
    code = "too_many_requests"
    default_message = _("Too many attempts. Wait a moment and try again.")


class Unavailable(DomainError):
    """Something the shop needs does not answer; trying again later helps."""

    status = 503
    code = "unavailable"
    default_message = _("This is temporarily unavailable. Try again in a moment.")
