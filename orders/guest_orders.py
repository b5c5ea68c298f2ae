"""Orders of guests who turn out to have an account."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import F

from accounts.registration import customer_for
from orders.models import Order, new_token


@transaction.atomic
def claim_guest_orders(user: Any) -> int:
    """Hand a user the orders that a guest placed with the same e-mail. Returns how many.

    Call it only once the user has proved that the address is theirs.
    """
    return (
        Order.objects.of_guest(user.email)
        .exclude(customer__user=user)
        .update(customer=customer_for(user), version=F("version") + 1)
    )


@transaction.atomic
def renew_tokens(customer_id: int) -> None:
    """Give the orders of a customer new secret tokens, so that no old link opens them."""
    for order in Order.objects.locked().filter(customer_id=customer_id):
        order.token = new_token()
        order.save(update_fields=["token"])
