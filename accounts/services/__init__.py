"""What the shop does with people: opening accounts, proving identity, address books, goodbyes."""

from accounts.groups import ensure_staff_groups
from accounts.services.book import add_address, change_address, delete_address
from accounts.services.emails import (
    confirm_address,
    send_verification,
    send_verification_again,
    start_email_change,
    verify_email,
)
from accounts.services.passwords import (
    change_password,
    request_password_reset,
    reset_password,
    set_password,
)
from accounts.services.people import Person, person_of
from accounts.services.profile import (
    delete_account,
    export_data,
    update_profile,
    withdraw_newsletter,
)
from accounts.services.registration import check_password_rules, customer_for, register
from accounts.services.second_factor import end_sessions_without_factor, use_totp_code
from accounts.services.signing_in import Attempt, sign_in
from accounts.services.tokens import (
    TokenPair,
    forget_ended_families,
    issue_tokens,
    revoke_by_refresh_token,
    revoke_families,
    revoke_family,
    rotate_tokens,
)

__all__ = [
    "Person",
    "Attempt",
    "TokenPair",
    "add_address",
    "change_address",
    "change_password",
    "check_password_rules",
    "confirm_address",
    "customer_for",
    "delete_account",
    "delete_address",
    "end_sessions_without_factor",
    "ensure_staff_groups",
    "export_data",
    "forget_ended_families",
    "issue_tokens",
    "person_of",
    "register",
    "request_password_reset",
    "reset_password",
    "revoke_by_refresh_token",
    "revoke_families",
    "revoke_family",
    "rotate_tokens",
    "send_verification",
    "send_verification_again",
    "set_password",
    "sign_in",
    "start_email_change",
    "update_profile",
    "use_totp_code",
    "verify_email",
    "withdraw_newsletter",
]
