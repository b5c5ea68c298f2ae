"""Versions of what answers show, as ETags.

An ETag is a digest of the `data` of an answer, so it changes with everything that the answer
shows, such as stock and prices, and with nothing else. `If-None-Match` answers 304, `If-Match`
refuses a stale write with 412.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from shop.core.errors import DomainError
from shop.core.retries import with_retries

ViewMethod = TypeVar("ViewMethod", bound=Callable[..., Response])


class VersionMismatch(DomainError):
    """The caller has read another version than the one that is there now."""

    status = 412
    code = "version_mismatch"
    default_message = _("This was changed after you read it. Read it again, then send your change.")


def etag_of(data: Any) -> str:
    """A strong ETag of what an answer shows."""
    return f'"{hashlib.sha256(JSONRenderer().render(data)).hexdigest()[:32]}"'


def _tags(header: str) -> set[str]:
    return {tag.strip() for tag in header.split(",")}


def require_match(header: str, tag: str) -> None:
    """Raise `VersionMismatch` if `header`, an If-Match, does not name `tag`."""
    if header.strip() != "*" and tag not in _tags(header):
        raise VersionMismatch(current=tag)


def is_fresh(request: Any, tag: str) -> bool:
    """Whether the caller already has this version (If-None-Match)."""
    # A proxy that compresses weakens a tag; for reading that is as good (RFC 9110, 13.1.2).
    return tag in _tags(request.headers.get("If-None-Match", "").replace("W/", ""))


def conditional(method: ViewMethod) -> ViewMethod:
    """Honor If-Match: run the write only if the resource still is as the caller read it.

    The view has `hold_shown(**kwargs)`, which locks the rows of the resource until the write
    commits, and `shown(**kwargs)`, the `data` that reading it gives this caller.
    """

    @wraps(method)
    def wrapper(view: Any, request: Any, *args: Any, **kwargs: Any) -> Response:
        header = request.headers.get("If-Match")
        if header is None:
            return method(view, request, *args, **kwargs)

        def write() -> Response:
            with transaction.atomic():
                view.hold_shown(**kwargs)
                require_match(header, etag_of(view.shown(**kwargs)))
                return method(view, request, *args, **kwargs)

        return with_retries(write)

    wrapper.is_conditional = True  # type: ignore[attr-defined]
    return wrapper  # type: ignore[return-value]
