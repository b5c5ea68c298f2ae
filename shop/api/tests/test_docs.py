"""The API's description: one document, as YAML and as JSON."""

from __future__ import annotations

import json

import pytest
import yaml

pytestmark = pytest.mark.django_db


def test_the_document_is_the_same_in_yaml_and_in_json(client):
    written = client.get("/api/schema")
    as_json = client.get("/api/schema?format=json")

    assert written["Content-Type"] == "application/vnd.oai.openapi; charset=utf-8"
    assert as_json["Content-Type"] == "application/vnd.oai.openapi+json"
    assert written["Cache-Control"] == as_json["Cache-Control"] == "public, max-age=300"
    document = json.loads(as_json.content)
    assert document["openapi"].startswith("3.")
    assert yaml.safe_load(written.content) == document


def test_the_document_is_written_once(client, monkeypatch):
    first = client.get("/api/schema")
    monkeypatch.setattr("shop.api.docs._document", lambda: pytest.fail("Made again."))

    assert client.get("/api/schema").content == first.content


def test_an_unknown_format_is_refused_in_the_one_shape(client):
    response = client.get("/api/schema?format=word")

    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "not_found"
