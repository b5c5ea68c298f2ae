"""Quotes: what a cart or an order costs, and why."""

from pricing.quotes.context import NOBODY, Shopper, SoldWith
from pricing.quotes.services import (
    KeptShipping,
    SoldTaxes,
    arrival,
    payment_methods,
    quote_again,
    quote_for,
    require_taxed,
    tax_problem,
)

__all__ = [
    "KeptShipping",
    "NOBODY",
    "Shopper",
    "SoldTaxes",
    "SoldWith",
    "arrival",
    "payment_methods",
    "quote_again",
    "quote_for",
    "require_taxed",
    "tax_problem",
]
