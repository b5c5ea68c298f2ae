"""The e-mail address: proving it, and changing it."""

from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.errors import LinkInvalid, PasswordWrong
from accounts.events import AccountMail, EmailVerified
from accounts.identity import clean_email, email_key, mask_email
from accounts.links import (
    address_of_confirmation_key,
    confirmation_key,
    confirmation_url,
    shop_url,
)
from accounts.models import Customer, User
from shop.core import audit
from shop.core.actors import Actor
from shop.core.errors import Invalid
from shop.core.events import publish
from shop.core.rates import Rate, spend

# Somebody who types another's address again and again must not fill their mailbox.
_REMINDERS = Rate("account-exists-mail", 1, 60 * 60)


def send_verification(address: EmailAddress) -> None:
    """Send the link that proves that mail to `address` arrives. Belongs inside a transaction."""
    user = address.user
    is_change = address.email.lower() != user.email.lower()
    publish(
        AccountMail(
            kind="email_confirm_change" if is_change else "verify_email",
            email=address.email,
            context={
                "url": confirmation_url(confirmation_key(address)),
                "name": user.first_name,
            },
            language=get_language() or "",
        )
    )


@transaction.atomic
def send_verification_again(user: User) -> None:
    """Send the link again for the address that still waits for it, if one does."""
    waiting = EmailAddress.objects.filter(user=user, verified=False)
    address = waiting.order_by("primary", "pk").first()
    if address is not None:
        send_verification(address)


def verify_email(key: str, *, at: datetime) -> User:
    """Confirm the address that the link's `key` stands for.

    Raises `LinkInvalid`. For a changed e-mail see `confirm_address`.
    """
    address = address_of_confirmation_key(key)
    if address is None:
        raise LinkInvalid
    return confirm_address(address, at=at)


def confirm_address(address: EmailAddress, *, at: datetime) -> User:
    """Mark `address` as verified and make it the one the user signs in with.

    Where it replaces another, that one is told and forgotten. Raises `LinkInvalid` if the address
    was confirmed or withdrawn meanwhile, or has become somebody else's. Publishes `EmailVerified`.
    """
    try:
        with transaction.atomic():
            return _confirm(address, at)
    except IntegrityError as error:
        raise LinkInvalid from error


def tell_owner(email: str) -> None:
    """Tell the owner of an account that somebody typed their address, at most once an hour."""
    if spend(_REMINDERS, email).is_over:
        return
    with transaction.atomic():
        publish(
            AccountMail(
                kind="account_exists",
                email=email,
                context={
                    "login_url": shop_url(reverse("account_login")),
                    "reset_url": shop_url(reverse("account_reset_password")),
                },
                language=get_language() or "",
            )
        )


def start_email_change(user: User, *, email: str, current_password: str, at: datetime) -> None:
    """Send a link to the new address; the e-mail changes when it is opened.

    A new address that belongs to another account gets a mail that says so, and the answer here is
    the same. Raises `PasswordWrong`, `Invalid`. Only one change waits at a time.
    """
    if not user.check_password(current_password):
        raise PasswordWrong(errors={"current_password": [str(PasswordWrong.default_message)]})
    try:
        new_email = clean_email(email)
    except Invalid as refusal:
        raise Invalid(refusal.message, errors={"email": [refusal.message]}) from refusal
    if new_email == email_key(user.email):
        message = _("This is already your e-mail address.")
        raise Invalid(message, errors={"email": [message]})
    with transaction.atomic():
        user = User.objects.locked().get(pk=user.pk)
        EmailAddress.objects.filter(user=user, primary=False).delete()
        if User.objects.with_email(new_email).exists():
            tell_owner(new_email)
            return
        address = EmailAddress.objects.create(
            user=user, email=new_email, primary=False, verified=False
        )
        send_verification(address)
        audit.record("email_change_asked", user, actor=Actor.of(user))


def _confirm(address: EmailAddress, at: datetime) -> User:
    user: User | None = User.objects.locked().filter(pk=address.user_id, is_active=True).first()
    waiting = EmailAddress.objects.filter(pk=address.pk, verified=False).first()
    if user is None or waiting is None:
        raise LinkInvalid
    old_email = user.email
    waiting.verified = waiting.primary = True
    EmailAddress.objects.filter(user=user).exclude(pk=waiting.pk).delete()
    waiting.save(update_fields=["verified", "primary"])
    if waiting.email.lower() != old_email.lower():
        if user.username.lower() == old_email.lower():
            user.username = waiting.email
        user.email = waiting.email
        # A link to a new password that went to the old address must not work any more.
        user.reset_asked_at = at
        user.save(update_fields=["email", "username", "reset_asked_at"])
        Customer.objects.filter(user=user).update(email=user.email)
        _tell_old_address(user, old_email, at)
    publish(EmailVerified(user_id=user.pk, email=user.email))
    return user


def _tell_old_address(user: User, old_email: str, at: datetime) -> None:
    publish(
        AccountMail(
            kind="email_changed",
            email=old_email,
            context={
                "name": user.first_name,
                "new_email": mask_email(user.email),
                "at": at.isoformat(),
            },
            language=get_language() or "",
        )
    )
    audit.record(
        "email_changed", user, actor=Actor.of(user), changes={"email": [old_email, user.email]}
    )
