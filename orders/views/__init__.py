"""Pages of the checkout and of orders."""

from orders.views.account import account_order, account_orders
from orders.views.checkout import checkout, checkout_quote
from orders.views.orders import cancel, status, thanks, track

__all__ = [
    "account_order",
    "account_orders",
    "cancel",
    "checkout",
    "checkout_quote",
    "status",
    "thanks",
    "track",
]
