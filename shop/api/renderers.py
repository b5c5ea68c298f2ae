"""Success is wrapped once, here: `{"message", "data"}`, or a page of a list as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from shop.api.problems import PROBLEM

PAGE_MEMBERS = frozenset({"items", "total", "pages", "current_page", "per_page"})


class ApiResponse(Response):
    """A success with a message of its own: `ApiResponse(data, message=_("Added."), status=201)`."""

    def __init__(self, data: Any = None, *, message: str = "", **options: Any) -> None:
        super().__init__(data, **options)
        self.message = message


class EnvelopeRenderer(JSONRenderer):
    """JSON in the shop's envelope; failures go out as problem details."""

    charset = "utf-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> Any:
        response = (renderer_context or {}).get("response")
        status = response.status_code if response is not None else 200
        if status in {204, 304}:
            return b""
        if status >= 400 or response is None:
            if response is not None:
                response["Content-Type"] = PROBLEM
            return super().render(data, accepted_media_type, renderer_context)
        if isinstance(data, dict) and set(data) >= PAGE_MEMBERS:
            return super().render(data, accepted_media_type, renderer_context)
        message = getattr(response, "message", "") or (_("Created.") if status == 201 else _("OK."))
        envelope = {"message": str(message), "data": data}
        return super().render(envelope, accepted_media_type, renderer_context)
