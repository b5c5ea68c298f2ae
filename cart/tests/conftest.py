"""Callers of the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.services import issue_tokens
from shop.core import caching


@pytest.fixture
def api() -> APIClient:
    """Somebody without sign-in and without a cart."""
    return APIClient()


@pytest.fixture
def api_of() -> Callable[[Any], APIClient]:
    """`api_of(alice)`: a client that carries her access token."""

    def make(user: Any) -> APIClient:
        client = APIClient()
        pair = issue_tokens(user, at=timezone.now())
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {pair.access}")
        return client

    return make


@pytest.fixture
def guest_api() -> Callable[[str], APIClient]:
    """`guest_api(token)`: a client that carries a cart's token."""

    def make(token: str) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_X_CART_TOKEN=token)
        return client

    return make


@pytest.fixture
def steady_catalog(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The catalog's version is asked for once, not again in the middle of a count of queries."""
    monkeypatch.setattr(caching, "MEMO_SECONDS", 3600)
    caching.forget_catalog_version()
    yield
    caching.forget_catalog_version()
