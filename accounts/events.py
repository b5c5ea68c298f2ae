"""What happens to people, for those above who care."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from shop.core.events import Event


@dataclass(frozen=True)
class AccountMail(Event):
    """A mail about somebody's account is due. `kind` names the text, `context` is JSON-safe.

    The context of a link holds the whole address; the mail of a code holds the code.
    """

    kind: str
    email: str
    context: dict[str, Any] = field(default_factory=dict)
    language: str = ""


@dataclass(frozen=True)
class UserRegistered(Event):
    """Somebody opened an account; their e-mail is not verified yet."""

    user_id: int


@dataclass(frozen=True)
class EmailVerified(Event):
    """The user has shown that mail to `email` reaches them."""

    user_id: int
    email: str


@dataclass(frozen=True)
class AccountDeleted(Event):
    """The user is gone. Their customer row, if orders point at it, has no identity any more."""

    customer_id: int | None
