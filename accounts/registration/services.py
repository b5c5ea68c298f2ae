"""Opening an account."""

from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.email_addresses import send_verification
from accounts.email_addresses.services import tell_owner
from accounts.errors import RegistrationRefused
from accounts.events import UserRegistered
from accounts.identity import clean_email, clean_username
from accounts.models import Consent, Customer, User
from accounts.typed_text import clean_line
from shop.core.errors import Invalid
from shop.core.events import publish

NEWSLETTER_TEXT_VERSION = "2026-11"


def register(
    *,
    email: str,
    password: str,
    username: str = "",
    first_name: str = "",
    last_name: str = "",
    has_newsletter: bool = False,
    at: datetime,
) -> User:
    """Open an account with its customer, and send the link that verifies the e-mail.

    Raises `RegistrationRefused` with messages per field. A known e-mail and a taken username are
    refused alike, after the same work and without naming a field, and the owner of the e-mail is
    told by mail. What remains to be guessed from a refusal is in docs/decisions/0011; entry points
    limit the number of attempts. Publishes `UserRegistered` and the mail.
    """
    user = _clean_user(
        email=email,
        password=password,
        username=username,
        first_name=first_name,
        last_name=last_name,
        at=at,
    )
    # Hashing is slow on purpose: never while the database waits.
    user.password = make_password(password)
    try:
        with transaction.atomic():
            _refuse_taken(user)
            user.save()
            _fill_account(user, has_newsletter=has_newsletter, at=at)
    except IntegrityError:
        # A twin was faster; the unique index had the last word.
        _refuse_taken(user)
        raise
    except RegistrationRefused:
        if User.objects.with_email(user.email).exists():
            tell_owner(user.email)
        raise
    return user


def customer_for(user: User) -> Customer:
    """The user's customer row, made if they have none (staff, imported users)."""
    customer, _created = Customer.objects.get_or_create(
        user=user, defaults={"email": user.email, "name": user.get_full_name()}
    )
    return customer


def check_password_rules(password: str, user: User, *, field: str = "password") -> None:
    """Raise `Invalid`, under `field`, if the password breaks a rule."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(error.messages[0], errors={field: error.messages}) from error


def _clean_user(
    *, email: str, password: str, username: str, first_name: str, last_name: str, at: datetime
) -> User:
    user = User(date_joined=at)
    errors: dict[str, list[str]] = {}
    try:
        user.email = clean_email(email)
    except Invalid as refusal:
        errors["email"] = [refusal.message]
    for name, text in (("first_name", first_name), ("last_name", last_name)):
        try:
            setattr(user, name, clean_line(text, max_length=150))
        except Invalid as refusal:
            errors[name] = [refusal.message]
    try:
        user.username = clean_username(username, email=user.email)
    except Invalid as refusal:
        errors["username"] = [refusal.message]
    try:
        check_password_rules(password, user)
    except Invalid as refusal:
        errors |= refusal.errors
    if errors:
        raise RegistrationRefused(errors=errors)
    return user


def _refuse_taken(user: User) -> None:
    taken = [
        User.objects.with_email(user.email).exists(),
        User.objects.with_username(user.username).exists(),
    ]
    if any(taken):
        raise RegistrationRefused(
            _(
                "An account can't be created with these details. If you already have one, sign in "
                "or reset your password. Otherwise, try another username."
            )
        )


def _fill_account(user: User, *, has_newsletter: bool, at: datetime) -> None:
    Customer.objects.create(
        user=user,
        email=user.email,
        name=user.get_full_name(),
        language=get_language() or "",
        has_newsletter=has_newsletter,
        created_at=at,
    )
    if has_newsletter:
        Consent.objects.create(
            user=user,
            email=user.email,
            kind="newsletter",
            text_version=NEWSLETTER_TEXT_VERSION,
            is_given=True,
            at=at,
        )
    address = EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
    publish(UserRegistered(user_id=user.pk))
    send_verification(address)
