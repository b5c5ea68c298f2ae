"""Guests: customers whom nobody can sign in as, known by their e-mail only."""

from __future__ import annotations

from datetime import datetime

from accounts.models import Customer
from shop.core.querysets import insert_if_new


def guest_customer(*, email: str, name: str, phone: str, at: datetime) -> Customer:
    """The guest of this e-mail, in any case; made with `name` and `phone` if there is none yet."""
    guests = Customer.objects.guests_with_email(email)
    found = guests.first()
    if found is not None:
        return found
    made = Customer(email=email, name=name, phone=phone, created_at=at)
    return made if insert_if_new(made) else guests.get()
