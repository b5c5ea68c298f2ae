"""Callers of the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.sign_in import issue_tokens
from shop.core.models import OutboxEvent


@pytest.fixture
def api() -> APIClient:
    """Somebody without sign-in."""
    return APIClient()


@pytest.fixture
def api_of() -> Callable[[Any], APIClient]:
    """`api_of(alice)`: a client that carries her access token."""

    def make(user: Any) -> APIClient:
        client = APIClient()
        pair = issue_tokens(user, at=timezone.now())
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {pair.access}")
        client.pair = pair
        return client

    return make


@pytest.fixture
def mails() -> Callable[[], list[tuple[str, str]]]:
    """`mails()`: the account mails published so far, as (kind, e-mail)."""

    def read() -> list[tuple[str, str]]:
        events = OutboxEvent.objects.filter(type="AccountMail").order_by("pk")
        return [(event.payload["kind"], event.payload["email"]) for event in events]

    return read
