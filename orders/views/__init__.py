"""Pages of the checkout and of orders."""

from orders.views.account import account_order, account_orders
from orders.views.checkout import checkout, checkout_quote
from orders.views.invoices import invoice, invoice_pdf, invoices
from orders.views.orders import cancel, restore, status, thanks, track
from orders.views.returns import return_cancel, return_new, return_page
from orders.views.withdrawals import withdraw, withdrawn

__all__ = [
    "account_order",
    "account_orders",
    "cancel",
    "checkout",
    "checkout_quote",
    "invoice",
    "invoice_pdf",
    "invoices",
    "restore",
    "return_cancel",
    "return_new",
    "return_page",
    "status",
    "thanks",
    "track",
    "withdraw",
    "withdrawn",
]
