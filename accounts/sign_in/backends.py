"""Signing in on pages, by the same rule as through the API."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from accounts.groups import ROLE_PERMISSIONS
from accounts.models import User
from accounts.password_rules import MAX_PASSWORD_LENGTH


class LoginBackend(AuthenticationBackend):
    """By e-mail or username in any case, with as much work for an unknown name
    as for a known one.
    """

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Those of the user and the groups, and what the role gives by itself;
        asked once a request.
        """
        held = super().get_all_permissions(user_obj, obj)
        if obj is not None or not user_obj.is_active or user_obj.is_anonymous:
            return held  # type: ignore[no-any-return]
        return held | ROLE_PERMISSIONS.get(user_obj.role, frozenset())  # type: ignore[no-any-return]

    def _authenticate(self, request: Any, **credentials: Any) -> User | None:
        password = credentials.get("password") or ""
        login = credentials.get("email") or credentials.get("username") or ""
        if len(password) > MAX_PASSWORD_LENGTH:
            # Nobody can have such a password; hashing it would be a gift to an attacker.
            self._did_check_password = True
            return None
        user = User.objects.with_login(login).first()
        if user is None:
            return None
        self._did_check_password = True
        return user if user.check_password(password) and user.is_active else None
