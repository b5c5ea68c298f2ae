"""`/api/auth/…`: opening an account, signing in and out, passwords, the own profile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth import logout as end_session
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from accounts import email_addresses, passwords, profile, registration, sign_in
from accounts.api import serializers as shapes
from accounts.api.callers import hold_caller, user_of
from accounts.models import RefreshFamily, User
from shop.api.clients import client_address
from shop.api.etags import conditional
from shop.api.permissions import AllowAny, IsAuthenticated
from shop.api.renderers import ApiResponse
from shop.api.schema import ETAG
from shop.api.throttling import CallerThrottle, LoginThrottle
from shop.api.views import ShopViewSet
from shop.core.clock import database_now
from shop.core.rates import require


class PublicAuthViewSet(ShopViewSet):
    """What comes before sign-in: throttled for everybody, and an old token is ignored."""

    permission_classes = [AllowAny]
    authentication_classes = []
    throttle_classes: Sequence[type[BaseThrottle]] = [LoginThrottle]

    @extend_schema(
        operation_id="auth_register",
        tags=["auth"],
        request=shapes.RegisterInput,
        responses={201: shapes.SignedInSerializer},
    )
    @action(detail=False, methods=["post"])
    def register(self, request: Request) -> Response:
        """Open an account; a link that verifies the address goes out by e-mail."""
        at = database_now()
        user = registration.register(**self.read_input(shapes.RegisterInput), at=at)
        pair = sign_in.issue_tokens(user, at=at)
        return ApiResponse(_signed_in(user, pair), message=_("Account created."), status=201)

    @extend_schema(
        operation_id="auth_login",
        tags=["auth"],
        request=shapes.LoginInput,
        responses={200: shapes.SignedInSerializer},
    )
    @action(detail=False, methods=["post"])
    def login(self, request: Request) -> Response:
        """Sign in; by e-mail or username, with the code of the second factor where there is one."""
        at = database_now()
        data = self.read_input(shapes.LoginInput)
        user = sign_in.sign_in(**data, address=client_address(request), at=at)
        pair = sign_in.issue_tokens(user, at=at)
        return ApiResponse(_signed_in(user, pair), message=_("Signed in."))

    @extend_schema(
        operation_id="auth_refresh",
        tags=["auth"],
        request=shapes.RefreshInput,
        responses={200: shapes.TokenPairSerializer},
    )
    @action(detail=False, methods=["post"], throttle_classes=[CallerThrottle])
    def refresh(self, request: Request) -> Response:
        """Get the next pair of tokens.

        A refresh token that is used twice ends the whole sign-in.
        """
        token = self.read_input(shapes.RefreshInput)["refresh_token"]
        pair = sign_in.rotate_tokens(token, at=database_now())
        return Response({"access_token": pair.access, "refresh_token": pair.refresh})

    @extend_schema(
        operation_id="auth_password_forgot",
        tags=["auth"],
        request=shapes.ForgotPasswordInput,
        responses={200: None},
    )
    @action(detail=False, methods=["post"], url_path="password/forgot")
    def forgot_password(self, request: Request) -> Response:
        """Ask for a link to a new password; the answer is the same whether an
        account has this e-mail or not.
        """
        data = self.read_input(shapes.ForgotPasswordInput)
        passwords.request_password_reset(data["email"], at=database_now())
        return ApiResponse(
            None, message=_("If this address has an account, we've sent a link to it.")
        )

    @extend_schema(
        operation_id="auth_password_reset",
        tags=["auth"],
        request=shapes.ResetPasswordInput,
        responses={200: None},
    )
    @action(detail=False, methods=["post"], url_path="password/reset")
    def reset_password(self, request: Request) -> Response:
        """Set a new password with the key of the link; every sign-in and session ends."""
        data = self.read_input(shapes.ResetPasswordInput)
        passwords.reset_password(data["key"], new_password=data["password"], at=database_now())
        return ApiResponse(None, message=_("Password changed. Sign in with your new password."))

    @extend_schema(
        operation_id="auth_email_verify",
        tags=["auth"],
        request=shapes.VerifyEmailInput,
        responses={200: None},
    )
    @action(detail=False, methods=["post"], url_path="email/verify")
    def verify_email(self, request: Request) -> Response:
        """Confirm an e-mail address with the key of the link."""
        data = self.read_input(shapes.VerifyEmailInput)
        email_addresses.verify_email(data["key"], at=database_now())
        return ApiResponse(None, message=_("E-mail address confirmed."))


class AuthViewSet(ShopViewSet):
    """What those who have signed in do with their sign-in, password and address."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="auth_logout", tags=["auth"], request=shapes.LogoutInput, responses={200: None}
    )
    @action(detail=False, methods=["post"])
    def logout(self, request: Request) -> Response:
        """Sign out; this sign-in, that of a refresh token, or all of them end at once."""
        data = self.read_input(shapes.LogoutInput)
        at = database_now()
        if data.get("everywhere"):
            sign_in.revoke_families(user_of(request), reason="logout", at=at)
        elif token := data.get("refresh_token"):
            sign_in.revoke_by_refresh_token(token, user=user_of(request), at=at)
        elif isinstance(request.auth, RefreshFamily):
            sign_in.revoke_family(str(request.auth.pk), reason="logout", at=at)
        else:
            end_session(request._request)
        return ApiResponse(None, message=_("Signed out."))

    @extend_schema(
        operation_id="auth_password_change",
        tags=["auth"],
        request=shapes.ChangePasswordInput,
        responses={200: shapes.TokenPairSerializer},
    )
    @action(
        detail=False, methods=["post"], url_path="password/change", throttle_classes=[LoginThrottle]
    )
    def change_password(self, request: Request) -> Response:
        """Change the password; every sign-in and session ends, and the answer
        holds the tokens of a new one.
        """
        at = database_now()
        require("login", f"account:{request.user.pk}")
        data = self.read_input(shapes.ChangePasswordInput)
        user = passwords.change_password(user_of(request), **data, at=at)
        pair = sign_in.issue_tokens(user, at=at)
        return ApiResponse(
            {"access_token": pair.access, "refresh_token": pair.refresh},
            message=_("Password changed."),
        )

    @extend_schema(
        operation_id="auth_email_change",
        tags=["auth"],
        request=shapes.ChangeEmailInput,
        responses={200: None},
    )
    @action(
        detail=False, methods=["post"], url_path="email/change", throttle_classes=[LoginThrottle]
    )
    def change_email(self, request: Request) -> Response:
        """Ask for another e-mail address; it changes when the link sent to the new one is
        opened, and the old one is told.
        """
        require("login", f"account:{request.user.pk}")
        data = self.read_input(shapes.ChangeEmailInput)
        email_addresses.start_email_change(user_of(request), **data, at=database_now())
        return ApiResponse(None, message=_("We've sent a confirmation link to the new address."))


