"""The OpenAPI document: our envelope, paging, failures, versions and keys,
generated from the views.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer

from shop.api.permissions import is_open
from shop.api.problems import PROBLEM

FAILURE = {
    "type": "object",
    "description": (
        "Problem details (RFC 9457); `error` is for people, `code` for programs. "
        "Some codes come with members of their own beside these."
    ),
    "required": ["error", "code", "status", "type", "title", "detail", "errors", "request_id"],
    "properties": {
        "error": {"type": "string"},
        "code": {"type": "string", "examples": ["insufficient_stock"]},
        "status": {"type": "integer"},
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        "request_id": {"type": "string"},
    },
    "additionalProperties": {},
}
# Sent with every answer, or with every one that is counted.
COMMON_HEADERS = {
    "X-Request-Id": "The name of this request in the shop's logs.",
    "RateLimit": "What remains of the caller's share, and when it is renewed.",
    "RateLimit-Policy": "The caller's share.",
}
FAILURES: dict[str, tuple[str, str, dict[str, str]]] = {
    "400": ("BadRequest", "The input is invalid.", {}),
    "401": (
        "Unauthorized",
        "Sign-in is required.",
        {"WWW-Authenticate": "How to sign in."},
    ),
    "402": ("PaymentRefused", "The payment provider refused; nothing was charged.", {}),
    "403": ("Forbidden", "The caller may not do this.", {}),
    "404": ("NotFound", "It does not exist, or it is not the caller's.", {}),
    "406": ("NotAcceptable", "The shop does not speak this version or media type.", {}),
    "409": ("Conflict", "The state of the shop does not allow it.", {}),
    "412": (
        "PreconditionFailed",
        "If-Match names another version than the current one.",
        {},
    ),
    "413": ("ContentTooLarge", "The body is larger than the shop reads.", {}),
    "415": ("UnsupportedMediaType", "The route does not read this media type.", {}),
    "422": (
        "KeyReused",
        "The Idempotency-Key was used for a request with another body.",
        {},
    ),
    "429": (
        "TooManyRequests",
        "Too many requests.",
        {"Retry-After": "Seconds until the next attempt."},
    ),
    "503": (
        "Unavailable",
        "Something that the shop needs does not answer.",
        {"Retry-After": "Seconds until the next attempt."},
    ),
    "507": ("InsufficientStorage", "The shop has no room for the file.", {}),
}
EVERYWHERE = ("400", "401", "403", "404", "406", "429", "503")
HEADER_NUMBERS = {"Retry-After"}

ETAG = OpenApiParameter(
    name="ETag",
    location=OpenApiParameter.HEADER,
    required=True,
    response=["200", "201"],
    description="The version of what `data` shows, for If-Match and If-None-Match.",
)
LOCATION = OpenApiParameter(
    name="Location",
    location=OpenApiParameter.HEADER,
    required=True,
    response=["201"],
    description="Where the new resource is.",
)
_IF_MATCH = OpenApiParameter(
    name="If-Match",
    location=OpenApiParameter.HEADER,
    description="Act only if this is the current ETag; otherwise the answer is 412.",
)
_IF_NONE_MATCH = OpenApiParameter(
    name="If-None-Match",
    location=OpenApiParameter.HEADER,
    description="The ETag that the caller has; the answer is 304 while nothing shown has changed.",
)
_KEY = "One effect for each key; a replay gets the stored answer."
_REPLAYED = OpenApiParameter(
    name="Idempotent-Replayed",
    location=OpenApiParameter.HEADER,
    response=["200", "201"],
    enum=["true"],
    description="Sent where the answer is the stored one of an earlier request with this key.",
)


class MoneyFieldSchema(OpenApiSerializerFieldExtension):
    """An amount is decimal text at the exponent of its currency."""

    target_class = "shop.api.fields.MoneyField"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """Text, with the pattern it keeps."""
        return {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "examples": ["19.99"]}


class SessionScheme(OpenApiAuthenticationExtension):
    """The session cookie of the pages."""

    target_class = "accounts.sign_in.authentication.StrictSessionAuthentication"
    name = "cookieAuth"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A cookie, in OpenAPI's words; its name in production."""
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "__Host-session",
            "description": "The sign-in of the pages. Writes also need the X-CSRFToken header.",
        }


