"""Orders: what was sold, at which price, to whom, and what became of it."""

from orders.models.credits import Credit, CreditDelivery, CreditItem
from orders.models.fulfillments import Fulfillment, FulfillmentItem
from orders.models.invoices import Invoice, InvoiceLine, InvoiceSeries, InvoiceTax
from orders.models.items import OrderAdjustment, OrderItem
from orders.models.orders import Order, new_number, new_token
from orders.models.returns import Return, ReturnItem, ReturnReceipt, Withdrawal
from orders.models.timeline import OrderEvent

__all__ = [
    "Credit",
    "CreditDelivery",
    "CreditItem",
    "Fulfillment",
    "FulfillmentItem",
    "Invoice",
    "InvoiceLine",
    "InvoiceSeries",
    "InvoiceTax",
    "Order",
    "OrderAdjustment",
    "OrderEvent",
    "OrderItem",
    "Return",
    "ReturnItem",
    "ReturnReceipt",
    "Withdrawal",
    "new_number",
    "new_token",
]
