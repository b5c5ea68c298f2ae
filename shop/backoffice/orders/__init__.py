"""Orders in the back office: the list, the page of one, and the acts that call services."""

from shop.backoffice.orders.admin import OrderAdmin
from shop.backoffice.orders.invoices import InvoiceAdmin
from shop.backoffice.orders.returns import ReturnAdmin, WithdrawalAdmin

__all__ = ["InvoiceAdmin", "OrderAdmin", "ReturnAdmin", "WithdrawalAdmin"]
