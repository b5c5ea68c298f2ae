"""The audit log: who changed what, old and new. Rows are only ever added."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from shop.core.actors import Actor
from shop.core.models import AuditEntry
from shop.core.money import Money, format_minor
from shop.core.request_ids import current_request_id

# Never written to the log, whatever the form was called.
SECRET_FIELDS = frozenset({"password", "token", "secret", "key"})


def record(
    action: str, subject: models.Model, *, actor: Actor, changes: dict[str, list[Any]] | None = None
) -> None:
    """Write that `actor` did `action` to `subject`; `changes` maps a field to [old, new].

    An amount is given as `Money`, so that the log keeps its currency beside the minor units.
    """
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


def shown(value: Any) -> str:
    """Return a value of `AuditEntry.changes` for people: amounts with their currency,
    yes and no, lists in a row.
    """
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(map(shown, value)) or "–"
    if isinstance(value, dict):
        if value.keys() == {"amount_minor", "currency"}:
            return format_minor(value["amount_minor"], value["currency"])
        return ", ".join(f"{name}: {shown(part)}" for name, part in value.items()) or "–"
    return str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Money):
        return {"amount_minor": value.minor, "currency": value.currency}
    if value is None or isinstance(value, bool | int | str | list | dict):
        return value
    return str(value)
