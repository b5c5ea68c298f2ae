"""What e-mails tell: facts for the templates in `templates/emails/`, formatted for the reader.

`EMAILS` names every kind of e-mail and the function that gathers its facts; the template pair of a
kind is `emails/<kind>.html` and `emails/<kind>.txt`. The functions run in the reader's language.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from notifications.contexts import accounts, gift_cards, orders, returns, withdrawals

EMAILS: dict[str, Callable[..., dict[str, Any]]] = {
    "order_received": orders.received,
    "order_confirmed": orders.confirmed,
    "order_edited": orders.edited,
    "order_payment_failed": orders.payment_failed,
    "order_waiting": orders.waiting,
    "order_shipped": orders.shipped,
    "order_tracking": orders.tracking,
    "order_canceled": orders.canceled,
    "order_refunded": orders.refunded,
    "return_requested": returns.requested,
    "return_approved": returns.approved,
    "return_declined": returns.declined,
    "return_received": returns.received,
    "withdrawal_received": withdrawals.received,
    "gift_card": gift_cards.issued,
    "account_verify_email": accounts.link,
    "account_email_confirm_change": accounts.link,
    "account_email_changed": accounts.email_changed,
    "account_reset_password": accounts.link,
    "account_reset_unknown": accounts.sign_up_link,
    "account_account_exists": accounts.sign_in_link,
    "account_password_changed": accounts.moment,
    "account_mfa_added": accounts.factor,
    "account_mfa_removed": accounts.factor,
    "account_recovery_codes_made": accounts.nothing,
    "account_account_deleted": accounts.nothing,
}
