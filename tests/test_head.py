"""HEAD over the API: what GET would answer, without the body."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory
from rest_framework.test import APIClient

from tests.contract import DOCUMENT

pytestmark = [pytest.mark.django_db, pytest.mark.once]

READS = [
    path
    for path, operations in yaml.safe_load(DOCUMENT.read_text())["paths"].items()
    if "get" in operations
]


@pytest.mark.parametrize("path", READS)
def test_head_is_answered_as_get(path, carol):
    url = path.replace("{id}", "1").replace("{", "").replace("}", "")
    admin = APIClient()
    admin.force_authenticate(carol)

    for client in (APIClient(), admin):
        assert client.head(url).status_code == client.get(url).status_code


@pytest.mark.parametrize("path", ["/api/orders", "/api/products", "/api/nothing", "/"])
def test_head_carries_no_body(path):
    told: dict[str, Any] = {}

    def start_response(status: str, headers: list[tuple[str, str]]) -> None:
        told.update(status=status, headers=dict(headers))

    # The test client takes the body away itself.
    environment = RequestFactory().head(path).environ
    body = b"".join(WSGIHandler()(environment, start_response))

    assert body == b""
    assert int(told["headers"]["Content-Length"]) > 0
