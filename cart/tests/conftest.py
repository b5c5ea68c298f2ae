"""Callers of the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.sign_in import issue_tokens


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
