"""Versions of rows as ETags: `If-None-Match` answers 304, `If-Match` refuses a stale write with 412."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from shop.core.errors import DomainError


class VersionMismatch(DomainError):
    """The caller has read another version than the one that is there now."""

    status = 412
    code = "version_mismatch"
    default_message = _(
        "Somebody changed this after you read it. Read it again, then send your change."
    )


def etag_of(version: int) -> str:
    """A strong ETag of a row's version."""
    return f'"v{version}"'


def _tags(header: str) -> set[str]:
    return {tag.strip() for tag in header.split(",")}


def require_match(request: Any, version: int) -> None:
    """Raise `VersionMismatch` if the request names another version in If-Match."""
    header = request.headers.get("If-Match", "")
    if header and header.strip() != "*" and etag_of(version) not in _tags(header):
        raise VersionMismatch(current=etag_of(version))


def is_fresh(request: Any, version: int) -> bool:
    """Whether the caller already has this version (If-None-Match)."""
    # A proxy that compresses weakens a tag; for reading that is as good (RFC 9110, 13.1.2).
    header = request.headers.get("If-None-Match", "").replace("W/", "")
    return etag_of(version) in _tags(header)