class MeViewSet(ShopViewSet):
    """The user that calls."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="auth_me",
        tags=["auth"],
        parameters=[ETAG],
        responses={200: shapes.UserSerializer},
    )
    def retrieve(self, request: Request) -> Response:
        """Read the user that calls."""
        return self.answer_shown(self.shown())

    @extend_schema(
        operation_id="auth_me_change",
        tags=["auth"],
        parameters=[ETAG],
        request=shapes.ProfileInput,
        responses={200: shapes.UserSerializer},
    )
    @conditional
    def partial_update(self, request: Request) -> Response:
        """Change the profile of the user that calls."""
        data = self.read_input(shapes.ProfileInput)
        user = profile.update_profile(user_of(request), **data, at=database_now())
        return self.answer_shown(dict(shapes.UserSerializer(user).data))

    def hold_shown(self) -> None:
        """Lock the caller until the transaction ends."""
        hold_caller(self.request)

    def shown(self) -> dict[str, Any]:
        """The user as reading it gives the caller."""
        return dict(shapes.UserSerializer(user_of(self.request)).data)


def _signed_in(user: User, pair: sign_in.TokenPair) -> dict[str, Any]:
    return {
        "user": shapes.UserSerializer(user).data,
        "access_token": pair.access,
        "refresh_token": pair.refresh,
    }
