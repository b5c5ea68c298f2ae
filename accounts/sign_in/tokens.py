"""Signing in through the API: pairs of tokens, their rotation, and their end.

A family is one sign-in. Its refresh tokens are used once each and replaced by their child; one that
comes a second time was stolen or copied, so the whole family ends, and with it every access token
that carries its id (RFC 9700 §4.14.2). Of two uses at once one wins, and the other ends the family
too: no client of good will sends a token twice, and a grace period would be the thief's.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from accounts.errors import TokenInvalid
from accounts.models import RefreshFamily, RefreshToken, User
from accounts.sign_in import jwt

FORGET_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a client holds: `access` is valid for an hour, `refresh` gets the next pair, once."""

    access: str
    refresh: str
    family_id: str


@transaction.atomic
def issue_tokens(user: User, *, at: datetime) -> TokenPair:
    """Begin a family for a user who has just proved who they are."""
    family = RefreshFamily.objects.create(
        user=user, created_at=at, last_used_at=at, expires_at=at + _refresh_life()
    )
    return _next_pair(family, at)


def rotate_tokens(refresh_token: str, *, at: datetime) -> TokenPair:
    """Use up a refresh token and give the next pair.

    Raises `TokenInvalid`; where the token was used before, its family is revoked first.
    """
    claims = jwt.decode(refresh_token, kind=jwt.REFRESH)
    # Not one atomic block around it all: the refusal must not roll the revocation back.
    with transaction.atomic():
        pair = _rotate(claims, at)
    if pair is None:
        raise TokenInvalid
    return pair


def revoke_family(family_id: str, *, reason: str, at: datetime) -> None:
    """End one sign-in: its refresh and its access tokens stop counting at once."""
    RefreshFamily.objects.filter(pk=family_id, revoked_at__isnull=True).update(
        revoked_at=at, revoked_reason=reason
    )


def revoke_by_refresh_token(refresh_token: str, *, user: User, at: datetime) -> None:
    """End the sign-in that `refresh_token` belongs to.

    Raises `TokenInvalid` if it is not the user's.
    """
    claims = jwt.decode(refresh_token, kind=jwt.REFRESH)
    if claims.user_id != user.pk:
        raise TokenInvalid
    revoke_family(str(claims.family_id), reason="logout", at=at)


def revoke_families(user: User, *, reason: str, at: datetime) -> int:
    """End all of the user's sign-ins through the API and return how many there were."""
    return RefreshFamily.objects.filter(user=user, revoked_at__isnull=True).update(
        revoked_at=at, revoked_reason=reason
    )


def forget_ended_families(*, at: datetime) -> int:
    """Delete what no sound token can point at any more, and return how many families went."""
    before = at - FORGET_AFTER
    # A used token is kept as long as its JWT could come back, to know a thief by it.
    RefreshToken.objects.filter(created_at__lt=at - _refresh_life(), used_at__isnull=False).delete()
    _total, deleted = RefreshFamily.objects.forgettable(before=before).delete()
    return deleted.get("accounts.RefreshFamily", 0)


def _rotate(claims: jwt.Claims, at: datetime) -> TokenPair | None:
    families = RefreshFamily.objects.locked().filter(user_id=claims.user_id)
    family = families.live(at=at).filter(pk=claims.family_id).first()
    if family is None:
        return None
    token = family.tokens.filter(jti_hash=claims.token_hash).first()
    if token is None:
        return None
    if token.used_at is not None:
        family.revoked_at, family.revoked_reason = at, "reuse"
        family.save(update_fields=["revoked_at", "revoked_reason"])
        return None
    token.used_at = at
    token.save(update_fields=["used_at"])
    family.last_used_at, family.expires_at = at, at + _refresh_life()
    family.save(update_fields=["last_used_at", "expires_at"])
    return _next_pair(family, at)


def _next_pair(family: RefreshFamily, at: datetime) -> TokenPair:
    refresh_id = secrets.token_urlsafe(32)
    RefreshToken.objects.create(family=family, jti_hash=jwt.hash_of(refresh_id), created_at=at)
    return TokenPair(
        access=jwt.encode(
            jwt.ACCESS,
            user_id=family.user_id,
            family_id=family.pk,
            token_id=secrets.token_urlsafe(16),
            at=at,
            life=settings.SIMPLE_JWT["ACCESS_TOKEN_LIFETIME"],
        ),
        refresh=jwt.encode(
            jwt.REFRESH,
            user_id=family.user_id,
            family_id=family.pk,
            token_id=refresh_id,
            at=at,
            life=_refresh_life(),
        ),
        family_id=str(family.pk),
    )


def _refresh_life() -> timedelta:
    life: timedelta = settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"]
    return life
