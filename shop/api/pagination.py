"""Pages of a list: `{"items", "total", "pages", "current_page", "per_page"}`."""

from __future__ import annotations

import math
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from shop.api.fields import ASCII_INTEGER

MAX_PER_PAGE = 100
MAX_PAGE = 10_000


def _number(request: Request, name: str, default: int, highest: int) -> int:
    raw = request.query_params.get(name, str(default))
    if not raw.isascii() or not ASCII_INTEGER.fullmatch(raw) or not 1 <= int(raw) <= highest:
        raise ValidationError(
            {name: [_("Send a whole number from 1 to %(highest)d.") % {"highest": highest}]}
        )
    return int(raw)


class PagePagination(BasePagination):
    """`?page=` from 1 and `?per_page=` up to 100; one COUNT and one page of rows.

    A view whose list can be long has `count_rows(queryset)` and `read_rows(start, size)`,
    which do either at less cost.
    """

    per_page = 20

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """The rows of the asked page. 400 for malformed numbers, 404 beyond the end."""
        self.current_page = _number(request, "page", 1, MAX_PAGE)
        self.rows_per_page = _number(request, "per_page", self.per_page, MAX_PER_PAGE)
        count = getattr(view, "count_rows", None)
        self.total: int = count(queryset) if count else queryset.count()
        self.pages = max(math.ceil(self.total / self.rows_per_page), 1)
        if self.current_page > self.pages:
            raise NotFound(_("Page not found."))
        start = (self.current_page - 1) * self.rows_per_page
        if read := getattr(view, "read_rows", None):
            return list(read(start, self.rows_per_page))
        return list(queryset[start : start + self.rows_per_page])

    def get_paginated_response(self, data: Any) -> Response:
        """The page with its counts."""
        return Response(
            {
                "items": data,
                "total": self.total,
                "pages": self.pages,
                "current_page": self.current_page,
                "per_page": self.rows_per_page,
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """How the OpenAPI document describes a page."""
        counts = {
            name: {"type": "integer", "minimum": least}
            for name, least in [("total", 0), ("pages", 1), ("current_page", 1), ("per_page", 1)]
        }
        return {
            "type": "object",
            "required": sorted(["items", *counts]),
            "properties": {"items": schema, **counts},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The two parameters, for the OpenAPI document."""
        return [
            {
                "name": name,
                "in": "query",
                "required": False,
                "schema": {"type": "integer", "minimum": 1, "maximum": highest, "default": default},
            }
            for name, highest, default in [
                ("page", MAX_PAGE, 1),
                ("per_page", MAX_PER_PAGE, self.per_page),
            ]
        ]
