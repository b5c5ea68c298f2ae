"""Orders in the back office: the list, the page of one, and the acts that call services."""

from shop.admin.orders.admin import OrderAdmin
from shop.admin.orders.invoices import InvoiceAdmin
from shop.admin.orders.returns import ReturnAdmin, WithdrawalAdmin

__all__ = ["InvoiceAdmin", "OrderAdmin", "ReturnAdmin", "WithdrawalAdmin"]
