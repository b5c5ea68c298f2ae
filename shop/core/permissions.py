"""Who may use a route, as permission classes."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework.permissions import SAFE_METHODS, AllowAny, BasePermission, IsAuthenticated

__all__ = [
    "AllowAny",
    "HasPermission",
    "HasRole",
    "IsAdmin",
    "IsAdminOrReadOnly",
    "IsAuthenticated",
    "IsStaff",
]


def _role(request: Any) -> str:
    return request.user.role if request.user.is_authenticated else ""


class IsAdmin(BasePermission):
    """Administrators only."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return _role(request) == "admin"


class IsStaff(BasePermission):
    """Members of staff and administrators."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return _role(request) in {"staff", "admin"}


class IsAdminOrReadOnly(BasePermission):
    """Everybody may read, administrators may write."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return request.method in SAFE_METHODS or _role(request) == "admin"


class _Roles(BasePermission):
    roles: ClassVar[frozenset[str]] = frozenset()

    def has_permission(self, request: Any, view: Any) -> bool:
        return _role(request) in self.roles


def HasRole(*roles: str) -> type[BasePermission]:  # noqa: N802
    """A permission class for any of `roles`; the role is read from the database with each request."""
    return type("HasRole", (_Roles,), {"roles": frozenset(roles)})


class _DjangoPermission(BasePermission):
    codename: ClassVar[str] = ""

    def has_permission(self, request: Any, view: Any) -> bool:
        return bool(request.user.is_authenticated and request.user.has_perm(self.codename))


def HasPermission(codename: str) -> type[BasePermission]:  # noqa: N802
    """A permission class for a Django permission such as `orders.refund_order` (staff groups hold them)."""
    return type("HasPermission", (_DjangoPermission,), {"codename": codename})
