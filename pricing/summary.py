"""The rows between goods and total, the same wherever a cart or an order shows what it costs.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from pricing.calculator import Quote
from pricing.words import item_count

GOODS, DISCOUNT, DELIVERY, TAX = "goods", "discount", "delivery", "tax"


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """A figure with its name and a note.

    Without an amount the note stands in its place: "Free", "By e-mail".
    """

    code: str
    label: str
    amount_minor: int | None
    note: str = ""


def summary_rows(
    *,
    units: int,
    subtotal_minor: int,
    discounts: Iterable[tuple[str, int, str]],
    is_sent: bool,
    is_possible: bool = True,
    shipping_minor: int,
    shipping_note: str,
    tax_added_minor: int,
) -> list[SummaryRow]:
    """Goods, what lowers them (label, amount off, note), delivery, and the tax
    that prices do not hold.

    `is_sent` is whether anything goes by parcel: gift cards alone come by e-mail. `is_possible` is
    whether there is a delivery method for it.
    """
    rows = [SummaryRow(GOODS, item_count(units), subtotal_minor)]
    rows += (SummaryRow(DISCOUNT, label, -minor, note) for label, minor, note in discounts)
    if not is_sent:
        rows.append(SummaryRow(DELIVERY, _("Delivery"), None, _("By e-mail")))
    elif not is_possible:
        rows.append(SummaryRow(DELIVERY, _("Delivery"), None, _("Not possible")))
    elif shipping_minor:
        rows.append(SummaryRow(DELIVERY, _("Delivery"), shipping_minor, shipping_note))
    else:
        rows.append(SummaryRow(DELIVERY, _("Delivery"), None, _("Free")))
    if tax_added_minor:
        rows.append(SummaryRow(TAX, _("Tax"), tax_added_minor))
    return rows


def quote_rows(quote: Quote, *, units: int, shipping_note: str) -> list[SummaryRow]:
    """The rows of a cart or a checkout."""
    return summary_rows(
        units=units,
        subtotal_minor=quote.subtotal_minor,
        discounts=[(one.code or one.name, one.amount_minor, one.reason) for one in quote.discounts],
        is_sent=quote.needs_shipping,
        is_possible=quote.shipping is not None,
        shipping_minor=quote.shipping_minor,
        shipping_note=shipping_note,
        tax_added_minor=quote.tax_added_minor,
    )
