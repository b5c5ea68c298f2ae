"""Signing in, on pages and through the API."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from rest_framework.test import APIClient

from accounts.sign_in import services as signing_in
from accounts.states import Role
from accounts.tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


def login(client: APIClient, password: str = PASSWORD, **options):
    name = options.pop("username", None)
    who = {"username": name} if name else {"email": options.pop("email", "alice@example.com")}
    return client.post("/api/auth/login", {**who, "password": password}, **options)


def test_an_email_in_any_case_or_a_username_signs_in(api, alice):
    UserFactory(username="Bobby")

    assert login(api, email="ALICE@example.com").status_code == 200
    assert login(api, username="alice@example.com").status_code == 200
    assert login(api, username="bobby").status_code == 200


def test_unknown_closed_and_wrong_look_the_same(api, alice):
    UserFactory(email="closed@example.com", is_active=False)

    answers = [
        login(api, "wrong password here"),
        login(api, email="nobody@example.com"),
        login(api, email="closed@example.com"),
        login(api, username="nobody"),
        login(api, email="alİce@example.com"),
    ]

    assert {answer.status_code for answer in answers} == {401}
    bodies = [{**answer.json(), "request_id": ""} for answer in answers]
    assert all(body == bodies[0] for body in bodies)


def test_an_unknown_name_costs_as_much_hashing_as_a_known_one(api, alice, monkeypatch):
    hashed = []
    monkeypatch.setattr(signing_in, "make_password", hashed.append)

    login(api, "wrong password here", email="nobody@example.com")

    assert hashed == ["wrong password here"]


@pytest.mark.parametrize(
    "body",
    [
        {"password": PASSWORD},
        {"email": "alice@example.com", "username": "alice", "password": PASSWORD},
        {"email": "alice@example.com"},
        {"email": ["alice@example.com"], "password": PASSWORD},
        {"email": "alice@example.com", "password": "x" * 300_000},
        {"email": "alice@example.com\x00", "password": PASSWORD},
        [],
    ],
)
def test_a_malformed_sign_in_is_400(api, alice, body):
    assert api.post("/api/auth/login", body).status_code == 400


def test_ten_wrong_passwords_from_one_address_close_the_account_for_that_address_only(
    api, alice, settings
):
    settings.THROTTLES = {**settings.THROTTLES, "login": "1000/min"}
    for _ in range(10):
        assert login(api, "wrong password here", REMOTE_ADDR="10.0.0.1").status_code == 401

    refused = login(api, REMOTE_ADDR="10.0.0.1")
    elsewhere = login(api, REMOTE_ADDR="10.0.0.2")

    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert elsewhere.status_code == 200


def test_a_login_attacked_from_everywhere_still_opens_where_it_was_used_before(
    api, alice, settings
):
    settings.THROTTLES = {**settings.THROTTLES, "login": "1000/min"}
    assert login(api, REMOTE_ADDR="10.0.0.1").status_code == 200
    for number in range(100):
        login(api, "wrong password here", REMOTE_ADDR=f"10.0.1.{number}")

    assert login(api, REMOTE_ADDR="10.0.2.1").status_code == 429
    assert login(api, REMOTE_ADDR="10.0.0.1").status_code == 200


def test_spraying_one_password_over_many_accounts_is_stopped_by_address(api, settings):
    settings.THROTTLES = {**settings.THROTTLES, "login": "1000/min"}
    for number in range(50):
        assert login(api, email=f"p{number}@example.com").status_code == 401

    assert login(api, email="p51@example.com").status_code == 429


def test_a_forged_forwarded_address_does_not_reset_the_counters(api, alice, settings):
    settings.THROTTLES = {**settings.THROTTLES, "login": "1000/min"}
    for number in range(10):
        login(api, "wrong password here", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}")

    assert login(api, HTTP_X_FORWARDED_FOR="10.9.9.9").status_code == 429


def test_the_login_throttle_counts_by_address(api, alice, monkeypatch):
    # A window that does not end between two of the requests.
    monkeypatch.setattr("shop.core.rates.time", SimpleNamespace(time=lambda: 1.8e9))
    statuses = [login(api).status_code for _ in range(11)]

    assert statuses == [200] * 10 + [429]


def test_the_page_signs_in_with_a_new_session_key(client, alice):
    client.get("/account/login/")
    session = client.session
    session["seen"] = True
    session.save()
    before = session.session_key

    answer = client.post(
        "/account/login/", {"login": "alice@example.com", "password": PASSWORD, "next": "/account/"}
    )

    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(alice.pk)
    assert client.session.session_key != before


def test_a_second_person_on_the_same_browser_gets_a_session_of_their_own(client, alice, bob):
    client.force_login(alice)
    before = client.session.session_key
    client.post("/account/logout/")

    client.post("/account/login/", {"login": "bob@example.com", "password": PASSWORD})

    assert client.session["_auth_user_id"] == str(bob.pk)
    assert client.session.session_key != before


def test_the_page_refuses_a_wrong_password_and_counts_it(client, alice):
    for _ in range(10):
        answer = client.post(
            "/account/login/", {"login": "alice@example.com", "password": "wrong password here"}
        )
        assert b"is incorrect" in answer.content

    answer = client.post("/account/login/", {"login": "alice@example.com", "password": PASSWORD})

    assert b"Too many attempts" in answer.content
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https:evil.example",
        "https://evil.example/",
        "\\\\evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "http://testserver@evil.example",
        "/x%0d%0aSet-Cookie:a=b\r\nX: y",
    ],
)
def test_next_never_leads_out_of_the_shop(client, alice, target):
    answer = client.post(
        "/account/login/", {"login": "alice@example.com", "password": PASSWORD, "next": target}
    )

    assert answer.status_code == 302
    assert answer["Location"] == "/account/"


def test_next_leads_to_a_page_of_ours(client, alice):
    answer = client.post(
        "/account/login/",
        {"login": "alice@example.com", "password": PASSWORD, "next": "/account/addresses/?a=1"},
    )

    assert answer["Location"] == "/account/addresses/?a=1"


def test_a_form_without_its_token_is_refused(alice):
    client = Client(enforce_csrf_checks=True)

    answer = client.post("/account/login/", {"login": "alice@example.com", "password": PASSWORD})

    assert answer.status_code == 403
    assert "_auth_user_id" not in client.session


def test_the_sign_in_page_leads_guests_on_and_holds_no_inline_script(client):
    answer = client.get("/account/login/")

    html = answer.content.decode()
    assert answer.status_code == 200
    assert "/checkout/" in html
    assert "/track/" in html
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=", html)
    scripts = re.findall(r"<script([^>]*)>", html)
    assert all("src=" in script or "application/json" in script for script in scripts)
    assert "no-store" in answer["Cache-Control"]


def test_a_user_with_a_second_factor_must_send_its_code(api, alice):
    TOTP.activate(alice, "JBSWY3DPEHPK3PXP")
    code = RecoveryCodes.activate(alice).generate_codes()[0]
    body = {"email": "alice@example.com", "password": PASSWORD}

    without = api.post("/api/auth/login", body)
    wrong = api.post("/api/auth/login", {**body, "code": "000000"})
    right = api.post("/api/auth/login", {**body, "code": code})
    again = api.post("/api/auth/login", {**body, "code": code})

    assert (without.status_code, without.json()["code"]) == (401, "second_factor_needed")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "credentials_wrong")
    assert right.status_code == 200
    assert again.status_code == 401


def test_staff_without_a_second_factor_cannot_use_the_api_where_the_shop_asks_for_one(
    api, api_of, settings
):
    carol = UserFactory(email="carol@example.com", role=Role.STAFF)
    bearer, session = api_of(carol), APIClient()
    session.force_login(carol)
    settings.BACKOFFICE_REQUIRE_MFA = True

    refused = [
        login(api, email=carol.email),
        bearer.get("/api/auth/me"),
        session.get("/api/auth/me"),
    ]

    assert [response.status_code for response in refused] == [403, 403, 403]
    assert {response.json()["code"] for response in refused} == {"second_factor_missing"}
    TOTP.activate(carol, "JBSWY3DPEHPK3PXP")
    assert api_of(carol).get("/api/auth/me").status_code == 200
    assert session.get("/api/auth/me").status_code == 200


def test_shoppers_need_no_second_factor(api, alice, api_of, settings):
    settings.BACKOFFICE_REQUIRE_MFA = True

    assert login(api).status_code == 200
    assert api_of(alice).get("/api/auth/me").status_code == 200
