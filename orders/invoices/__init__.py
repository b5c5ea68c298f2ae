"""Invoices and credit notes."""

from orders.invoices.services import issue_invoice, settle_invoices

__all__ = [
    "issue_invoice",
    "settle_invoices",
]
