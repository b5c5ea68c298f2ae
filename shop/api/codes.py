"""Every code of a failure with what it means: where the `type` of a problem leads to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions

from shop.core.errors import DomainError

# What Django and its REST framework refuse by themselves, and what the API base says of surprises.
_FRAMEWORK = (
    exceptions.AuthenticationFailed,
    exceptions.MethodNotAllowed,
    exceptions.NotAcceptable,
    exceptions.NotAuthenticated,
    exceptions.ParseError,
    exceptions.PermissionDenied,
    exceptions.UnsupportedMediaType,
)
_OWN = {
    "csrf_failed": (403, _("The CSRF token is missing or wrong.")),
    "server_error": (500, _("Something went wrong on our side.")),
    "too_large": (413, _("The request is too large.")),
}


@dataclass(frozen=True, slots=True)
class Code:
    """A code, the status it comes with, and its message where nothing more exact is known."""

    code: str
    status: int
    message: str


def all_codes() -> list[Code]:
    """Every code that a failure of the API can have, by name."""
    found = {
        kind.default_code: Code(kind.default_code, kind.status_code, str(kind.default_detail))
        for kind in _FRAMEWORK
    }
    found |= {code: Code(code, status, str(message)) for code, (status, message) in _OWN.items()}
    for kind in sorted(_kinds(DomainError), key=lambda each: len(each.__mro__), reverse=True):
        # A code that a family shares has the message of its head.
        found[kind.code] = Code(kind.code, kind.status, str(kind.default_message))
    return [found[code] for code in sorted(found)]


def _kinds(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _kinds(below)
