"""Proving who one is, with as many tries as a person needs and no more.

Wrong tries count for the pair of login and address, and for the address. Many wrong tries for one
login from everywhere close it only for addresses it was never used from, so that nobody can lock
somebody else out.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.errors import CredentialsWrong, SecondFactorMissing, SecondFactorNeeded
from accounts.identity import email_key
from accounts.models import User
from accounts.password_rules import MAX_PASSWORD_LENGTH
from accounts.sign_in.second_factor import use_totp_code
from shop.core import caching
from shop.core.errors import TooManyRequests
from shop.core.rates import Rate, Standing, network_of, spend

WINDOW_SECONDS = 15 * 60
WRONG_PER_LOGIN_AND_ADDRESS = 10
WRONG_PER_ADDRESS = 50
WRONG_PER_LOGIN = 100
_KNOWN_FOR_SECONDS = 60 * 60 * 24 * 90


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to sign in as `login` from the network address `address`."""

    login: str
    address: str

    def begin(self) -> None:
        """Count the try as wrong until it proves right. Raises `TooManyRequests`."""
        # Counted before the password is looked at: tries at once must not slip through together.
        standings = self._spend(1)
        if any(standing.is_over for standing in standings):
            raise TooManyRequests(retry_after=max(standing.reset for standing in standings))

    def succeed(self) -> None:
        """Take the try back, and remember that this login is used from here."""
        self._spend(-1)
        caching.keep(self._known_key, 1, _KNOWN_FOR_SECONDS)

    def _spend(self, cost: int) -> list[Standing]:
        if settings.THROTTLES["login"] == "off":
            return []
        login, network = email_key(self.login), network_of(self.address)
        counted = [
            ("wrong-here", WRONG_PER_LOGIN_AND_ADDRESS, f"{login} {network}"),
            ("wrong-address", WRONG_PER_ADDRESS, network),
        ]
        if not caching.recall(int, self._known_key):
            counted.append(("wrong-login", WRONG_PER_LOGIN, login))
        return [
            spend(Rate(name, quota, WINDOW_SECONDS), caller, cost=cost)
            for name, quota, caller in counted
        ]

    @property
    def _known_key(self) -> str:
        text = f"{email_key(self.login)} {network_of(self.address)}"
        return f"known:{hashlib.sha256(text.encode()).hexdigest()}"


def sign_in(*, login: str, password: str, code: str = "", address: str, at: datetime) -> User:
    """The user who signs in as `login` (e-mail or username) with this password.

    Where they have a second factor, `code` is its code or a recovery code. Raises
    `CredentialsWrong`, the same and after the same work whether the account is unknown, closed or
    the password wrong; `SecondFactorNeeded`; `SecondFactorMissing`; `TooManyRequests`.
    """
    attempt = Attempt(login, address)
    attempt.begin()
    user: User | None = User.objects.with_login(login).first()
    if len(password) > MAX_PASSWORD_LENGTH:
        raise CredentialsWrong
    if user is None:
        make_password(password)
        raise CredentialsWrong
    if not user.check_password(password) or not user.is_active:
        raise CredentialsWrong
    _check_second_factor(user, code)
    require_factor_of_staff(user)
    attempt.succeed()
    User.objects.filter(pk=user.pk).update(last_login=at)
    user.last_login = at
    return user


def require_factor_of_staff(user: User) -> None:
    """Raise `SecondFactorMissing` for staff without a second factor where the shop asks for one."""
    if settings.BACKOFFICE_REQUIRE_MFA and user.is_staff and not is_mfa_enabled(user):
        raise SecondFactorMissing


@transaction.atomic
def _check_second_factor(user: User, code: str) -> None:
    factors = list(Authenticator.objects.select_for_update().filter(user=user).order_by("pk"))
    if not factors:
        return
    if not code:
        raise SecondFactorNeeded
    for factor in factors:
        if factor.type == Authenticator.Type.TOTP and use_totp_code(factor, code):
            factor.record_usage()
            return
        if factor.type == Authenticator.Type.RECOVERY_CODES and RecoveryCodes(factor).validate_code(
            code
        ):
            factor.record_usage()
            return
    raise CredentialsWrong
