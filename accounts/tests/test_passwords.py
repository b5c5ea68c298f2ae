"""Passwords: forgotten, set again, changed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import links, passwords
from accounts.models import User
from accounts.tests.factories import PASSWORD, UserFactory
from shop.core.models import AuditEntry, OutboxEvent

pytestmark = pytest.mark.django_db
NEW = "a walnut tree in july"


def key_from_mail() -> str:
    event = OutboxEvent.objects.filter(type="AccountMail", payload__kind="reset_password").latest(
        "pk"
    )
    url = event.payload["context"]["url"]
    assert url.startswith("http://127.0.0.1:8000/account/password/reset/key/")
    return url.rstrip("/").rpartition("/")[2]


def test_asking_says_the_same_for_known_and_unknown(api, alice, mails):
    known = api.post("/api/auth/password/forgot", {"email": "Alice@example.com"})
    unknown = api.post("/api/auth/password/forgot", {"email": "nobody@example.com"})

    assert known.status_code == unknown.status_code == 200
    assert known.json() == unknown.json()
    assert mails() == [
        ("reset_password", "alice@example.com"),
        ("reset_unknown", "nobody@example.com"),
    ]


def test_a_link_never_follows_the_host_header(api, alice, settings):
    settings.ALLOWED_HOSTS = ["*"]

    api.post("/api/auth/password/forgot", {"email": "alice@example.com"}, HTTP_HOST="evil.example")

    assert "evil.example" not in OutboxEvent.objects.latest("pk").payload["context"]["url"]


def test_the_key_of_the_mail_sets_a_new_password_once_and_ends_all_sign_ins(api, api_of, alice):
    signed_in = api_of(alice)
    api.post("/api/auth/password/forgot", {"email": "alice@example.com"})
    key = key_from_mail()

    first = api.post("/api/auth/password/reset", {"key": key, "password": NEW})
    second = api.post("/api/auth/password/reset", {"key": key, "password": "another long one"})

    assert (first.status_code, second.status_code) == (200, 400)
    assert second.json()["code"] == "link_invalid"
    assert User.objects.get(pk=alice.pk).check_password(NEW)
    assert signed_in.get("/api/auth/me").status_code == 401


def test_a_newer_link_voids_the_older(api, alice):
    api.post("/api/auth/password/forgot", {"email": "alice@example.com"})
    older = key_from_mail()
    api.post("/api/auth/password/forgot", {"email": "alice@example.com"})
    newer = key_from_mail()

    assert api.post("/api/auth/password/reset", {"key": older, "password": NEW}).status_code == 400
    assert api.post("/api/auth/password/reset", {"key": newer, "password": NEW}).status_code == 200


def test_a_link_ends_after_three_hours(alice, settings, monkeypatch):
    passwords.request_password_reset("alice@example.com", at=timezone.now())
    key = key_from_mail()
    generator = links.ResetTokens
    later = generator()._now() + timedelta(hours=3, seconds=5)
    assert links.user_of_reset_key(key) == alice

    monkeypatch.setattr(generator, "_now", lambda self: later)

    assert links.user_of_reset_key(key) is None


def test_a_key_for_somebody_else_is_refused(api, alice, bob):
    passwords.request_password_reset("alice@example.com", at=timezone.now())
    token = key_from_mail().partition("-")[2]

    for key in (f"{bob.pk}-{token}", "", "-", "zzzzzzzzzzzzzzzzzzzzzz-x", f"0-{token}"):
        answer = api.post("/api/auth/password/reset", {"key": key, "password": NEW})
        assert answer.status_code == 400
    assert User.objects.get(pk=bob.pk).check_password(PASSWORD)


def test_a_weak_new_password_leaves_the_link_good(api, alice):
    api.post("/api/auth/password/forgot", {"email": "alice@example.com"})
    key = key_from_mail()

    weak = api.post("/api/auth/password/reset", {"key": key, "password": "short"})

    assert weak.status_code == 400
    assert list(weak.json()["errors"]) == ["password"]
    assert links.user_of_reset_key(key) == alice


def test_a_look_alike_of_the_email_gets_nothing(api, alice, mails):
    UserFactory(email="mike@example.com")

    passwords.request_password_reset("mi\u212ae@example.com", at=timezone.now())

    assert mails() == []


def test_at_most_five_mails_an_hour_go_to_one_address(alice, mails):
    for _ in range(7):
        passwords.request_password_reset("alice@example.com", at=timezone.now())

    assert len(mails()) == 5


def test_the_mails_link_proves_the_mailbox_too(api):
    bob = UserFactory(email="bob@example.com", verified=False)
    passwords.request_password_reset("bob@example.com", at=timezone.now())

    api.post("/api/auth/password/reset", {"key": key_from_mail(), "password": NEW})

    assert bob.emailaddress_set.get().verified


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"current_password": "wrong password here", "new_password": NEW}, "current_password"),
        ({"current_password": PASSWORD, "new_password": "short"}, "new_password"),
        ({"current_password": PASSWORD, "new_password": PASSWORD}, "new_password"),
    ],
)
def test_a_change_is_refused_without_the_current_or_a_good_new_password(
    api_of, alice, mails, body, field
):
    client = api_of(alice)

    answer = client.post("/api/auth/password/change", body)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert User.objects.get(pk=alice.pk).check_password(PASSWORD)
    assert client.get("/api/auth/me").status_code == 200
    assert mails() == []


def test_changing_on_the_page_keeps_this_session_and_ends_the_others(client, alice, mails):
    from django.test import Client

    other = Client()
    other.force_login(alice)
    client.force_login(alice)

    answer = client.post(
        "/account/details/password/", {"current_password": PASSWORD, "new_password": NEW}
    )

    assert answer.status_code == 302
    assert client.get("/account/").status_code == 302
    assert client.get("/account/")["Location"] == "/account/orders/"
    assert other.get("/account/")["Location"].startswith("/account/login/")
    assert mails() == [("password_changed", "alice@example.com")]


def test_the_pages_of_a_reset_lead_to_a_new_password(client, alice):
    asked = client.post("/account/password/reset/", {"email": "alice@example.com"})
    page = client.get(f"/account/password/reset/key/{key_from_mail()}/")
    done = client.post(page["Location"], {"password1": NEW, "password2": NEW})

    assert asked.status_code == page.status_code == done.status_code == 302
    assert User.objects.get(pk=alice.pk).check_password(NEW)


def test_a_password_that_staff_set_ends_all_sign_ins_and_is_told(
    api_of, client, alice, carol, mails
):
    signed_in = api_of(alice)
    client.force_login(carol)

    client.post(
        f"/admin/accounts/user/{alice.pk}/password/",
        {"usable_password": "true", "password1": NEW, "password2": NEW, "set-password": ""},
    )

    assert User.objects.get(pk=alice.pk).check_password(NEW)
    assert signed_in.get("/api/auth/me").status_code == 401
    assert mails() == [("password_changed", "alice@example.com")]
    assert [
        (line.action, line.actor_label)
        for line in AuditEntry.objects.filter(object_id=str(alice.pk)).order_by("pk")
    ] == [("password_changed", "Linden"), ("changed", "carol@example.com")]
