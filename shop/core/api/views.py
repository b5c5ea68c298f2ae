"""Bases of our viewsets and views."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from shop.core.actors import Actor
from shop.core.api.etags import etag_of
from shop.core.api.fields import NoQuery, QuerySerializer
from shop.core.api.permissions import staff_act_of
from shop.core.api.shapes import Shape, represent, represent_all, validated
from shop.core.permissions import StaffAct


class _Strict(APIView):
    """Refuses query parameters that the route does not know, whatever the method."""

    query_class: type[QuerySerializer] = NoQuery

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Answer with every moment in UTC: programs do not live in the shop's time zone."""
        with timezone.override(UTC):
            return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Read the query before anything else looks at the request."""
        super().initial(request, *args, **kwargs)
        # A method that the route does not have is refused as such, whatever the query says.
        if request.method in self.allowed_methods:
            self.query = self.query_class.read(request)

    def perform_authentication(self, request: Request) -> None:
        """Find out who calls and count the call, so that refused calls are counted too."""
        super().perform_authentication(request)
        super().check_throttles(request)

    def check_throttles(self, request: Request) -> None:
        """Done already, before permissions."""

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


class ShopView(_Strict):
    """A route of its own. Set `query_class` where it takes query parameters."""


class ShopViewSet(_Strict, GenericViewSet[Any]):
    """Routes of a resource. Set `query_class` (or override `get_query_class` by action)."""

    def respond(self, instance: Any, **options: Any) -> Response:
        """`instance` through the output serializer, with its version as ETag where it has one."""
        shape: Any = self.get_serializer_class()
        data = represent(shape, instance, **self.get_serializer_context())
        response = Response(data, **options)
        version = getattr(instance, "version", None)
        if version is not None:
            response["ETag"] = etag_of(version)
        return response

    def respond_page(self, queryset: Any) -> Response:
        """A page of `queryset` through the output serializer."""
        rows: Any = self.paginate_queryset(queryset)
        shape: Any = self.get_serializer_class()
        return self.get_paginated_response(
            represent_all(shape, rows, **self.get_serializer_context())
        )
