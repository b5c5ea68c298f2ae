"""A quote on the wire's terms, for the refusal that carries the new total."""

from __future__ import annotations

from typing import Any

from pricing.calculator import Quote
from shop.core.money import to_wire


def quote_wire(quote: Quote, *, due_minor: int) -> dict[str, Any]:
    """The figures of a quote as decimal texts; `due` is what gift cards leave to pay."""
    currency = quote.currency
    return {
        "currency": currency,
        "subtotal": to_wire(quote.subtotal_minor, currency),
        "discount": to_wire(quote.discount_minor, currency),
        "shipping": to_wire(quote.shipping_minor, currency),
        "tax": to_wire(quote.tax_minor, currency),
        "total": to_wire(quote.total_minor, currency),
        "due": to_wire(due_minor, currency),
    }
