"""The one failure shape (problem details, RFC 9457), for every refusal of the API."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404
from django.http.request import UnreadablePostError
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from shop.api.problems import PROBLEM, problem
from shop.core.errors import DomainError, TooManyRequests, Unavailable
from shop.core.storage import StorageFull, is_full

logger = logging.getLogger(__name__)


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """Turn any exception of a view into the failure shape. Only surprises are logged, as a 500."""
    if is_full(error):
        # Not even an upload could be put by.
        logger.error("A disk is full", exc_info=error)
        error = StorageFull()
    status, code, message, errors, details = _read(error)
    set_rollback()
    response = Response(
        problem(status, code, message, errors=errors, details=details),
        status=status,
        content_type=PROBLEM,
    )
    wait = details.get("retry_after") if details else None
    if status == 503:
        wait = wait or 5
    if wait:
        response["Retry-After"] = str(max(int(wait), 1))
    if status == 401:
        # Said by the exception where DRF knows better, such as for a session.
        response["WWW-Authenticate"] = getattr(error, "auth_header", 'Bearer realm="api"')
    if status == 500:
        view = context.get("view")
        logger.error("Unexpected error in %s", type(view).__name__, exc_info=error)
    return response


_Reading = tuple[int, str, str, dict[str, Any] | None, dict[str, Any] | None]


def _read(error: Exception) -> _Reading:
    """(status, code, message, errors by field, further members) of an exception."""
    match error:
        case DomainError():
            return error.status, error.code, error.message, error.errors, error.details
        case Http404():
            return 404, "not_found", _("Not found."), None, None
        case PermissionDenied():
            return 403, "forbidden", _("You don't have permission to do this."), None, None
        case RequestDataTooBig():
            return 413, "too_large", _("The request is too large."), None, None
        case SuspiciousOperation() | UnreadablePostError():
            return 400, "invalid", _("The request is malformed."), None, None
        case exceptions.ValidationError():
            return 400, "invalid", *_validation(error.detail), None
        case exceptions.Throttled():
            wait = int(getattr(error, "wait", None) or 1)
            message = _("Too many requests. Try again in %(seconds)d seconds.") % {"seconds": wait}
            return 429, TooManyRequests.code, message, None, {"retry_after": wait}
        case exceptions.APIException():
            code = error.get_codes()
            message = str(error.detail)
            return (
                error.status_code,
                code if isinstance(code, str) else "invalid",
                message,
                None,
                None,
            )
        case IntegrityError():
            logger.warning("A constraint refused a write", exc_info=error)
            return (
                409,
                "conflict",
                _("Someone else changed this at the same time. Reload it and try again."),
                None,
                None,
            )
        case DataError():
            logger.warning("The database could not read a value", exc_info=error)
            return 400, "invalid", _("A value is out of range."), None, None
        case OperationalError() | InterfaceError():
            logger.error("The database does not answer", exc_info=error)
            return 503, Unavailable.code, str(Unavailable.default_message), None, None
        case _:
            return 500, "server_error", _("Something went wrong on our side."), None, None


def _validation(detail: Any) -> tuple[str, dict[str, Any]]:
    """(the first message with its field, all messages by field) of DRF's error detail."""
    errors = _flatten(detail)
    field, messages = next(iter(errors.items()), ("", [_("This action is not possible.")]))
    first = messages[0]
    return (first if field in {"", "non_field_errors"} else f"{field}: {first}"), errors


def _flatten(detail: Any, prefix: str = "") -> dict[str, list[str]]:
    if isinstance(detail, dict):
        flat: dict[str, list[str]] = {}
        for name, part in detail.items():
            flat |= _flatten(part, f"{prefix}.{name}" if prefix else str(name))
        return flat
    if isinstance(detail, list) and any(isinstance(part, dict | list) for part in detail):
        flat = {}
        for index, part in enumerate(detail):
            if part:
                flat |= _flatten(part, f"{prefix}.{index}" if prefix else str(index))
        return flat
    messages = detail if isinstance(detail, list) else [detail]
    return {prefix or "non_field_errors": [str(message) for message in messages]}
