"""Why a cart or an order costs what it costs, figure by figure: the same rows on pages,
over the API and for staff.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from pricing.calculator import Adjustment, Quote
from shop.core.money import to_wire

LINE, DISCOUNT, SHIPPING, TAX, CODE, TOTAL = (
    "line",
    "discount",
    "shipping",
    "tax",
    "code",
    "total",
)


@dataclass(frozen=True, slots=True)
class Reason:
    """A figure and why it is what it is. `line` is the SKU it belongs to; delivery and
    the whole order have none.

    `base_minor` is what it was counted from: the price of one unit, what a discount
    found, what is taxed. The total is the sum of lines, discounts, delivery, and the
    taxes that are not `is_included`.
    """

    kind: str
    label: str
    amount_minor: int
    base_minor: int = 0
    percent: Decimal | None = None
    reason: str = ""
    line: str | None = None
    is_included: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A line or delivery at its price, and what lowers or taxes it."""

    head: Reason
    parts: list[Reason] = field(default_factory=list)


def explain_quote(quote: Quote) -> list[Reason]:
    """Line by line, then delivery, the codes that take nothing off, and the total."""
    notes = {step.ref: step.detail for step in quote.trace if step.kind == LINE}
    rows: list[Reason] = []
    for line in quote.lines:
        head = line_reason(line.sku, line.name, line.quantity, line.unit_price_minor)
        rows.append(replace(head, reason=notes.get(line.key, "")))
        rows += (_part(one, line.sku) for one in quote.adjustments if one.line_key == line.key)
    rows += (_part(one, None) for one in quote.adjustments if one.line_key is None)
    rows += (
        Reason(CODE, one.code, 0, reason=one.reason) for one in quote.coupons if not one.applied
    )
    return [*rows, total_reason(quote.total_minor)]


def line_reason(sku: str, name: str, quantity: int, unit_price_minor: int) -> Reason:
    """Units at their price."""
    return Reason(
        LINE,
        f"{quantity} × {name}",
        quantity * unit_price_minor,
        base_minor=unit_price_minor,
        line=sku,
    )


def total_reason(total_minor: int) -> Reason:
    """What everything comes to."""
    return Reason(TOTAL, _("Total"), total_minor)


def label_of(label: str, source: str) -> str:
    """What a discount is called: by the code that unlocked it, else by its promotion."""
    return source.partition("coupon:")[2] or label


def grouped(rows: Sequence[Reason]) -> list[Group]:
    """Each line, then delivery, with what lowers or taxes it.

    Codes and the total stand elsewhere on a page.
    """
    groups: list[Group] = []
    for row in rows:
        if row.kind in {CODE, TOTAL}:
            continue
        if row.kind == LINE or (
            row.kind == SHIPPING and not (groups and groups[-1].head.kind == SHIPPING)
        ):
            groups.append(Group(row))
        else:
            groups[-1].parts.append(row)
    return groups


def sum_of(rows: Iterable[Reason]) -> int:
    """What the rows come to: the total, if none is missing."""
    return sum(
        row.amount_minor
        for row in rows
        if row.kind in {LINE, DISCOUNT, SHIPPING} or (row.kind == TAX and not row.is_included)
    )


def explanation_data(rows: Iterable[Reason], currency: str) -> list[dict[str, Any]]:
    """The rows as the API tells them: `pricing.api.serializers.ExplanationSerializer`."""
    return [
        {
            "kind": row.kind,
            "label": row.label,
            "amount": to_wire(row.amount_minor, currency),
            "base": to_wire(row.base_minor, currency),
            "percent": None if row.percent is None else f"{row.percent.normalize():f}",
            "reason": row.reason,
            "line": row.line,
            "is_included": row.is_included,
        }
        for row in rows
    ]


def _part(one: Adjustment, sku: str | None) -> Reason:
    return Reason(
        one.kind,
        label_of(str(one.label), one.source),
        one.amount_minor,
        base_minor=one.base_minor,
        percent=one.percent,
        reason=str(one.reason),
        line=sku,
        is_included=one.is_included,
    )
