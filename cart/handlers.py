"""What carts do when something happens elsewhere."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.utils import timezone

from accounts.registration import customer_for
from cart.services import merge_carts
from cart.sessions import COOKIE, cart_of_token


@receiver(user_logged_in, dispatch_uid="cart.merge_at_sign_in")
def merge_at_sign_in(sender: Any, request: Any, user: Any, **_kwargs: Any) -> None:
    """Bring a guest's cart along when its owner signs in on a page, and tell what
    could not be taken over.
    """
    token = getattr(request, "COOKIES", {}).get(COOKIE, "") if request is not None else ""
    guest = cart_of_token(token) if token else None
    if guest is None:
        return
    for notice in merge_carts(guest, customer_for(user), at=timezone.now()):
        messages.warning(request, notice)
