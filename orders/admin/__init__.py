"""Orders in the back office: the list, the page of one, and the acts that call services."""

from orders.admin.orders import OrderAdmin
from orders.invoices.admin import InvoiceAdmin
from orders.returns.admin import ReturnAdmin, WithdrawalAdmin

__all__ = ["InvoiceAdmin", "OrderAdmin", "ReturnAdmin", "WithdrawalAdmin"]
