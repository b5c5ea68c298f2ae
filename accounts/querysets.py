"""Every question asked of people's tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth.models import BaseUserManager
from django.db.models import Q

from accounts.states import Role
from shop.core.querysets import LockingQuerySet

if TYPE_CHECKING:
    from accounts.models import User


class UserQuerySet(LockingQuerySet["User"]):
    """Every question the shop asks about users."""

    def with_login(self, login: str) -> Self:
        """The user that signs in as `login`: an e-mail or a username, in any case."""
        return self.filter(Q(email__iexact=login) | Q(username__iexact=login))


class UserManager(BaseUserManager["User"]):
    """Makes users. The rules of registration are in `accounts.services`."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A user with a hashed password; `username` defaults to the e-mail."""
        fields.setdefault("username", email)
        user = self.model(email=email.strip(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """An administrator, for `manage.py createsuperuser`."""
        return self.create_user(email, password, **{**fields, "role": Role.ADMIN})

    def get_by_natural_key(self, username: str | None) -> User:
        """By e-mail in any case, for `authenticate` and fixtures."""
        return self.get(email__iexact=username)


class CustomerQuerySet(LockingQuerySet["Customer"]):
    """Every question the shop asks about customers."""

    def visible_to(self, user: Any) -> Self:
        """Customers that `user` may see: their own, or all for an administrator."""
        if not user.is_authenticated:
            return self.none()
        return self.all() if user.role == Role.ADMIN else self.filter(user=user)


class AddressQuerySet(LockingQuerySet["Address"]):
    """Every question the shop asks about address books."""

    def visible_to(self, user: Any) -> Self:
        """Addresses in the user's own book."""
        return self.filter(customer__user=user) if user.is_authenticated else self.none()
