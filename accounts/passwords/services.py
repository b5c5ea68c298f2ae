"""Passwords: changing, forgetting, setting a new one."""

from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.email_addresses import confirm_address
from accounts.errors import LinkInvalid, PasswordWrong
from accounts.events import AccountMail
from accounts.identity import clean_email
from accounts.links import reset_key, reset_url, shop_url, user_of_reset_key
from accounts.models import User
from accounts.registration import check_password_rules
from accounts.sign_in import revoke_families
from shop.core import audit
from shop.core.actors import Actor
from shop.core.errors import Invalid
from shop.core.events import publish
from shop.core.rates import Rate, spend

_RESETS = Rate("reset-mail", 5, 60 * 60)


def change_password(user: User, *, current_password: str, new_password: str, at: datetime) -> User:
    """Change the password of somebody who knows the current one.

    Ends every other session and all sign-ins through the API; the entry point keeps its own session
    with `update_session_auth_hash`. Raises `PasswordWrong`, `Invalid`.
    """
    if not check_password(current_password, user.password):
        raise PasswordWrong(errors={"current_password": [str(PasswordWrong.default_message)]})
    check_password_rules(new_password, user, field="new_password")
    if current_password == new_password:
        message = _("Choose a password that differs from the current one.")
        raise Invalid(message, errors={"new_password": [message]})
    return set_password(user, new_password, at=at)


def set_password(
    user: User, password: str | None, *, actor: Actor | None = None, at: datetime
) -> User:
    """Store a password that was checked, end all sessions and sign-ins, and tell the owner.

    With None nobody signs in by password any more. `actor` is who did it, the user
    where nobody is named.
    """
    encoded = make_password(password)
    with transaction.atomic():
        locked: User = User.objects.locked().get(pk=user.pk)
        _store(locked, encoded, reason="password_changed", actor=actor, at=at)
    user.password, user.reset_asked_at = locked.password, None
    return locked


def request_password_reset(email: str, *, at: datetime) -> None:
    """Send a link to a new password, or, to an address without account, a mail that says so.

    Says nothing to the caller, whatever the address. A newer link voids the older; more than five
    an hour for one address are left out.
    """
    try:
        address = clean_email(email)
    except Invalid:
        return
    if spend(_RESETS, address).is_over:
        return
    with transaction.atomic():
        user = User.objects.locked().with_email(address).filter(is_active=True).first()
        if user is None:
            publish(
                AccountMail(
                    kind="reset_unknown",
                    email=address,
                    context={"signup_url": shop_url(reverse("account_signup"))},
                    language=get_language() or "",
                )
            )
            return
        user.reset_asked_at = at
        user.save(update_fields=["reset_asked_at"])
        publish(
            AccountMail(
                kind="reset_password",
                email=user.email,
                context={"url": reset_url(reset_key(user)), "name": user.first_name},
                language=get_language() or "",
            )
        )


def reset_password(key: str, *, new_password: str, at: datetime) -> User:
    """Set a new password with the key of a link. Raises `LinkInvalid`, `Invalid`."""
    user = user_of_reset_key(key)
    if user is None:
        raise LinkInvalid
    check_password_rules(new_password, user)
    encoded = make_password(new_password)
    with transaction.atomic():
        # Twins with the same link: the first changes the password, and with it
        # what the link proves.
        locked: User = User.objects.locked().get(pk=user.pk)
        if user_of_reset_key(key) is None:
            raise LinkInvalid
        _store(locked, encoded, reason="password_reset", at=at)
        # Who opened the link reads that mailbox.
        address = EmailAddress.objects.filter(
            user=locked, email=locked.email, verified=False
        ).first()
        if address is not None:
            confirm_address(address, at=at)
    return locked


def _store(
    user: User, encoded: str, *, reason: str, actor: Actor | None = None, at: datetime
) -> None:
    user.password, user.reset_asked_at = encoded, None
    user.save(update_fields=["password", "reset_asked_at"])
    revoke_families(user, reason=reason, at=at)
    # A thief may have asked for another address with the old password: that link dies with it.
    EmailAddress.objects.filter(user=user, primary=False).delete()
    audit.record(reason, user, actor=actor or Actor.of(user))
    publish(
        AccountMail(
            kind="password_changed",
            email=user.email,
            context={"name": user.first_name, "at": at.isoformat()},
            language=get_language() or "",
        )
    )
