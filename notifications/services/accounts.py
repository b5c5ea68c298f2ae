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
    return _("If you did not ask for this, you need not do anything.")


def _not_you() -> str:
    return _("If that was not you, choose a new password at once and write to us.")


def _verify_email(context: dict[str, Any]) -> Letter:
    return _plain(
        _("Confirm your e-mail"),
        [_("One click shows that this address is yours."), _ignore()],
        (_("Confirm the address"), str(context.get("url", ""))),
    )


def _email_confirm_change(context: dict[str, Any]) -> Letter:
    return _plain(
        _("Confirm your new e-mail"),
        [_("From the click on you sign in with this address."), _ignore()],
        (_("Confirm the address"), str(context.get("url", ""))),
    )


def _email_code(context: dict[str, Any]) -> Letter:
    return _plain(
        _("Your code"), [str(context.get("code", "")), _("It works once, for a short time.")]
    )


def _email_changed(context: dict[str, Any]) -> Letter:
    text = _("You now sign in to %(shop)s with %(email)s.") % {
        "shop": settings.SHOP_NAME,
        "email": context.get("new_email", ""),
    }
    return _plain(_("Your e-mail was changed"), [text, _not_you()])


def _reset_password(context: dict[str, Any]) -> Letter:
    return _plain(
        _("Choose a new password"),
        [_("The link works once, for a short time."), _ignore()],
        (_("Choose a new password"), str(context.get("url", ""))),
    )


def _reset_unknown(context: dict[str, Any]) -> Letter:
    return _plain(
        _("No account with this e-mail"),
        [_("Somebody asked for a new password, but there is no account here."), _ignore()],
        (_("Open an account"), str(context.get("signup_url", ""))),
    )


def _account_exists(context: dict[str, Any]) -> Letter:
    return _plain(
        _("You have an account already"),
        [_("Somebody wanted to open an account with this address. You have one."), _ignore()],
        (_("Sign in"), str(context.get("login_url", ""))),
    )


def _password_changed(context: dict[str, Any]) -> Letter:
    return _plain(_("Your password was changed"), [_when(context), _not_you()])


def _password_set(context: dict[str, Any]) -> Letter:
    return _plain(_("You have a password now"), [_when(context), _not_you()])


def _mfa_added(context: dict[str, Any]) -> Letter:
    return _plain(_("A second factor was added"), [_factor(context), _when(context), _not_you()])


def _mfa_removed(context: dict[str, Any]) -> Letter:
    return _plain(_("A second factor was removed"), [_factor(context), _when(context), _not_you()])


def _recovery_codes_made(context: dict[str, Any]) -> Letter:
    return _plain(
        _("New recovery codes were made"), [_("The old ones do not work any more."), _not_you()]
    )


def _account_deleted(context: dict[str, Any]) -> Letter:
    return _plain(
        _("Your account is deleted"),
        [_("What the law makes us keep about orders has lost your name.")],
    )


def _notice(context: dict[str, Any]) -> Letter:
    subject = str(context.get("subject") or _("News about your account"))
    text = str(context.get("text") or "")
    url = str(context.get("url") or "")
    paragraphs = [part for part in text.split("\n\n") if part.strip()] or [_not_you()]
    return _plain(subject, paragraphs, (_("Go on"), url) if url else None)


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
    return _("Factor: %(factor)s.") % {"factor": context.get("factor", "")}


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
