"""Who may do what: one table from the acts of staff to Django permissions. Every
entry point asks it.

Each app enters its acts in its own `permissions` module. A group's name and a user's role decide
nothing here: groups hold permissions, and an administrator is a superuser, who holds all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.utils.translation import gettext as _

from shop.core.errors import Forbidden


@dataclass(frozen=True, slots=True)
class StaffAct:
    """Something that staff do, and the Django permissions that it takes: all of them.

    Whoever holds one of `implied_by` may do it as well: who may change a row may see it.
    """

    name: str
    permissions: tuple[str, ...]
    implied_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableActs:
    """The four acts on the rows of a table, with the permissions that Django makes for it."""

    view: StaffAct
    add: StaffAct
    change: StaffAct
    delete: StaffAct


# Refuses the act to whoever may not do it, by raising `Forbidden`. Services take one where the
# act depends on a row that they lock: asked any earlier, the answer may be about a state that is
# over by the time they write.
Authorize = Callable[[StaffAct], None]

_TABLE: dict[str, StaffAct] = {}
_TABLES: dict[str, TableActs] = {}


def staff_act(name: str, *permissions: str, implied_by: tuple[str, ...] = ()) -> StaffAct:
    """Enter an act into the table.

    Raises `ValueError` for a name that stands there, or no permission.
    """
    if name in _TABLE or not permissions:
        raise ValueError(f"{name}: an act is entered once, with at least one permission")
    _TABLE[name] = StaffAct(name, permissions, implied_by)
    return _TABLE[name]


def acts_on(
    label: str, *, seen_by: tuple[str, ...] = (), changed_by: tuple[str, ...] = ()
) -> TableActs:
    """The acts on a model such as `catalog.product`, entered into the table when first asked for.

    `seen_by` and `changed_by` are further permissions whose holders may see, or
    see and change, a row.
    """
    if label not in _TABLES:
        app, _dot, model = label.partition(".")
        view, add, change, delete = (
            f"{app}.{verb}_{model}" for verb in ("view", "add", "change", "delete")
        )
        _TABLES[label] = TableActs(
            view=staff_act(view, view, implied_by=(change, *seen_by, *changed_by)),
            add=staff_act(add, add),
            change=staff_act(change, change, implied_by=changed_by),
            delete=staff_act(delete, delete),
        )
    return _TABLES[label]


def all_acts() -> list[StaffAct]:
    """The whole table."""
    return list(_TABLE.values())


def act_named(name: str) -> StaffAct:
    """The act of this name, for templates: `orders.fulfill`, `accounts.view_customer`.

    Raises `KeyError`.
    """
    if name not in _TABLE:
        app, _dot, codename = name.partition(".")
        acts_on(f"{app}.{codename.partition('_')[2]}")
    return _TABLE[name]


def may(user: Any, act: StaffAct) -> bool:
    """Whether `user` may do it.

    Permissions count for active staff only: a customer in a group has none.
    """
    if user is None or not (user.is_authenticated and user.is_active and user.is_staff):
        return False
    return all(map(user.has_perm, act.permissions)) or any(map(user.has_perm, act.implied_by))


def require(user: Any, act: StaffAct) -> None:
    """Refuse what `user` may not do.

    Raises `Forbidden`, which names the permissions that are missing.
    """
    if not may(user, act):
        raise Forbidden(what_is_missing(user, act))


def what_is_missing(user: Any, act: StaffAct) -> str:
    """For people: the permissions that the act takes and `user` lacks."""
    lacking = [name for name in act.permissions if not (user.is_staff and user.has_perm(name))]
    names = ", ".join(f"“{permission_name(name)}”" for name in lacking)
    return _("You need the permission %(names)s. Ask an administrator to grant it.") % {
        "names": names
    }


def permission_name(permission: str) -> str:
    """`orders.refund_order` as people read it, in their language."""
    app, _dot, codename = permission.partition(".")
    for model in apps.get_app_config(app).get_models():
        for own, name in model._meta.permissions:
            if own == codename:
                return str(name)
        verb, _sep, noun = codename.partition("_")
        if noun == model._meta.model_name:
            verbs = {
                "view": _("Can view: %(name)s"),
                "add": _("Can add: %(name)s"),
                "change": _("Can change: %(name)s"),
                "delete": _("Can delete: %(name)s"),
            }
            if verb in verbs:
                return verbs[verb] % {"name": model._meta.verbose_name}
    return permission
