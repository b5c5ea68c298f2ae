"""The letters about accounts: verify, reset, and what happened to the sign-in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from notifications.letters import Letter
from notifications.models import OutgoingMail
from notifications.services.mail import queue_mail
from shop.core.clock import show_exact


def write_account_mail(
    kind: str, *, email: str, context: dict[str, Any], language: str, key: str, at: datetime
) -> OutgoingMail | None:
    """Write the letter `kind` about an account. None if the cause `key` had its mail before."""
    return queue_mail(
        key,
        kind=f"account_{kind}"[:40],
        to=email,
        language=language or settings.LANGUAGE_CODE,
        write=lambda: _letter(kind, context),
        at=at,
    )


def _letter(kind: str, context: dict[str, Any]) -> Letter:
    writer = _WRITERS.get(kind)
    return writer(context) if writer else _notice(context)


def _ignore() -> str:
    return _("If you didn't request this, you can ignore this e-mail.")


def _not_you() -> str:
    return _("If this wasn't you, reset your password immediately and contact us.")


def _verify_email(context: dict[str, Any]) -> Letter:
    return _plain(
        _("Confirm your e-mail address"),
        [_("Confirm that this e-mail address belongs to you."), _ignore()],
        (_("Confirm e-mail address"), str(context.get("url", ""))),
    )


def _email_confirm_change(context: dict[str, Any]) -> Letter:
    return _plain(
        _("Confirm your new e-mail address"),
        [_("Once confirmed, you sign in with this address."), _ignore()],
        (_("Confirm e-mail address"), str(context.get("url", ""))),
    )


def _email_code(context: dict[str, Any]) -> Letter:
    return _plain(
        _("Your code"), [str(context.get("code", "")), _("The code works once and expires soon.")]
    )


def _email_changed(context: dict[str, Any]) -> Letter:
    text = _("You can now sign in to %(shop)s with %(email)s.") % {
        "shop": settings.SHOP_NAME,
        "email": context.get("new_email", ""),
    }
    return _plain(_("Your e-mail address was changed"), [text, _not_you()])


def _reset_password(context: dict[str, Any]) -> Letter:
    return _plain(
        _("Reset your password"),
        [_("The link works once and expires soon."), _ignore()],
        (_("Reset your password"), str(context.get("url", ""))),
    )


def _reset_unknown(context: dict[str, Any]) -> Letter:
    return _plain(
        _("No account with this e-mail address"),
        [
            _("Someone requested a password reset for this address, but it has no account."),
            _ignore(),
        ],
        (_("Create account"), str(context.get("signup_url", ""))),
    )


def _account_exists(context: dict[str, Any]) -> Letter:
    return _plain(
        _("You already have an account"),
        [
            _("Someone tried to create an account with this address, but it already has one."),
            _ignore(),
        ],
        (_("Sign in"), str(context.get("login_url", ""))),
    )


def _password_changed(context: dict[str, Any]) -> Letter:
    return _plain(_("Your password was changed"), [_when(context), _not_you()])


def _password_set(context: dict[str, Any]) -> Letter:
    return _plain(_("A password was added to your account"), [_when(context), _not_you()])


def _mfa_added(context: dict[str, Any]) -> Letter:
    return _plain(
        _("Two-step verification was added"), [_factor(context), _when(context), _not_you()]
    )


def _mfa_removed(context: dict[str, Any]) -> Letter:
    return _plain(
        _("Two-step verification was removed"), [_factor(context), _when(context), _not_you()]
    )


def _recovery_codes_made(context: dict[str, Any]) -> Letter:
    return _plain(
        _("New recovery codes were created"),
        [_("Your old recovery codes no longer work."), _not_you()],
    )


def _account_deleted(context: dict[str, Any]) -> Letter:
    return _plain(
        _("Your account was deleted"),
        [_("Order records that we must keep by law no longer contain your name.")],
    )


def _notice(context: dict[str, Any]) -> Letter:
    subject = str(context.get("subject") or _("Notice about your account"))
    text = str(context.get("text") or "")
    url = str(context.get("url") or "")
    paragraphs = [part for part in text.split("\n\n") if part.strip()] or [_not_you()]
    return _plain(subject, paragraphs, (_("Continue"), url) if url else None)


_WRITERS: dict[str, Callable[[dict[str, Any]], Letter]] = {
    "verify_email": _verify_email,
    "email_confirm_change": _email_confirm_change,
    "email_code": _email_code,
    "email_changed": _email_changed,
    "reset_password": _reset_password,
    "reset_unknown": _reset_unknown,
    "account_exists": _account_exists,
    "password_changed": _password_changed,
    "password_set": _password_set,
    "mfa_added": _mfa_added,
    "mfa_removed": _mfa_removed,
    "recovery_codes_made": _recovery_codes_made,
    "account_deleted": _account_deleted,
    "notice": _notice,
}


def _factor(context: dict[str, Any]) -> str:
    return _("Method: %(factor)s.") % {"factor": context.get("factor", "")}


def _when(context: dict[str, Any]) -> str:
    moment = parse_datetime(str(context.get("at", "")))
    if moment is None:
        return _("Just now.")
    return _("On %(moment)s.") % {"moment": show_exact(moment)}


def _plain(title: str, paragraphs: list[str], action: tuple[str, str] | None = None) -> Letter:
    return Letter(
        subject=title,
        title=title + ".",
        preheader=paragraphs[0],
        paragraphs=paragraphs,
        action=action,
    )
