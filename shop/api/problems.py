"""The failure shape itself (problem details, RFC 9457); knows nothing of views."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import JsonResponse

from shop.core.request_ids import current_request_id

PROBLEM = "application/problem+json"
TITLES = {
    400: "Bad request",
    401: "Sign-in required",
    402: "Payment refused",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Conflict",
    412: "Version mismatch",
    413: "Too large",
    415: "Unsupported media type",
    422: "Key reused",
    428: "Version required",
    429: "Too many requests",
    500: "Server error",
    503: "Unavailable",
    507: "Out of storage",
}


def problem(
    status: int,
    code: str,
    message: str,
    *,
    errors: dict[str, Any] | None = None,
    details: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The body of a failure; `details` are added beside the fixed members."""
    return {
        **(details or {}),
        "error": message,
        "code": code,
        "status": status,
        "type": f"{settings.SITE_URL}/api/errors#{code}",
        "title": TITLES.get(status, "Error"),
        "detail": message,
        "errors": errors or {},
        "request_id": current_request_id(),
    }


def problem_response(status: int, code: str, message: str) -> JsonResponse:
    """A failure from outside DRF's views, such as an unknown address under /api."""
    return JsonResponse(problem(status, code, message), status=status, content_type=PROBLEM)
