"""Who calls a route that asks for sign-in."""

from __future__ import annotations

from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from accounts.models import Customer, User


def user_of(request: Request) -> User:
    """The signed-in user. Raises `NotAuthenticated` where the route forgot to ask for one."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user


def hold_caller(request: Request) -> None:
    """Lock the caller's user and customer until the transaction ends, in the order
    in which services do.
    """
    user = user_of(request)
    User.objects.locked().get(pk=user.pk)
    Customer.objects.locked().filter(user=user).first()
    user.refresh_from_db()
