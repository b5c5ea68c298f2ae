"""Opening an account."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Consent, Customer, User
from accounts.tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


def test_registering_opens_an_account_with_its_customer_and_tokens(api, mails):
    answer = api.post(
        "/api/auth/register",
        {"email": "Alice@Example.com", "password": PASSWORD, "first_name": "Alice"},
    )

    assert answer.status_code == 201
    data = answer.json()["data"]
    assert set(data) == {"user", "access_token", "refresh_token"}
    assert data["user"]["email"] == "alice@example.com"
    assert data["user"]["role"] == "customer"
    assert data["user"]["is_email_verified"] is False
    assert Customer.objects.get().user.email == "alice@example.com"
    assert mails() == [("verify_email", "alice@example.com")]


def test_a_known_email_is_refused_in_any_case_and_its_owner_told_once(api, mails):
    UserFactory(email="alice@example.com")

    answers = [
        api.post("/api/auth/register", {"email": email, "password": PASSWORD})
        for email in ("alice@example.com", "ALICE@EXAMPLE.COM")
    ]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert answers[0].json()["errors"] == {}
    assert "exist" not in answers[0].json()["error"]
    assert User.objects.count() == 1
    assert mails() == [("account_exists", "alice@example.com")]


@pytest.mark.parametrize(
    "email",
    [
        "alıce@example.com",
        "alice@example.com, bob@example.com",
        '"alice"@example.com',
        "alice@example.com\r\nBcc: x@example.com",
        "alice",
        "",
        f"{'a' * 250}@example.com",
    ],
)
def test_an_address_that_is_not_one_plain_mailbox_is_refused(api, email):
    answer = api.post("/api/auth/register", {"email": email, "password": PASSWORD})

    assert answer.status_code == 400
    assert "email" in answer.json()["errors"]
    assert not User.objects.exists()


@pytest.mark.parametrize("password", ["short", "password1234", "x" * 257])
def test_a_weak_or_endless_password_is_refused(api, password):
    answer = api.post("/api/auth/register", {"email": "alice@example.com", "password": password})

    assert answer.status_code == 400
    assert "password" in answer.json()["errors"]
    assert not User.objects.exists()


@pytest.mark.parametrize("password", ["пароль из многих слов", "🌳" * 64, " spaces at both ends "])
def test_a_long_password_of_any_letters_is_taken(api, password):
    body = {"email": "alice@example.com", "password": password}

    assert api.post("/api/auth/register", body).status_code == 201
    assert api.post("/api/auth/login", body).status_code == 200


@pytest.mark.parametrize("extra", ["role", "is_staff", "is_superuser", "id", "groups"])
def test_nobody_registers_with_rights(api, extra):
    answer = api.post(
        "/api/auth/register",
        {"email": "mallory@example.com", "password": PASSWORD, extra: "admin"},
    )

    assert answer.status_code == 400
    assert answer.json()["errors"] == {extra: ["Unknown field."]}
    assert not User.objects.exists()


@pytest.mark.parametrize("username", ["alice@example.com", "аlice", "a b", "x@y"])
def test_a_username_that_could_pass_for_somebody_else_is_refused(api, username):
    answer = api.post(
        "/api/auth/register",
        {"email": "mallory@example.com", "password": PASSWORD, "username": username},
    )

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["username"]
    assert not User.objects.exists()


def test_a_taken_username_is_refused_in_any_case(api):
    UserFactory(username="Linden")

    answer = api.post(
        "/api/auth/register",
        {"email": "bob@example.com", "password": PASSWORD, "username": "linden"},
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "registration_refused")
    assert User.objects.count() == 1


def test_a_known_email_is_refused_as_a_taken_username_is(api, mails):
    UserFactory(email="alice@example.com", username="linden")

    def refusal(email: str, username: str) -> dict[str, object]:
        with CaptureQueriesContext(connection) as asked:
            answer = api.post(
                "/api/auth/register",
                {"email": email, "username": username, "password": PASSWORD},
            )
        body = answer.json()
        body.pop("request_id")
        looked = [query for query in asked if "accounts_user" in query["sql"]]
        return {"status": answer.status_code, "looked": len(looked), **body}

    known, taken = refusal("alice@example.com", "new"), refusal("new@example.com", "linden")

    assert known == taken
    assert "alice" not in str(known)
    assert mails() == [("account_exists", "alice@example.com")]
    assert User.objects.count() == 1


def test_the_page_opens_an_account_and_signs_in(client, mails):
    answer = client.post(
        "/account/signup/",
        {
            "name": "Alice Maria Lind",
            "email": "alice@example.com",
            "password": PASSWORD,
            "has_newsletter": "on",
        },
    )

    assert answer.status_code == 302
    assert answer["Location"] == "/account/"
    alice = User.objects.get()
    assert (alice.first_name, alice.last_name) == ("Alice Maria", "Lind")
    assert client.session["_auth_user_id"] == str(alice.pk)
    assert list(Consent.objects.values_list("kind", "is_given")) == [("newsletter", True)]
    assert mails() == [("verify_email", "alice@example.com")]
    assert not EmailAddress.objects.get().verified


def test_the_page_says_what_is_wrong_and_keeps_what_was_typed(client):
    UserFactory(email="alice@example.com")

    answer = client.post(
        "/account/signup/", {"name": "Mallory", "email": "alice@example.com", "password": PASSWORD}
    )

    assert answer.status_code == 422
    assert b"be created with these details" in answer.content
    assert b'value="Mallory"' in answer.content
    assert PASSWORD.encode() not in answer.content
