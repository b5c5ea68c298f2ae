"""The audit log: who changed what, old and new. Rows are only ever added."""

from __future__ import annotations

from typing import Any

from django.db import models

from shop.core.actors import Actor
from shop.core.logging import current_request_id
from shop.core.models import AuditEntry

# Never written to the log, whatever the form was called.
SECRET_FIELDS = frozenset({"password", "token", "secret", "key"})


def record(
    action: str, subject: models.Model, *, actor: Actor, changes: dict[str, list[Any]] | None = None
) -> None:
    """Write that `actor` did `action` to `subject`; `changes` maps a field to [old, new]."""
    shown = {
        field: ["•••", "•••"] if field in SECRET_FIELDS else [_plain(value) for value in pair]
        for field, pair in (changes or {}).items()
    }
    AuditEntry.objects.create(
        action=action,
        actor_kind=actor.kind,
        actor_id=actor.user_id,
        actor_label=actor.label[:200],
        object_type=subject._meta.label_lower,
        object_id=str(subject.pk),
        object_label=str(subject)[:200],
        changes=shown,
        request_id=current_request_id(),
    )


def _plain(value: Any) -> Any:
    return (
        value if value is None or isinstance(value, bool | int | str | list | dict) else str(value)
    )
