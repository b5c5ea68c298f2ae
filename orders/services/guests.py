"""Guests: customers whom nobody can sign in as, known by their e-mail only."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import Customer


def guest_customer(*, email: str, name: str, phone: str, at: datetime) -> Customer:
    """The guest of this e-mail, in any case; made with `name` and `phone` if there is none yet."""
    guests = Customer.objects.filter(user__isnull=True, email__iexact=email)
    found = guests.first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return Customer.objects.create(email=email, name=name, phone=phone, created_at=at)
    except IntegrityError:
        return guests.get()
