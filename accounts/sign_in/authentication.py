"""Who calls the API: the bearer of an access token, or a session; staff with a
second factor only.
"""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import (
    BaseAuthentication,
    SessionAuthentication,
    get_authorization_header,
)

from accounts.errors import TokenInvalid
from accounts.models import RefreshFamily, User
from accounts.sign_in import jwt
from accounts.sign_in.services import require_factor_of_staff


class FamilyJWTAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>`, in one query.

    The token only names its family; whether that still stands, and what the user may do, is
    read from the database. So sign-out, a new password, deactivation and deletion end
    access with the next request.
    """

    def authenticate(self, request: Any) -> tuple[User, RefreshFamily] | None:
        """The user and the family, None without a bearer token.

        Raises `TokenInvalid` for a bad one.
        """
        scheme, _space, token = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        claims = jwt.decode(token.strip(), kind=jwt.ACCESS)
        family = (
            RefreshFamily.objects.live(at=timezone.now())
            .select_related("user")
            .filter(pk=claims.family_id, user_id=claims.user_id)
            .first()
        )
        if family is None:
            raise TokenInvalid
        require_factor_of_staff(family.user)
        return family.user, family

    def authenticate_header(self, request: Any) -> str:
        """What a caller without sign-in is told to send."""
        return 'Bearer realm="api"'


class StrictSessionAuthentication(SessionAuthentication):
    """The same sign-in as on pages; writes need the CSRF token.

    Without it a caller is told 401, not 403.
    """

    def authenticate(self, request: Any) -> tuple[User, None] | None:
        """The user of the session, None without one. Raises `SecondFactorMissing`."""
        found: tuple[User, None] | None = super().authenticate(request)
        if found is not None:
            require_factor_of_staff(found[0])
        return found

    def authenticate_header(self, request: Any) -> str:
        """What a caller without sign-in is told."""
        return 'Session realm="api"'


class FamilyJWTScheme(OpenApiAuthenticationExtension):
    """How the API's description names it."""

    target_class = "accounts.sign_in.authentication.FamilyJWTAuthentication"
    name = "bearerAuth"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Bearer, in OpenAPI's words."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
