"""The check that holds every API answer against the document notices what is wrong."""

from __future__ import annotations

import ast
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from django.apps import apps
from django.conf import settings
from django.http import HttpResponse, JsonResponse

from shop.api.codes import all_codes
from shop.api.problems import problem
from shop.core.errors import RESERVED, DomainError
from tests.contract import DOCUMENT, PROBLEM, ContractBroken, check_answer

METHOD = {"code": "card", "name": "Card", "line": "", "settlement": "online"}


def answer(data: Any, *, status: int = 200, route: str = "api/payments/methods") -> HttpResponse:
    """What a test client would have got from `route`."""
    response: Any = JsonResponse(data, status=status, safe=False)
    if status >= 400:
        response["Content-Type"] = PROBLEM
    response["X-Request-Id"] = "one"
    response.resolver_match = SimpleNamespace(route=route)
    return response


def check(response: HttpResponse, method: str = "GET") -> None:
    """Hold it against the document."""
    check_answer(method, "/api/payments/methods", response)


def test_what_the_document_says_passes():
    check(answer({"message": "OK.", "data": [METHOD]}))
    check(answer(problem(404, "not_found", "Not found."), status=404))


@pytest.mark.parametrize(
    "data",
    [
        {"data": [METHOD]},
        {"message": "OK.", "data": METHOD},
        {"message": "OK.", "data": [{**METHOD, "line": None}]},
        {"message": "OK.", "data": [{**METHOD, "extra": 1}]},
        {"items": [METHOD], "total": 1, "pages": 1, "current_page": 1, "per_page": 20},
    ],
    ids=["missing", "type", "null", "unnamed", "another shape"],
)
def test_another_body_fails(data):
    with pytest.raises(ContractBroken):
        check(answer(data))


def test_another_status_type_or_header_fails():
    good = {"message": "OK.", "data": []}
    other_status = answer(good, status=202)
    other_type = answer(good)
    other_type["Content-Type"] = "text/html"
    other_header = answer(good)
    other_header["ETag"] = '"one"'

    for response in (other_status, other_type, other_header):
        with pytest.raises(ContractBroken):
            check(response)


def test_an_unknown_code_or_address_fails():
    with pytest.raises(ContractBroken):
        check(answer(problem(404, "surprise", "What?"), status=404))
    with pytest.raises(ContractBroken):
        check(answer({}, route="api/unknown"))


def test_every_operation_has_a_summary_and_an_id_of_its_own():
    document = yaml.safe_load(DOCUMENT.read_text())
    operations = [each for path in document["paths"].values() for each in path.values()]

    assert all(0 < len(each["summary"]) <= 60 for each in operations)
    assert len({each["operationId"] for each in operations}) == len(operations)
    assert all("429" in each["responses"] for each in operations)


def test_each_code_of_a_failure_has_its_anchor(client):
    page = client.get("/api/errors").text

    for each in all_codes():
        assert f'id="{each.code}"' in page


def test_a_failure_keeps_its_fixed_members():
    body = problem(409, "conflict", "No.", details={"order_status": "canceled"})

    assert set(body) >= RESERVED
    assert (body["status"], body["order_status"]) == (409, "canceled")
    assert body["type"].endswith("/api/errors#conflict")


def refusal_names(kind: type[DomainError] = DomainError) -> set[str]:
    """The names of all refusals whose further arguments are details, told beside
    the fixed members.
    """
    own = {kind.__name__} if kind.__init__ is DomainError.__init__ else set()
    return own.union(*(refusal_names(below) for below in kind.__subclasses__()))


def test_no_refusal_has_a_detail_named_as_a_fixed_member():
    names, wrong = refusal_names(), []
    taken = RESERVED - {"errors"}
    for app in apps.get_app_configs():
        if not app.path.startswith(str(settings.BASE_DIR)) or ".venv" in app.path:
            continue
        for path in Path(app.path).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                name = getattr(getattr(node, "func", None), "id", "")
                if isinstance(node, ast.Call) and name in names:
                    clash = taken & {keyword.arg for keyword in node.keywords if keyword.arg}
                    wrong += [f"{path}:{node.lineno} {each}" for each in clash]

    assert {"OrderNotCancelable", "ReturnClosed"} <= names
    assert wrong == []
