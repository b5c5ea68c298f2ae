"""What the business does with orders. Every door calls these."""

from orders.services.cancellation import cancel_order, expire_order, extend_hold
from orders.services.checkout import place_order
from orders.services.claims import claim_guest_orders
from orders.services.credits import grant_credit
from orders.services.fulfillment import fulfill_order, mark_delivered
from orders.services.payment import note_refund, record_payment
from orders.services.timeline import add_note, note_mail

__all__ = [
    "add_note",
    "cancel_order",
    "claim_guest_orders",
    "expire_order",
    "extend_hold",
    "fulfill_order",
    "grant_credit",
    "mark_delivered",
    "note_mail",
    "note_refund",
    "place_order",
    "record_payment",
]
