"""Signing in: passwords, second factor, tokens."""

from accounts.sign_in.second_factor import end_sessions_without_factor, use_totp_code
from accounts.sign_in.services import Attempt, sign_in
from accounts.sign_in.tokens import (
    TokenPair,
    forget_ended_families,
    issue_tokens,
    revoke_by_refresh_token,
    revoke_families,
    revoke_family,
    rotate_tokens,
)

__all__ = [
    "Attempt",
    "TokenPair",
    "end_sessions_without_factor",
    "forget_ended_families",
    "issue_tokens",
    "revoke_by_refresh_token",
    "revoke_families",
    "revoke_family",
    "rotate_tokens",
    "sign_in",
    "use_totp_code",
]
