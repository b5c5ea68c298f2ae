"""The base of our viewsets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any, ClassVar

from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from shop.api.etags import etag_of, is_fresh
from shop.api.fields import NoQuery, QuerySerializer
from shop.api.permissions import staff_act_of
from shop.api.renderers import ApiResponse
from shop.api.shapes import Shape, represent, represent_all, validated
from shop.core.actors import Actor
from shop.core.errors import Invalid
from shop.core.permissions import StaffAct


class ShopViewSet(GenericViewSet[Any]):
    """Routes of a resource, which refuse query parameters that they do not know.

    `query_classes` names the query parameters of each action that takes some.
    """

    query_classes: ClassVar[Mapping[str, type[QuerySerializer]]] = {}
    # Statuses that the description names besides those of every route.
    further_failures: tuple[str, ...] = ()

    def get_query_class(self) -> type[QuerySerializer]:
        """The one that the class names for the action."""
        return self.query_classes.get(self.action, NoQuery)

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Answer with every moment in UTC: programs do not live in the shop's time zone."""
        with timezone.override(UTC):
            return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Read the query before anything else looks at the request."""
        super().initial(request, *args, **kwargs)
        # A method that the route does not have is refused as such, whatever the query says.
        if str(request.method).lower() in self.action_map:
            self.query = self.get_query_class().read(request)
            self._refuse_idle_condition(request)

    def _refuse_idle_condition(self, request: Request) -> None:
        """Refuse an If-Match that the route would not look at, rather than write regardless."""
        if request.method in SAFE_METHODS or "If-Match" not in request.headers:
            return
        if not getattr(getattr(self, self.action), "is_conditional", False):
            raise Invalid(errors={"If-Match": [_("This endpoint does not support If-Match.")]})

    def perform_authentication(self, request: Request) -> None:
        """Find out who calls and count the call, so that refused calls are counted too."""
        super().perform_authentication(request)
        super().check_throttles(request)

    def check_throttles(self, request: Request) -> None:
        """Done already, before permissions."""

    def answer_shown(
        self, data: Any, *, message: str = "", status: int = 200, **headers: str
    ) -> Response:
        """An answer that shows a resource, with its ETag; 304 for a reader who has this version."""
        tag = etag_of(data)
        if self.request.method in SAFE_METHODS and is_fresh(self.request, tag):
            return Response(status=304, headers={"ETag": tag})
        return ApiResponse(data, message=message, status=status, headers={"ETag": tag, **headers})

    @property
    def staff_act(self) -> StaffAct:
        """The act that the route names for the request's method."""
        act = staff_act_of(self.permission_classes, str(self.request.method))
        if act is None:
            raise ImproperlyConfigured(f"{type(self).__name__} names no act")
        return act

    @property
    def actor(self) -> Actor:
        """Who acts, for timelines and the audit log."""
        return Actor.of(self.request.user)

    def read_input(self, serializer: Shape, **context: Any) -> dict[str, Any]:
        """The validated body of the request. Raises `ValidationError` naming each bad field."""
        return validated(
            serializer,
            self.request.data,
            is_partial=self.request.method == "PATCH",
            **{"request": self.request, "view": self, **context},
        )

    def represented(self, instance: Any) -> dict[str, Any]:
        """`instance` through the output serializer."""
        shape: Any = self.get_serializer_class()
        return represent(shape, instance, **self.get_serializer_context())

    def respond(self, instance: Any, *, status: int = 200, **headers: str) -> Response:
        """`instance` through the output serializer, with its ETag."""
        return self.answer_shown(self.represented(instance), status=status, **headers)

    def respond_page(self, queryset: Any) -> Response:
        """A page of `queryset` through the output serializer."""
        rows: Any = self.paginate_queryset(queryset)
        shape: Any = self.get_serializer_class()
        return self.get_paginated_response(
            represent_all(shape, rows, **self.get_serializer_context())
        )
