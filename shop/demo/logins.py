"""The demo's logins, for development only."""

from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.db import transaction

from accounts.groups import ensure_staff_groups
from accounts.models import Customer, User
from accounts.states import Role

PASSWORD = "linden-demo"  # noqa: S105
ADMIN = "admin@linden.example"
SHOPPER = "ines@linden.example"
GROUPS = ("catalog", "fulfillment", "support", "finance")


def demo_logins() -> list[tuple[str, str]]:
    """(e-mail, what for) of the demo users that exist, for the start-up message."""
    wanted = [
        (ADMIN, "everything"),
        *((f"{group}@linden.example", f"back office, {group}") for group in GROUPS),
        (SHOPPER, "shopper"),
    ]
    existing = set(
        User.objects.filter(email__in=[email for email, _use in wanted]).values_list(
            "email", flat=True
        )
    )
    return [(email, use) for email, use in wanted if email in existing]


@transaction.atomic
def make_logins(*, at: datetime) -> None:
    """An administrator, one member of staff a group, and a shopper with orders;
    all share `PASSWORD`.
    """
    ensure_staff_groups()
    _user(ADMIN, role=Role.ADMIN, first_name="Ada", last_name="Linden", at=at)
    for group in GROUPS:
        member = _user(
            f"{group}@linden.example",
            role=Role.STAFF,
            first_name=group.title(),
            last_name="Team",
            at=at,
        )
        member.groups.set([Group.objects.get(name=group)])
    ines = _user(SHOPPER, role=Role.CUSTOMER, first_name="Ines", last_name="Vogel", at=at)
    Customer.objects.update_or_create(
        user=ines, defaults={"email": SHOPPER, "name": "Ines Vogel", "language": "en"}
    )


def _user(email: str, *, role: str, first_name: str, last_name: str, at: datetime) -> User:
    user: User | None = User.objects.filter(email__iexact=email).first()
    if user is None:
        user = User.objects.create_user(
            email,
            PASSWORD,
            username=email.partition("@")[0],
            role=role,
            first_name=first_name,
            last_name=last_name,
            date_joined=at,
        )
    EmailAddress.objects.update_or_create(
        user=user, email=email, defaults={"verified": True, "primary": True}
    )
    return user
