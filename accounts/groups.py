"""Which Django permissions our own groups get, and the role of a moderator.

Nothing asks for a group by its name: a group of another name with the same
permissions may do the same.
"""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig, apps
from django.contrib.auth.models import Group, Permission
from django.db import transaction

from accounts.states import Role

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
        "orders": {"*": _VIEW, "order": ("ship", "cancel", "note"), "return": ("receive",)},
        "inventory": {"stockitem": ("view", "change"), "movement": _VIEW, "reservation": _VIEW},
        "catalog": {"product": _VIEW, "variant": _VIEW, "category": _VIEW},
        "accounts": {"customer": _VIEW, "address": _VIEW},
    },
    "support": {
        "orders": {
            "*": _VIEW,
            "order": ("cancel", "edit", "refund", "note", "change"),
            "return": ("answer",),
        },
        "payments": {"payment": _VIEW, "paymententry": _VIEW, "refund": _VIEW},
        "accounts": {"customer": ("view", "change"), "customergroup": _VIEW, "address": _EDIT},
        "catalog": {"product": _VIEW, "variant": _VIEW, "category": _VIEW, "page": _EDIT},
        "inventory": {"stockitem": _VIEW},
        "pricing": {
            "promotion": _VIEW,
            "promotionuse": _VIEW,
            "coupon": _VIEW,
            "couponuse": _VIEW,
            "giftcard": ("view", "switch"),
            "giftcardentry": _VIEW,
        },
        "notifications": {"outgoingmail": _VIEW},
    },
    "finance": {
        "orders": {"*": _VIEW, "order": ("mark_paid", "refund", "note"), "invoice": ("issue",)},
        "payments": {"*": _VIEW},
        "pricing": {"*": _EDIT, "giftcard": ("issue", "adjust", "switch")},
        "accounts": {"customer": _VIEW, "customergroup": _EDIT},
        "catalog": {
            "product": _VIEW,
            "variant": _VIEW,
            "priceentry": _EDIT,
            "pricechange": _VIEW,
            "exchangerate": _EDIT,
        },
        "reports": {"sales": _VIEW},
    },
}
# What a role gives by itself. Administrators are superusers; staff have what their groups hold.
ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    Role.MODERATOR: frozenset(
        {
            "catalog.view_page",
            "catalog.add_page",
            "catalog.change_page",
            "catalog.view_homeblock",
            "catalog.change_homeblock",
            *(
                f"catalog.{verb}_homeblock{part}"
                for verb in _ALL
                for part in ("product", "category")
            ),
            "catalog.view_product",
            "catalog.view_category",
        }
    )
}
STAFF_GROUPS = tuple(_RIGHTS)


@transaction.atomic
def ensure_staff_groups() -> None:
    """Make the groups catalog, fulfillment, support and finance, and see that each has its rights.

    May run at any time and more than once. It only adds: a shop that wants a group with less makes
    one of its own. Rights that do not exist yet wait for the next run.
    """
    known = [
        (permission, permission.content_type.app_label, permission.content_type.model)
        for permission in Permission.objects.select_related("content_type")
    ]
    for name, rights in _RIGHTS.items():
        group, _created = Group.objects.get_or_create(name=name)
        given = set(group.permissions.values_list("pk", flat=True))
        group.permissions.add(
            *(
                permission
                for permission, app, model in known
                if permission.pk not in given
                and permission.codename.removesuffix(f"_{model}") in _acts(rights, app, model)
            )
        )


def _acts(rights: dict[str, dict[str, tuple[str, ...]]], app: str, model: str) -> set[str]:
    tables = rights.get(app, {})
    return {*tables.get("*", ()), *tables.get(model, ())}


def make_groups_after_migrate(app_config: AppConfig, **kwargs: Any) -> None:
    """Receiver of `post_migrate`: acts once, after the last app's permissions were made."""
    last = [config for config in apps.get_app_configs() if config.models_module][-1]
    if app_config.name == last.name:
        ensure_staff_groups()
