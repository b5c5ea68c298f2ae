"""Every figure of a cart has a reason, and the reasons come to the total."""

from __future__ import annotations

from collections import Counter

from pricing.calculator import quote
from pricing.explanation import explain_quote, explanation_data, grouped, sum_of
from pricing.tests.oracle import Carts


def test_the_rows_come_to_the_total_and_to_every_figure():
    carts = Carts(201)
    for _each in range(500):
        lines, facts = carts.next()
        result = quote(lines, facts)

        rows = explain_quote(result)

        assert rows[-1].kind == "total"
        assert sum_of(rows) == rows[-1].amount_minor == result.total_minor
        told = Counter()
        for row in rows:
            told[row.kind] += row.amount_minor
        assert (told["line"], told["discount"]) == (result.subtotal_minor, -result.discount_minor)
        assert (told["shipping"], told["tax"]) == (result.shipping_minor, result.tax_minor)
        assert all(row.reason for row in rows if row.kind in {"discount", "tax", "code"})


def test_each_row_stands_with_the_line_it_is_about():
    carts = Carts(202)
    for _each in range(200):
        lines, facts = carts.next()
        result = quote(lines, facts)

        groups = grouped(explain_quote(result))

        by_line = [group for group in groups if group.head.kind == "line"]
        assert len(by_line) == len(result.lines)
        for group, line in zip(by_line, result.lines, strict=True):
            assert {part.line for part in group.parts} <= {line.sku}
            discounts = sum(part.amount_minor for part in group.parts if part.kind == "discount")
            assert group.head.amount_minor + discounts == line.total_minor
        for group in groups[len(by_line) :]:
            assert group.head.line is None
            assert {part.line for part in group.parts} <= {None}


def test_every_code_is_told_once():
    carts = Carts(203)
    seen = Counter()
    for _each in range(300):
        lines, facts = carts.next()
        result = quote(lines, facts)

        rows = explain_quote(result)

        rests = [row.label for row in rows if row.kind == "code"]
        assert rests == [one.code for one in result.coupons if not one.applied]
        works = {one.code for one in result.coupons if one.applied}
        assert works <= {row.label for row in rows if row.kind in {"discount", "shipping"}}
        seen.update(rests=len(rests), works=len(works))
    assert min(seen.values()) > 50, seen


def test_on_the_wire_a_row_is_text_and_nothing_is_left_out():
    lines, facts = Carts(204).next()
    result = quote(lines, facts)

    rows = explanation_data(explain_quote(result), result.currency)

    assert len(rows) == len(explain_quote(result))
    assert set(rows[0]) == {
        "kind",
        "label",
        "amount",
        "base",
        "percent",
        "reason",
        "line",
        "is_included",
    }
    assert all(
        isinstance(row[name], str) for row in rows for name in ("amount", "base", "label", "reason")
    )
