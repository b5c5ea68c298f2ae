"""What the tests of the back office share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import AdminFactory


@pytest.fixture(autouse=True)
def _no_second_factor(settings: Any) -> None:
    settings.BACKOFFICE_REQUIRE_MFA = False


@pytest.fixture
def carol() -> Client:
    """Carol runs the shop."""
    client = Client()
    client.force_login(AdminFactory(email="carol@example.com", first_name="Carol"))
    return client


@pytest.fixture
def count_queries() -> Callable[[], CaptureQueriesContext]:
    """A block that counts the queries in it."""
    return lambda: CaptureQueriesContext(connection)
