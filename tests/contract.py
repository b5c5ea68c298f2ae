"""Holds every API answer that the suite gets against the committed `docs/openapi.yaml`.

Objects are closed here: a member that the document does not name is as wrong as
one that is missing.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.http import HttpResponseBase
from django.urls import Resolver404
from jsonschema import Draft202012Validator

from shop.api.codes import all_codes

DOCUMENT = Path(settings.BASE_DIR) / "docs" / "openapi.yaml"
PROBLEM = "application/problem+json"
# Headers that are part of the contract wherever they appear.
HEADERS = (
    "ETag",
    "Idempotent-Replayed",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "WWW-Authenticate",
    "X-Cart-Token",
    "X-Request-Id",
)
# The description of the API is not part of what it describes.
OUTSIDE = frozenset({"api/schema", "api/docs", "api/docs/start.js", "api/errors"})
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


class ContractBroken(AssertionError):
    """An answer that the OpenAPI document does not describe."""


def check_answer(method: str, path: str, response: HttpResponseBase) -> None:
    """Raise `ContractBroken` where an answer is not as the document says."""
    if not path.startswith("/api/") or settings.ROOT_URLCONF != "shop.urls":
        return
    route = _route(response)
    if route in OUTSIDE or method == "OPTIONS":
        return
    operations = _operations(route)
    name = f"{method} /{route or path} → {response.status_code}"
    operation = operations.get("get" if method == "HEAD" else method.lower())
    if operation is None:
        _check_problem(name, response, known=operations)
        return
    status = str(response.status_code)
    answer = operation["responses"].get(status)
    if answer is None:
        raise ContractBroken(f"{name}: the document names only {sorted(operation['responses'])}.")
    _check_headers(name, answer.get("headers", {}), response)
    _check_body(name, answer.get("content", {}), response, method=method)


def _route(response: HttpResponseBase) -> str:
    """The route that answered; empty where none did.

    The test client looks for it when it is asked.
    """
    try:
        return str(response.resolver_match.route)  # type: ignore[attr-defined]  # the client's own
    except (AttributeError, Resolver404):
        return ""


def _check_problem(name: str, response: HttpResponseBase, *, known: dict[str, Any]) -> None:
    """An address or a method that the API does not have is a failure in the one shape."""
    if response.status_code < 400:
        raise ContractBroken(f"{name}: the document has no such operation.")
    if known and response.status_code not in {405, 404, 400, 413, 429, 401, 403, 406, 503}:
        raise ContractBroken(f"{name}: the document has no such method.")
    content = {PROBLEM: {"schema": _document()["components"]["schemas"]["Failure"]}}
    _check_body(name, content, response, method=name.split(maxsplit=1)[0])


def _check_headers(name: str, headers: dict[str, Any], response: HttpResponseBase) -> None:
    for header in HEADERS:
        described = headers.get(header)
        if header in response and described is None:
            raise ContractBroken(f"{name}: the document does not name the header {header}.")
        if described is None:
            continue
        if header not in response:
            if described.get("required"):
                raise ContractBroken(f"{name}: the header {header} is missing.")
            continue
        schema, value = described["schema"], response[header]
        if schema["type"] == "integer" and not value.isdigit():
            raise ContractBroken(f"{name}: the header {header} is {value!r}.")
        if "enum" in schema and value not in schema["enum"]:
            raise ContractBroken(f"{name}: the header {header} is {value!r}.")


def _check_body(
    name: str, content: dict[str, Any], response: HttpResponseBase, *, method: str
) -> None:
    body = b"".join(response) if response.streaming else response.content  # type: ignore[attr-defined]
    if method == "HEAD" or not content:
        if body:
            raise ContractBroken(f"{name}: the answer has a body.")
        return
    kind = response.get("Content-Type", "").partition(";")[0]
    if kind not in content:
        raise ContractBroken(f"{name}: the answer is {kind}, not {sorted(content)}.")
    if not kind.endswith("json"):
        return
    data = json.loads(body)
    fault = next(_validator(content[kind]["schema"]).iter_errors(data), None)
    if fault is not None:
        raise ContractBroken(f"{name}: {fault.json_path}: {fault.message[:500]}")
    if kind == PROBLEM and data["code"] not in _codes():
        raise ContractBroken(f"{name}: the code {data['code']} is not at /api/errors.")


@lru_cache(maxsize=1)
def _document() -> dict[str, Any]:
    """The document with every reference in it resolved and every object closed."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    raw = yaml.load(DOCUMENT.read_text(), Loader=loader)
    resolved: dict[str, Any] = _resolve(raw, raw, {})
    return resolved


def _resolve(part: Any, document: dict[str, Any], known: dict[str, Any]) -> Any:
    if isinstance(part, list):
        return [_resolve(each, document, known) for each in part]
    if not isinstance(part, dict):
        return part
    if reference := part.get("$ref"):
        if reference not in known:
            target: Any = document
            for step in reference.removeprefix("#/").split("/"):
                target = target[step.replace("~1", "/").replace("~0", "~")]
            known[reference] = {}
            known[reference].update(_resolve(target, document, known))
        return known[reference]
    resolved = {name: _resolve(value, document, known) for name, value in part.items()}
    if part.get("type") == "object" and "properties" in part:
        resolved.setdefault("additionalProperties", False)
    return resolved


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    return frozenset(each.code for each in all_codes())


@lru_cache(maxsize=1)
def _paths() -> dict[str, dict[str, Any]]:
    return dict(_document()["paths"])


@lru_cache(maxsize=256)
def _operations(route: str) -> dict[str, Any]:
    # Primary keys are called ids outside.
    path = "/" + _PARAMETER.sub(r"{\1}", route).replace("{pk}", "{id}")
    return _paths().get(path, {})


_validators: dict[int, Draft202012Validator] = {}


def _validator(schema: dict[str, Any]) -> Draft202012Validator:
    """A validator of a part of the document, which lives as long as the process."""
    key = id(schema)
    if key not in _validators:
        _validators[key] = Draft202012Validator(schema)
    return _validators[key]
