"""Who did it: the name that timelines and the audit log keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts.

    `kind` is system, guest, customer or staff; `label` is what people read.
    """

    kind: str
    label: str
    user_id: int | None = None

    @classmethod
    def of(cls, user: Any) -> Actor:
        """The actor behind a request's user; anonymous ones are guests."""
        if not getattr(user, "is_authenticated", False):
            return GUEST
        kind = "staff" if user.is_staff else "customer"
        return cls(kind=kind, label=user.get_username(), user_id=user.pk)


SYSTEM = Actor("system", "Linden")
GUEST = Actor("guest", "Guest")
