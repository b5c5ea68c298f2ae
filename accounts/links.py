"""The links in mails: what they prove, and for how long."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.urls import reverse
from django.utils.http import base36_to_int, int_to_base36

from accounts.models import User


class ResetTokens(PasswordResetTokenGenerator):
    """Tokens for a new password: good once, until `PASSWORD_RESET_TIMEOUT`, and only the newest."""

    key_salt = "accounts.links.ResetTokens"

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        asked: datetime | None = user.reset_asked_at
        stamp = f"{asked.timestamp():.6f}" if asked else ""
        return f"{super()._make_hash_value(user, timestamp)}{stamp}{user.is_active}"


def shop_url(path: str) -> str:
    """The whole address of a page of ours. It never follows a request's Host header."""
    return f"{settings.SITE_URL}{path}"


def reset_key(user: User) -> str:
    """The key of a link to a new password, which the page and the API both take."""
    return f"{int_to_base36(user.pk)}-{ResetTokens().make_token(user)}"


def reset_url(key: str) -> str:
    """The page behind the link to a new password."""
    uid, _dash, token = key.partition("-")
    return shop_url(
        reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
    )


def user_of_reset_key(key: str) -> User | None:
    """The user who may set a new password with `key`, or None if it is void."""
    uid, _dash, token = key.partition("-")
    try:
        pk = base36_to_int(uid)
    except ValueError:
        return None
    user = User.objects.filter(pk=pk, is_active=True).first() if pk < 2**63 else None
    return user if user is not None and ResetTokens().check_token(user, token) else None


def confirmation_key(address: EmailAddress) -> str:
    """The key of a link that proves that mail to `address` arrives."""
    return str(EmailConfirmationHMAC.create(address).key)


def confirmation_url(key: str) -> str:
    """The page behind the link that confirms an address."""
    return shop_url(reverse("account_confirm_email", args=[key]))


def address_of_confirmation_key(key: str) -> EmailAddress | None:
    """The address that `key` confirms, or None if it is void or was used."""
    confirmation = EmailConfirmationHMAC.from_key(key)
    return confirmation.email_address if confirmation else None
