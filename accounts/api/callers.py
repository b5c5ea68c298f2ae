"""Who calls a route that asks for sign-in."""

from __future__ import annotations

from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from accounts.models import User


def user_of(request: Request) -> User:
    """The signed-in user. Raises `NotAuthenticated` where the route forgot to ask for one."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user
