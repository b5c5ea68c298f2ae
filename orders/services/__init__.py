"""What the business does with orders. Every door calls these."""

from orders.services.cancellation import cancel_order, expire_order, extend_hold
from orders.services.checkout import place_order
from orders.services.claims import claim_guest_orders
from orders.services.credits import grant_credit
from orders.services.editing import add_items, edit_order, preview_edit
from orders.services.fulfillment import change_tracking, fulfill_order, mark_delivered
from orders.services.gift_cards import issue_bought_cards
from orders.services.invoices import issue_invoice, settle_invoices
from orders.services.payment import (
    change_payment_method,
    note_money,
    note_payment_under_way,
    other_payment_methods,
    record_payment,
)
from orders.services.restoring import cancel_and_restore
from orders.services.returns import (
    Arrived,
    Wanted,
    approve_return,
    cancel_return,
    close_return,
    decline_return,
    receive_return,
    request_return,
)
from orders.services.timeline import add_note, note_mail
from orders.services.withdrawals import withdraw

__all__ = [
    "Arrived",
    "Wanted",
    "add_items",
    "add_note",
    "approve_return",
    "cancel_and_restore",
    "cancel_order",
    "cancel_return",
    "change_payment_method",
    "change_tracking",
    "claim_guest_orders",
    "close_return",
    "decline_return",
    "edit_order",
    "expire_order",
    "extend_hold",
    "fulfill_order",
    "grant_credit",
    "issue_bought_cards",
    "issue_invoice",
    "mark_delivered",
    "note_mail",
    "note_money",
    "note_payment_under_way",
    "other_payment_methods",
    "place_order",
    "preview_edit",
    "receive_return",
    "record_payment",
    "request_return",
    "settle_invoices",
    "withdraw",
]
