"""Tables that leave the shop as CSV, for spreadsheets and bookkeeping."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from django.http import StreamingHttpResponse
from django.utils.functional import Promise

Cell = str | int | Decimal
# How a spreadsheet's formula begins (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class _Echo:
    """A file whose every write is handed back at once."""

    def write(self, text: str) -> str:
        return text


def safe_cell(value: Cell) -> str:
    """A value as a spreadsheet may read it: figures as they are, and no text
    that it would calculate.
    """
    if not isinstance(value, str):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    return f"'{value}" if value.lstrip(" ").startswith(_FORMULA) else value


def csv_answer(
    name: str, head: Sequence[str | Promise], rows: Iterable[Sequence[Cell]]
) -> StreamingHttpResponse:
    """The table as a file called `name`, row by row as they come; UTF-8 with the mark
    that spreadsheets look for.
    """

    def lines() -> Iterator[str]:
        writer = csv.writer(_Echo())
        yield "\ufeff" + writer.writerow([str(title) for title in head])
        for row in rows:
            yield writer.writerow([safe_cell(cell) for cell in row])

    return StreamingHttpResponse(
        lines(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
