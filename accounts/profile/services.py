"""A person's own data: changing them, taking them along, having them deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from accounts.errors import LastAdministrator, NotSubscribed, PasswordWrong
from accounts.events import AccountDeleted, AccountMail
from accounts.identity import clean_username
from accounts.models import Consent, Customer, RefreshFamily, User
from accounts.profile.exports import sections
from accounts.registration import customer_for
from accounts.registration.services import NEWSLETTER_TEXT_VERSION
from accounts.states import Role
from accounts.typed_text import clean_line, in_ascii_digits
from shop.core import audit
from shop.core.actors import Actor
from shop.core.errors import Invalid
from shop.core.events import publish

_MAX_LENGTHS = {"first_name": 150, "last_name": 150, "phone": 40}


@transaction.atomic
def update_profile(
    user: User,
    *,
    first_name: str | None = None,
    last_name: str | None = None,
    username: str | None = None,
    phone: str | None = None,
    language: str | None = None,
    has_newsletter: bool | None = None,
    at: datetime,
) -> User:
    """Change what a person says about themselves; what is None stays.

    Every change of mind about the newsletter is kept as a `Consent`. Raises `Invalid` per field.
    """
    user = User.objects.locked().get(pk=user.pk)
    customer = Customer.objects.locked().get(pk=customer_for(user).pk)
    texts = {"first_name": first_name, "last_name": last_name, "phone": phone}
    cleaned = _clean_texts({name: text for name, text in texts.items() if text is not None})
    if username is not None:
        user.username = _clean_username(user, username)
    user.first_name = cleaned.get("first_name", user.first_name)
    user.last_name = cleaned.get("last_name", user.last_name)
    customer.phone = cleaned.get("phone", customer.phone)
    if language is not None:
        customer.language = _clean_language(language)
    if has_newsletter is not None and has_newsletter != customer.has_newsletter:
        customer.has_newsletter = has_newsletter
        _record_newsletter(customer, is_given=has_newsletter, at=at)
    customer.name = user.get_full_name()
    user.save(update_fields=["first_name", "last_name", "username"])
    customer.save(update_fields=["name", "phone", "language", "has_newsletter"])
    user.customer = customer
    return user


@transaction.atomic
def withdraw_newsletter(customer: Customer, *, actor: Actor, at: datetime) -> Customer:
    """Unsubscribe a customer who asked staff for it. There is no way for staff to
    subscribe anybody.

    Raises `NotSubscribed`.
    """
    customer = Customer.objects.locked().get(pk=customer.pk)
    if not customer.has_newsletter:
        raise NotSubscribed
    customer.has_newsletter = False
    customer.save(update_fields=["has_newsletter"])
    _record_newsletter(customer, is_given=False, at=at)
    audit.record("unsubscribed", customer, actor=actor, changes={"has_newsletter": [True, False]})
    return customer


def _record_newsletter(customer: Customer, *, is_given: bool, at: datetime) -> None:
    Consent.objects.create(
        user=customer.user,
        email=customer.user.email if customer.user else customer.email,
        kind="newsletter",
        text_version=NEWSLETTER_TEXT_VERSION,
        is_given=is_given,
        at=at,
    )


def delete_account(user: User, *, current_password: str, at: datetime) -> None:
    """Delete the account and everything that is only the person's.

    Where orders point at the customer, the row stays without identity, because invoices must be
    kept; the orders hold their own copies. Raises `PasswordWrong`, `LastAdministrator`. Publishes
    `AccountDeleted` and a last mail.
    """
    if not user.check_password(current_password):
        raise PasswordWrong(errors={"current_password": [str(PasswordWrong.default_message)]})
    with transaction.atomic():
        user = User.objects.locked().get(pk=user.pk)
        administrators = User.objects.locked().filter(role=Role.ADMIN, is_active=True)
        if user.role == Role.ADMIN and len(administrators) <= 1:
            raise LastAdministrator
        publish(
            AccountMail(kind="account_deleted", email=user.email, context={"name": user.first_name})
        )
        customer = Customer.objects.locked().filter(user=user).first()
        customer_id = _strip_identity(customer) if customer else None
        if user.avatar:
            stored, name = user.avatar.storage, str(user.avatar.name)
            transaction.on_commit(lambda: stored.delete(name))
        _forget_consents(user)
        user.delete()
        publish(AccountDeleted(customer_id=customer_id))


def export_data(user: User) -> dict[str, Any]:
    """Everything the shop holds about the person, as JSON-safe data (GDPR, article 20)."""
    customer = customer_for(user)
    data: dict[str, Any] = {
        "account": {
            "email": user.email,
            "username": user.username,
            "first_name": user.first_name,
            "last_name": user.last_name,
            "joined_at": user.date_joined.isoformat(),
            "last_login_at": user.last_login.isoformat() if user.last_login else None,
            "email_addresses": [
                {"email": address.email, "is_verified": address.verified}
                for address in EmailAddress.objects.filter(user=user).order_by("pk")
            ],
        },
        "customer": {
            "name": customer.name,
            "phone": customer.phone,
            "language": customer.language,
            "currency": customer.currency,
            "has_newsletter": customer.has_newsletter,
            "created_at": customer.created_at.isoformat(),
        },
        "addresses": [address.data.as_dict() for address in customer.addresses.order_by("pk")],
        "consents": [
            {
                "kind": consent.kind,
                "text_version": consent.text_version,
                "is_given": consent.is_given,
                "at": consent.at.isoformat(),
            }
            for consent in user.consents.order_by("at", "pk")
        ],
        "sessions": [
            {
                "ip": session.ip,
                "user_agent": session.user_agent,
                "created_at": session.created_at.isoformat(),
                "last_seen_at": session.last_seen_at.isoformat(),
            }
            for session in UserSession.objects.filter(user=user).order_by("pk")
        ],
        "api_sign_ins": [
            {
                "created_at": family.created_at.isoformat(),
                "last_used_at": family.last_used_at.isoformat(),
            }
            for family in RefreshFamily.objects.filter(user=user).order_by("created_at", "pk")
        ],
    }
    return data | {name: section(customer) for name, section in sections().items()}


def _clean_texts(texts: dict[str, str]) -> dict[str, str]:
    cleaned, errors = {}, {}
    for name, text in texts.items():
        try:
            plain = in_ascii_digits(text) if name == "phone" else text
            cleaned[name] = clean_line(plain, max_length=_MAX_LENGTHS[name])
        except Invalid as refusal:
            errors[name] = [refusal.message]
    if errors:
        raise Invalid(errors=errors)
    return cleaned


def _clean_username(user: User, text: str) -> str:
    try:
        username = clean_username(text, email=user.email.lower())
    except Invalid as refusal:
        raise Invalid(refusal.message, errors={"username": [refusal.message]}) from refusal
    if User.objects.with_username(username).exclude(pk=user.pk).exists():
        message = _("This username is already taken.")
        raise Invalid(message, errors={"username": [message]})
    return username


def _clean_language(code: str) -> str:
    if code and code not in dict(settings.LANGUAGES):
        message = _("Choose one of the shop's languages.")
        raise Invalid(message, errors={"language": [message]})
    return code


def _strip_identity(customer: Customer) -> int | None:
    """Delete the customer, or leave a row that says nothing. Returns the id of what is left."""
    customer.addresses.all().delete()
    customer.user = None
    customer.email = f"deleted-{customer.pk}@deleted.invalid"
    customer.name = customer.phone = customer.note = customer.language = ""
    customer.has_newsletter = False
    customer.save()
    pk = customer.pk
    try:
        with transaction.atomic():
            customer.delete()
    except ProtectedError:
        audit.record("account_deleted", customer, actor=Actor("customer", "Customer"))
        return int(pk)
    return None


def _forget_consents(user: User) -> None:
    """Keep that a consent was given or withdrawn, but not by whom."""
    user.consents.update(user=None, email=f"deleted-{user.pk}@deleted.invalid")
