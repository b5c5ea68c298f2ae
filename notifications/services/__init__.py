"""Writing and sending e-mails."""

from notifications.services.mail import queue_mail, send_again, send_mail
from notifications.services.orders import remind_of_waiting_orders, write_order_mail
from notifications.services.returns import write_return_mail
from notifications.services.withdrawals import write_withdrawal_mail

__all__ = [
    "queue_mail",
    "remind_of_waiting_orders",
    "send_again",
    "send_mail",
    "write_order_mail",
    "write_return_mail",
    "write_withdrawal_mail",
]
