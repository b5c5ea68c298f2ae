"""Facts of the e-mails about accounts, from the context that `AccountMail` carries."""

from __future__ import annotations

from typing import Any

from django.utils.dateparse import parse_datetime

from shop.core.clock import show_exact

Facts = dict[str, Any]


def link(context: Facts) -> Facts:
    """The link that proves that the reader has this address."""
    return {"url": str(context["url"])}


def sign_up_link(context: Facts) -> Facts:
    """Where to create an account."""
    return {"url": str(context["signup_url"])}


def sign_in_link(context: Facts) -> Facts:
    """Where to sign in."""
    return {"url": str(context["login_url"])}


def email_changed(context: Facts) -> Facts:
    """The address that the reader signs in with from now on."""
    return {"new_email": str(context["new_email"])}


def moment(context: Facts) -> Facts:
    """When it happened; empty where the event does not say."""
    at = parse_datetime(str(context.get("at", "")))
    return {"moment": show_exact(at) if at else ""}


def factor(context: Facts) -> Facts:
    """Which second factor changed, and when."""
    return {"factor": str(context["factor"]), **moment(context)}


def nothing(context: Facts) -> Facts:
    """The kind says it all."""
    return {}
