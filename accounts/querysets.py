"""Every question asked of people's tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth.models import BaseUserManager
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Lower

from accounts.identity import email_key
from accounts.permissions import CUSTOMERS
from accounts.states import Role
from shop.core.permissions import may
from shop.core.querysets import LockingQuerySet

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Address, Customer, RefreshFamily, SavedView, User


class UserQuerySet(LockingQuerySet["User"]):
    """Every question the shop asks about users."""

    def with_email(self, email: str) -> Self:
        """The user with this e-mail, however it is typed; look-alike letters match nobody."""
        return self._lower(email=email_key(email))

    def with_username(self, username: str) -> Self:
        """The user with this username in any case; letters beyond ASCII match nobody."""
        return self._lower(username=username)

    def with_login(self, login: str) -> Self:
        """The user that signs in as `login`: an e-mail or a username, in any case."""
        return self.with_email(login) if "@" in login else self.with_username(login)

    def _lower(self, **fields: str) -> Self:
        # LOWER(column) = text is what the unique indexes hold; `iexact` would read every row.
        # Folding letters beyond ASCII would let a look-alike (K for the Kelvin sign) match.
        ((name, text),) = fields.items()
        if not text.isascii() or "\x00" in text:
            return self.none()
        return self.alias(lowered=Lower(name)).filter(lowered=text.strip().lower())


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Makes users. The rules of registration are in `accounts.registration`."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A user with a hashed password; `username` defaults to the e-mail."""
        email = email_key(email)
        fields.setdefault("username", email)
        user: User = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """An administrator, for `manage.py createsuperuser`."""
        return self.create_user(email, password, **{**fields, "role": Role.ADMIN})

    def get_by_natural_key(self, username: str | None) -> User:
        """By e-mail in any case, for `authenticate` and fixtures."""
        user: User = self.with_login(username or "").get()
        return user


class CustomerQuerySet(LockingQuerySet["Customer"]):
    """Every question the shop asks about customers."""

    def visible_to(self, user: Any) -> Self:
        """Customers that `user` may see: all for staff with the right, else their own."""
        if not user.is_authenticated:
            return self.none()
        return self.all() if may(user, CUSTOMERS.view) else self.filter(user=user)

    def guests_with_email(self, email: str) -> Self:
        """The guest with this e-mail, as `email_key` writes it."""
        # As the unique index reads it: `iexact` folds upwards on PostgreSQL and
        # would read every row.
        return (
            self.filter(user__isnull=True)
            .alias(lowered=Lower("email"))
            .filter(lowered=Lower(Value(email)))
        )

    def with_verified_email(self, email: str) -> Self:
        """The customer whose account has verified this e-mail, as `email_key` writes it."""
        return self.filter(
            user__emailaddress__email=email, user__emailaddress__verified=True
        ).order_by("pk")

    def for_detail(self) -> Self:
        """With the address book: 2 queries."""
        return self.prefetch_related("addresses")

    def matching(self, *, q: str = "", is_guest: bool | None = None) -> Self:
        """Customers whose e-mail or name holds `q`; guests only, or none, where
        `is_guest` says so.
        """
        found = self
        if q:
            found = found.filter(Q(email__icontains=q) | Q(name__icontains=q))
        if is_guest is not None:
            found = found.filter(user__isnull=is_guest)
        return found


class AddressQuerySet(LockingQuerySet["Address"]):
    """Every question the shop asks about address books."""

    def visible_to(self, user: Any) -> Self:
        """Addresses in the user's own book."""
        return self.filter(customer__user=user) if user.is_authenticated else self.none()


class RefreshFamilyQuerySet(LockingQuerySet["RefreshFamily"]):
    """Every question the shop asks about sign-ins through the API."""

    def live(self, *, at: datetime) -> Self:
        """Families whose tokens are accepted at `at`.

        A family that is older than each second factor of its user was signed in
        without one, and has ended.
        """
        # Imported late: the models of allauth load after ours.
        from allauth.mfa.models import Authenticator  # noqa: PLC0415

        factors = Authenticator.objects.filter(user=OuterRef("user")).exclude(
            type=Authenticator.Type.RECOVERY_CODES
        )
        return self.filter(
            Exists(factors.filter(created_at__lte=OuterRef("created_at"))) | ~Exists(factors),
            revoked_at__isnull=True,
            expires_at__gt=at,
            user__is_active=True,
        )

    def forgettable(self, *, before: datetime) -> Self:
        """Families that ended before that moment, by time or by revocation."""
        return self.filter(Q(expires_at__lt=before) | Q(revoked_at__lt=before))


class SavedViewQuerySet(LockingQuerySet["SavedView"]):
    """Every question the back office asks about saved views."""

    def above(self, model: str, *, owner: User) -> Self:
        """Somebody's tabs above a list, oldest first."""
        return self.filter(model=model, owner=owner).order_by("created_at", "pk")
