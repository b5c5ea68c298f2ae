"""Guests: customers whom nobody can sign in as, known by their e-mail only."""

from __future__ import annotations

from datetime import datetime

from accounts.models import Customer
from shop.core.prepared import Prepared
from shop.core.querysets import insert_if_new

_guest_of = Prepared(Customer.objects.guests_with_email)


def guest_customer(*, email: str, name: str, phone: str, at: datetime) -> Customer:
    """The guest of this e-mail, in any case; made with `name` and `phone` if there is none yet."""
    found = _guest_of.first(email=email)
    if found is not None:
        return found
    made = Customer(email=email, name=name, phone=phone, created_at=at)
    return made if insert_if_new(made) else Customer.objects.guests_with_email(email).get()