class ShopSchema(AutoSchema):
    """Describes what the base of the API adds to every route: envelope, headers and failures."""

    def get_summary(self) -> str | None:
        """Return what stands before the first full stop or semicolon of the method's docstring."""
        first = re.split(r"[.;](?:\s|$)", self._words(), maxsplit=1)[0]
        return first or None

    def get_description(self) -> str:  # type: ignore[override]  # spectacular's own
        """Return the whole docstring of the method."""
        return self._words()

    def get_auth(self) -> list[dict[str, Any]]:
        """With the choice of none where the route's permissions let everybody in."""
        found = [each for each in super().get_auth() if each]
        return [*found, {}] if is_open(self.view.permission_classes, self.method) else found

    def get_override_parameters(self) -> list[Any]:
        """Return keys, versions and the query, on the routes that read them."""
        parameters: list[Any] = []
        required = getattr(self._handler(), "idempotency_required", None)
        if required is not None:
            parameters += [
                OpenApiParameter(
                    name="Idempotency-Key",
                    location=OpenApiParameter.HEADER,
                    required=required,
                    description=_KEY,
                ),
                _REPLAYED,
            ]
        if self._is_conditional():
            parameters.append(_IF_MATCH)
        view: Any = self.view
        query_class = view.get_query_class()
        if query_class().fields:
            parameters.append(query_class)
        return parameters

    def _get_parameters(self) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super()._get_parameters()
        if self.method == "GET" and self._shows_version():
            parameters.append(
                {
                    "in": "header",
                    "name": _IF_NONE_MATCH.name,
                    "schema": {"type": "string"},
                    "description": _IF_NONE_MATCH.description,
                }
            )
        return parameters

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        responses: dict[str, Any] = super()._get_response_bodies(direction)
        for response in responses.values():
            headers = response.setdefault("headers", {})
            headers |= {name: _header_ref(name) for name in COMMON_HEADERS}
        if self.method == "GET" and self._shows_version():
            etag = responses["200"]["headers"]["ETag"]
            responses["304"] = {
                "description": "Nothing shown has changed.",
                "headers": {
                    "ETag": etag,
                    **{name: _header_ref(name) for name in COMMON_HEADERS},
                },
            }
        for status in self._failures():
            responses.setdefault(status, {"$ref": f"#/components/responses/{FAILURES[status][0]}"})
        return responses

    def _get_response_for_code(
        self,
        serializer: Any,
        status_code: str,
        media_types: Any = None,
        direction: str = "response",
    ) -> dict[str, Any]:
        response: dict[str, Any] = super()._get_response_for_code(  # type: ignore[no-untyped-call]
            serializer, status_code, media_types, direction
        )
        if status_code.startswith("2") and "content" not in response:
            # Also an answer without data comes in the envelope.
            response["content"] = {"application/json": {"schema": {"type": "null"}}}
        response["description"] = response.get("description") or HTTPStatus(int(status_code)).phrase
        if serializer is None:
            response["description"] = "Done."
        # One of several bodies, each with an envelope of its own.
        is_whole = isinstance(serializer, PolymorphicProxySerializer)
        for media_type, content in response["content"].items():
            schema = content.get("schema")
            if media_type != "application/json" or is_whole or self._is_page(schema):
                continue
            content["schema"] = {
                "type": "object",
                "required": ["message", "data"],
                "properties": {"message": {"type": "string"}, "data": schema},
            }
        return response

    def _is_page(self, schema: dict[str, Any]) -> bool:
        """Whether this is a page of a list, which comes without the envelope, too."""
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        return name.startswith("Paginated")

    def _failures(self) -> list[str]:
        statuses = set(EVERYWHERE)
        if self.method != "GET":
            statuses.add("409")
        if self.method in {"POST", "PUT", "PATCH"}:
            statuses |= {"413", "415"}
        if self._is_conditional():
            statuses.add("412")
        if hasattr(self._handler(), "idempotency_required"):
            statuses.add("422")
        statuses |= set(getattr(self.view, "further_failures", ()))
        return sorted(statuses)

    def _handler(self) -> Any:
        action = getattr(self.view, "action", None) or self.method.lower()
        return getattr(self.view, action, None)

    def _is_conditional(self) -> bool:
        return bool(getattr(self._handler(), "is_conditional", False))

    def _shows_version(self) -> bool:
        return any(
            parameter.name == ETAG.name and parameter.response
            for parameter in self.get_override_parameters()
            if isinstance(parameter, OpenApiParameter)
        )

    def _words(self) -> str:
        text = self._handler().__doc__ or ""
        return " ".join(text.split())


def _header_ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/headers/{name}"}


def _header(name: str, description: str) -> dict[str, Any]:
    kind = "integer" if name in HEADER_NUMBERS else "string"
    return {"description": description, "schema": {"type": kind}}


def add_components(result: dict[str, Any], **_options: Any) -> dict[str, Any]:
    """Add the failures and headers that operations refer to."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Failure"] = FAILURE
    components["headers"] = {name: _header(name, text) for name, text in COMMON_HEADERS.items()}
    components["responses"] = {
        name: {
            "description": description,
            "headers": {
                **{common: _header_ref(common) for common in COMMON_HEADERS},
                **{own: _header(own, text) for own, text in headers.items()},
            },
            "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Failure"}}},
        }
        for name, description, headers in FAILURES.values()
    }
    return result
