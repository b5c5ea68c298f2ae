"""Reactions of accounts to what happens on the sign-in pages of allauth."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from accounts import sign_in


def end_other_sessions(request: Any, user: Any, **_kwargs: Any) -> None:
    """Sign out devices that signed in without a second factor, once a first one is set up."""
    sign_in.end_sessions_without_factor(
        user, current_key=request.session.session_key, at=timezone.now()
    )
