"""Writing and sending e-mails."""

from notifications.services.mail import queue_mail, send_again, send_mail
from notifications.services.orders import write_order_mail

__all__ = ["queue_mail", "send_again", "send_mail", "write_order_mail"]
