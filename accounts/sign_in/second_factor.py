"""Codes of the second factor: each one counts once, and what was signed in
before the factor ends.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from allauth.usersessions.models import UserSession
from django.db import transaction

from accounts.models import User
from accounts.sign_in.tokens import revoke_families


@transaction.atomic
def use_totp_code(authenticator: Authenticator, code: str) -> bool:
    """Use up a code of an authenticator app; False if it is wrong, was used, or is
    older than one that was.

    The code that set the factor up is used by that (RFC 6238 §5.2). What was used last is kept with
    the factor, so that it holds for pages and API, in all processes and without a cache.
    """
    factor = Authenticator.objects.select_for_update().filter(pk=authenticator.pk).first()
    if factor is None:
        return False
    set_up = int(factor.created_at.timestamp()) // app_settings.TOTP_PERIOD
    used = max(set_up, int(factor.data.get("used_counter", 0)))
    secret = decrypt(factor.data["secret"])
    for counter in totp.yield_hotp_counters_from_time():
        expected = totp.format_hotp_value(totp.hotp_value(secret, counter))
        if counter > used and compare_user_code(actual=code, expected=expected):
            factor.data["used_counter"] = counter
            factor.save(update_fields=["data"])
            return True
    return False


def end_sessions_without_factor(user: User, *, current_key: str | None, at: datetime) -> int:
    """End the user's sessions on other devices once a first factor is set up.
    Returns how many ended.

    Sign-ins through the API that are older than the factor count no more by themselves
    (`RefreshFamilyQuerySet.live`); they are ended here as well, so that none comes back
    once the factor is removed.
    """
    factors = Authenticator.objects.filter(user=user)
    if factors.exclude(type=Authenticator.Type.RECOVERY_CODES).count() != 1:
        return 0
    revoke_families(user, reason="second_factor", at=at)
    others: list[Any] = list(
        UserSession.objects.filter(user=user).exclude(session_key=current_key).order_by("pk")
    )
    for session in others:
        session.end()
    return len(others)
