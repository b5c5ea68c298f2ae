"""The staff's groups and what each may do, as Django permissions."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import transaction

_ALL = ("view", "add", "change", "delete")
_EDIT = ("view", "add", "change")
_VIEW = ("view",)

# Group -> app -> acts on all of that app's tables, or on one table, or custom permissions.
_RIGHTS: dict[str, dict[str, dict[str, tuple[str, ...]]]] = {
    "catalog": {
        "catalog": {"*": _ALL},
        "inventory": {"stockitem": ("view", "change"), "movement": _VIEW, "reservation": _VIEW},
        "pricing": {"taxrate": _VIEW},
    },
    "fulfillment": {
        "orders": {"*": _VIEW, "order": ("ship", "cancel", "note")},
        "inventory": {"stockitem": ("view", "change"), "movement": _VIEW, "reservation": _VIEW},
        "catalog": {"product": _VIEW, "variant": _VIEW, "category": _VIEW},
        "accounts": {"customer": _VIEW, "address": _VIEW},
    },
    "support": {
        "orders": {"*": _VIEW, "order": ("cancel", "refund", "note", "change")},
        "payments": {"payment": _VIEW, "paymententry": _VIEW, "refund": _VIEW},
        "accounts": {"customer": ("view", "change"), "address": _EDIT},
        "catalog": {"product": _VIEW, "variant": _VIEW, "category": _VIEW, "page": _EDIT},
        "inventory": {"stockitem": _VIEW},
        "pricing": {"coupon": _VIEW, "couponuse": _VIEW},
        "notifications": {"outgoingmail": _VIEW},
    },
    "finance": {
        "orders": {"*": _VIEW, "order": ("mark_paid", "refund", "note")},
        "payments": {"*": _VIEW},
        "pricing": {"*": _EDIT},
        "accounts": {"customer": _VIEW},
        "catalog": {
            "product": _VIEW,
            "variant": _VIEW,
            "priceentry": _EDIT,
            "pricechange": _VIEW,
            "exchangerate": _EDIT,
        },
    },
}
STAFF_GROUPS = tuple(_RIGHTS)


@transaction.atomic
def ensure_staff_groups() -> None:
    """Make the groups catalog, fulfillment, support and finance, and give each its rights.

    May run at any time and more than once: rights a shop took away or added are left alone once the
    group has any, and rights that do not exist yet wait for the next run.
    """
    known: dict[tuple[str, str], list[Permission]] = {}
    for permission in Permission.objects.select_related("content_type"):
        kind = permission.content_type
        known.setdefault((kind.app_label, kind.model), []).append(permission)
    for name, rights in _RIGHTS.items():
        group, _created = Group.objects.get_or_create(name=name)
        if group.permissions.exists():
            continue
        group.permissions.set(
            permission
            for (app, model), permissions in known.items()
            for permission in permissions
            if _act(permission, model) in _acts(rights, app, model)
        )


def _acts(rights: dict[str, dict[str, tuple[str, ...]]], app: str, model: str) -> set[str]:
    tables = rights.get(app, {})
    return {*tables.get("*", ()), *tables.get(model, ())}


def _act(permission: Permission, model: str) -> str:
    return permission.codename.removesuffix(f"_{model}")


def make_groups_after_migrate(**kwargs: Any) -> None:
    """Receiver of `post_migrate`, which every app sends once its permissions are there."""
    ensure_staff_groups()
