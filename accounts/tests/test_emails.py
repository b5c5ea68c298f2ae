"""The e-mail address: proved, and changed."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts import email_addresses, links, passwords
from accounts.email_addresses import services
from accounts.models import User
from accounts.tests.factories import PASSWORD, UserFactory
from shop.core.models import OutboxEvent

pytestmark = pytest.mark.django_db


def newest_key() -> str:
    event = OutboxEvent.objects.filter(
        type="AccountMail", payload__kind__in=["verify_email", "email_confirm_change"]
    ).latest("pk")
    return event.payload["context"]["url"].rstrip("/").rpartition("/")[2]


@pytest.fixture
def unverified():
    return UserFactory(email="new@example.com", verified=False)


def test_the_key_of_the_mail_confirms_the_address_once(api, unverified):
    email_addresses.send_verification_again(unverified)
    key = newest_key()

    first = api.post("/api/auth/email/verify", {"key": key})
    second = api.post("/api/auth/email/verify", {"key": key})

    assert (first.status_code, second.status_code) == (200, 400)
    assert unverified.emailaddress_set.get().verified
    event = OutboxEvent.objects.get(type="EmailVerified")
    assert event.payload == {"user_id": unverified.pk, "email": "new@example.com"}


@pytest.mark.parametrize("key", ["", "x", "MQ:1:1", "a" * 201, "é"])
def test_a_key_that_is_none_is_refused(api, unverified, key):
    assert api.post("/api/auth/email/verify", {"key": key}).status_code == 400
    assert not unverified.emailaddress_set.get().verified


def test_a_confirmation_key_is_no_sign_in(api, unverified):
    email_addresses.send_verification_again(unverified)

    bearer = {"HTTP_AUTHORIZATION": f"Bearer {newest_key()}"}

    assert api.get("/api/auth/me", **bearer).status_code == 401


def test_an_email_changes_when_the_link_at_the_new_address_is_opened(api_of, alice, mails):
    client = api_of(alice)

    asked = client.post(
        "/api/auth/email/change", {"email": "Lind@Example.com", "current_password": PASSWORD}
    )

    assert asked.status_code == 200
    assert User.objects.get(pk=alice.pk).email == "alice@example.com"
    email_addresses.verify_email(newest_key(), at=timezone.now())
    changed = User.objects.get(pk=alice.pk)
    assert (changed.email, changed.username) == ("lind@example.com", "lind@example.com")
    assert changed.customer.email == "lind@example.com"
    assert list(changed.emailaddress_set.values_list("email", "verified", "primary")) == [
        ("lind@example.com", True, True)
    ]
    assert mails() == [
        ("email_confirm_change", "lind@example.com"),
        ("email_changed", "alice@example.com"),
    ]


def test_the_old_address_learns_only_a_part_of_the_new_one(alice):
    email_addresses.start_email_change(
        alice, email="lind@example.com", current_password=PASSWORD, at=timezone.now()
    )
    email_addresses.verify_email(newest_key(), at=timezone.now())

    told = OutboxEvent.objects.get(payload__kind="email_changed")
    assert told.payload["context"]["new_email"] == "l•••@example.com"


def test_a_change_needs_the_current_password(api_of, alice, mails):
    answer = api_of(alice).post(
        "/api/auth/email/change", {"email": "x@example.com", "current_password": "wrong"}
    )

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["current_password"]
    assert alice.emailaddress_set.count() == 1
    assert mails() == []


def test_an_address_of_somebody_else_answers_the_same_and_changes_nothing(
    api_of, alice, bob, mails
):
    client = api_of(alice)
    body = {"current_password": PASSWORD}

    free = client.post("/api/auth/email/change", {**body, "email": "free@example.com"})
    taken = client.post("/api/auth/email/change", {**body, "email": "BOB@example.com"})

    assert free.status_code == taken.status_code == 200
    assert free.json() == taken.json()
    assert mails()[-1] == ("account_exists", "bob@example.com")
    assert alice.emailaddress_set.filter(verified=False).count() == 0


def test_an_address_taken_meanwhile_is_refused(alice):
    email_addresses.start_email_change(
        alice, email="lind@example.com", current_password=PASSWORD, at=timezone.now()
    )
    key = newest_key()
    UserFactory(email="lind@example.com")

    with pytest.raises(services.LinkInvalid):
        email_addresses.verify_email(key, at=timezone.now())

    assert User.objects.get(pk=alice.pk).email == "alice@example.com"


def test_asking_for_another_address_voids_the_link_to_the_first(api, alice):
    at = timezone.now()
    email_addresses.start_email_change(
        alice, email="a@example.com", current_password=PASSWORD, at=at
    )
    first = newest_key()
    email_addresses.start_email_change(
        alice, email="b@example.com", current_password=PASSWORD, at=at
    )

    assert api.post("/api/auth/email/verify", {"key": first}).status_code == 400
    assert api.post("/api/auth/email/verify", {"key": newest_key()}).status_code == 200


def test_a_changed_email_voids_the_link_to_a_new_password(alice):
    passwords.request_password_reset("alice@example.com", at=timezone.now())
    alice.refresh_from_db()
    key = links.reset_key(alice)
    assert links.user_of_reset_key(key) == alice

    email_addresses.start_email_change(
        alice, email="lind@example.com", current_password=PASSWORD, at=timezone.now()
    )
    email_addresses.verify_email(newest_key(), at=timezone.now())

    assert links.user_of_reset_key(key) is None


def test_the_page_confirms_after_a_click(client, unverified):
    email_addresses.send_verification_again(unverified)
    url = f"/account/confirm-email/{newest_key()}/"

    answer = client.post(url)

    assert answer.status_code == 302
    assert unverified.emailaddress_set.get().verified
