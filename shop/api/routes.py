"""API addresses with an optional trailing slash."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern
from django.urls.conf import path
from django.urls.resolvers import RoutePattern
from rest_framework.routers import DynamicRoute, Route, SimpleRouter


class _OptionalSlash(RoutePattern):
    """A route that also matches with one slash at its end; reversing gives the one without."""

    def match(self, path: str) -> tuple[str, tuple[Any, ...], dict[str, Any]] | None:
        """Match the path as it is, then without its last slash."""
        found = super().match(path)
        if found is None and path.endswith("/") and not path.endswith("//"):
            found = super().match(path[:-1])
        return found


def route(pattern: str, view: Callable[..., Any], *, name: str | None = None) -> URLPattern:
    """Like `path()`; write `pattern` without a slash at the end."""
    plain = path(pattern, view, name=name)
    return URLPattern(
        _OptionalSlash(pattern, name=name, is_endpoint=True), plain.callback, None, name
    )


class ShopRouter(SimpleRouter):
    """REST framework's router, with addresses as `route()` makes them."""

    def __init__(self) -> None:
        super().__init__(trailing_slash=False, use_regex_path=False)

    def get_urls(self) -> list[Any]:
        """The routes of every registered viewset."""
        patterns: list[Any] = super().get_urls()
        return [route(str(each.pattern), each.callback, name=each.name) for each in patterns]


class SingletonRouter(ShopRouter):
    """Addresses of what each caller has one of, such as a cart: without a list and without a key.

    Actions are those of `@action(detail=False)`.
    """

    routes = [
        Route(
            url="{prefix}{trailing_slash}",
            mapping={
                "get": "retrieve",
                "put": "update",
                "patch": "partial_update",
                "delete": "destroy",
            },
            name="{basename}-detail",
            detail=True,
            initkwargs={"suffix": "Instance"},
        ),
        DynamicRoute(
            url="{prefix}/{url_path}{trailing_slash}",
            name="{basename}-{url_name}",
            detail=False,
            initkwargs={},
        ),
    ]
