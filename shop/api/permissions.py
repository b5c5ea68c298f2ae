"""Who may use a route, as permission classes: everybody, who has signed in, or
staff by the table of acts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework.permissions import SAFE_METHODS, AllowAny, BasePermission, IsAuthenticated

from shop.core.permissions import StaffAct, require

__all__ = ["AllowAny", "IsAuthenticated", "is_open", "needs", "own_or", "staff_act_of"]


class _ByMethod(BasePermission):
    """What the route's methods take. Without an act, reading is open and writing is refused."""

    acts: ClassVar[Mapping[str, StaffAct]] = {}

    def has_permission(self, request: Any, view: Any) -> bool:
        act = self.acts.get(_plain(request.method))
        if act is None:
            # A method that the route does not have is answered as such (405), not
            # as a lack of rights.
            return request.method in SAFE_METHODS or request.method not in view.allowed_methods
        if not request.user.is_authenticated:
            return False
        require(request.user, act)
        return True


class _OwnOr(BasePermission):
    """Open: the view finds only what is the caller's own, or what staff may do the act with."""

    acts: ClassVar[Mapping[str, StaffAct]] = {}


def needs(**acts: StaffAct) -> type[BasePermission]:
    """A permission class for staff who may do the method's act:
    `needs(GET=STOCK.view, POST=STOCK.change)`.
    """
    return type("Needs", (_ByMethod,), {"acts": acts})


def own_or(**acts: StaffAct) -> type[BasePermission]:
    """A permission class for callers who act on what is theirs, and for staff who
    may do the method's act.

    The view has to ask: it knows whose the row is.
    """
    return type("OwnOr", (_OwnOr,), {"acts": acts})


def staff_act_of(permission_classes: Any, method: str) -> StaffAct | None:
    """The act that a route names for a method."""
    for permission in permission_classes:
        act: StaffAct | None = getattr(permission, "acts", {}).get(_plain(method))
        if act is not None:
            return act
    return None


def is_open(permission_classes: Any, method: str) -> bool:
    """Whether a caller who has not signed in may call the method."""
    return all(
        issubclass(permission, (AllowAny, _OwnOr))
        or (
            issubclass(permission, _ByMethod)
            and _plain(method) not in permission.acts
            and method in SAFE_METHODS
        )
        for permission in permission_classes
    )


def _plain(method: str | None) -> str:
    return "GET" if method == "HEAD" else str(method)
