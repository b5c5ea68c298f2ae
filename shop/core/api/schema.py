"""The OpenAPI document: our envelope, paging, failures and keys, generated from the views."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from shop.core.api.permissions import is_open

FAILURE = {
    "type": "object",
    "description": "Problem details (RFC 9457); `error` is for people, `code` for programs.",
    "required": ["error", "code", "status", "type", "title", "detail", "errors", "request_id"],
    "properties": {
        "error": {"type": "string"},
        "code": {"type": "string", "examples": ["insufficient_stock"]},
        "status": {"type": "integer"},
        "type": {"type": "string"},
        "title": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        "request_id": {"type": "string"},
    },
}
STATUSES = {
    "400": "The input is invalid.",
    "401": "Sign-in is required.",
    "403": "The caller may not do this.",
    "404": "There is no such thing, or it is not the caller's.",
    "409": "The state of the shop says no.",
    "429": "Too many requests; Retry-After says when.",
}


class MoneyFieldSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """An amount is decimal text at the exponent of its currency."""

    target_class = "shop.core.api.fields.MoneyField"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """Text, with the pattern it keeps."""
        return {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "examples": ["19.99"]}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The session cookie of the pages."""

    target_class = "accounts.authentication.StrictSessionAuthentication"
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
    """Wraps successes in the envelope and documents the Idempotency-Key."""

    def get_auth(self) -> list[dict[str, Any]]:
        """With the choice of none where the route's permissions let everybody in."""
        found = [each for each in super().get_auth() if each]
        return [*found, {}] if is_open(self.view.permission_classes, self.method) else found

    def get_override_parameters(self) -> list[Any]:
        """The key, on routes that accept one, and the query of strict views."""
        parameters: list[Any] = []
        action = getattr(self.view, "action", None) or self.method.lower()
        method = getattr(self.view, action, None)
        required = getattr(method, "idempotency_required", None)
        if required is not None:
            parameters.append(
                OpenApiParameter(
                    name="Idempotency-Key",
                    location=OpenApiParameter.HEADER,
                    required=required,
                    description="One effect for each key; a replay gets the stored answer.",
                )
            )
        query_class = getattr(self.view, "query_class", None)
        if query_class is not None and query_class().fields:
            parameters.append(query_class)
        return parameters

    def _get_response_for_code(
        self,
        serializer: Any,
        status_code: str,
        media_types: Any = None,
        direction: str = "response",
    ) -> dict[str, Any]:
        response = super()._get_response_for_code(  # type: ignore[no-untyped-call]
            serializer, status_code, media_types, direction
        )
        if status_code.startswith("2") and "content" not in response:
            # Also an answer without data comes in the envelope.
            response = {
                "description": "Done.",
                "content": {"application/json": {"schema": {"type": "null"}}},
            }
        for content in response.get("content", {}).values():
            schema = content.get("schema")
            if schema is None or set(schema.get("properties", {})) >= {"items", "total", "pages"}:
                continue
            content["schema"] = {
                "type": "object",
                "required": ["message", "data"],
                "properties": {"message": {"type": "string"}, "data": schema},
            }
        return dict(response)


def add_failure_responses(result: dict[str, Any], **_options: Any) -> dict[str, Any]:
    """Give every operation the failures it may answer with, by reference."""
    result.setdefault("components", {}).setdefault("schemas", {})["Failure"] = FAILURE
    for operations in result.get("paths", {}).values():
        for operation in operations.values():
            if not isinstance(operation, dict) or "responses" not in operation:
                continue
            for status, description in STATUSES.items():
                operation["responses"].setdefault(
                    status,
                    {
                        "description": description,
                        "content": {
                            "application/problem+json": {
                                "schema": {"$ref": "#/components/schemas/Failure"}
                            }
                        },
                    },
                )
    return result
