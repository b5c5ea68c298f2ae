"""Where django-allauth's pages meet our services: rules, mails and addresses are ours."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts import email_addresses, passwords, sign_in
from accounts.errors import LinkInvalid
from accounts.events import AccountMail
from accounts.links import confirmation_url, reset_url
from shop.api.clients import client_address
from shop.core.errors import TooManyRequests
from shop.core.events import publish
from shop.web.origin import safe_next

# allauth's template -> our kind of mail and its further context. Mails about
# passwords, confirmations and changed addresses are published by the services, in the
# transaction of what they tell.
_MAILS: dict[str, tuple[str, dict[str, str]]] = {
    "mfa/email/totp_activated": ("mfa_added", {"factor": "totp"}),
    "mfa/email/totp_deactivated": ("mfa_removed", {"factor": "totp"}),
    "mfa/email/webauthn_added": ("mfa_added", {"factor": "passkey"}),
    "mfa/email/webauthn_removed": ("mfa_removed", {"factor": "passkey"}),
    "mfa/email/recovery_codes_generated": ("recovery_codes_made", {}),
}


class AccountAdapter(DefaultAccountAdapter):
    """Hands allauth's acts to the services of the features."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": gettext_lazy("The e-mail address or password is incorrect."),
        "username_password_mismatch": gettext_lazy("The username or password is incorrect."),
    }

    def get_client_ip(self, request: Any) -> str:
        """The visitor's address, believing only our own proxies."""
        return client_address(request) or "0.0.0.0"  # noqa: S104 - a socket without address

    def pre_authenticate(self, request: Any, **credentials: Any) -> None:
        """Count the try against the same allowance as the API's sign-in."""
        login = credentials.get("email") or credentials.get("username") or ""
        attempt = sign_in.Attempt(login, client_address(request))
        try:
            attempt.begin()
        except TooManyRequests as refusal:
            raise ValidationError(refusal.message, code=refusal.code) from refusal
        request.sign_in_attempt = attempt

    def authenticate(self, request: Any, **credentials: Any) -> Any:
        """The user with these credentials, or None."""
        user = super().authenticate(request, **credentials)
        if user is not None:
            request.sign_in_attempt.succeed()
        return user

    def _rollback_login_failed_rl_usage(self) -> None:
        """Nothing to give back: tries are counted by `Attempt`."""

    def set_password(self, user: Any, password: str) -> None:
        """Store the password; all other sessions and sign-ins end."""
        passwords.set_password(user, password, at=timezone.now())

    def confirm_email(self, request: Any, email_address: Any) -> bool:
        """Mark the address as confirmed."""
        try:
            user = email_addresses.confirm_address(email_address, at=timezone.now())
        except LinkInvalid as refusal:
            messages.error(request, refusal.message)
            return False
        messages.success(request, _("%(email)s is confirmed.") % {"email": user.email})
        return True

    def should_send_confirmation_mail(self, request: Any, email_address: Any, signup: bool) -> bool:
        """Never by itself: `register` sends the first, the shopper asks for another."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Publish the mail; the outbox sends it after commit."""
        if template_prefix not in _MAILS:
            return
        kind, extra = _MAILS[template_prefix]
        user = context.get("user") or getattr(self.request, "user", None)
        with transaction.atomic():
            publish(
                AccountMail(
                    kind=kind,
                    email=email,
                    context={
                        "name": getattr(user, "first_name", ""),
                        "at": timezone.now().isoformat(),
                        **extra,
                    },
                    language=get_language() or "",
                )
            )

    def get_email_confirmation_url(self, request: Any, emailconfirmation: Any) -> str:
        """The link's address, from our settings and never from the request's Host."""
        return confirmation_url(emailconfirmation.key)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link's address, from our settings and never from the request's Host."""
        return reset_url(key)

    def is_safe_url(self, url: str | None) -> bool:
        """Whether `next` leads to a page of ours."""
        if not url:
            return False
        probe = _Probe(self.request, url)
        return safe_next(probe, "") == url  # type: ignore[arg-type]


class _Probe:
    """As much of a request as `safe_next` looks at."""

    def __init__(self, request: Any, url: str) -> None:
        self.POST = {"next": url}
        self.GET: dict[str, str] = {}
        self.get_host = request.get_host
