"""One mailbox has one spelling, whoever writes it down and how."""

from __future__ import annotations

import pytest

from accounts.fields import EmailField
from accounts.identity import clean_email, email_key
from accounts.models import User
from accounts.tests.factories import UserFactory
from shop.core.errors import Invalid


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("a@ｂ.test", "a@b.test"),
        ("ａｌｉｃｅ＠ｅｘａｍｐｌｅ．ｃｏｍ", "alice@example.com"),
        ("Alice@Example.COM", "alice@example.com"),
        ("  alice@example.com ", "alice@example.com"),
        ("alice@Müller.example", "alice@xn--mller-kva.example"),
        ("alice@xn--mller-kva.example", "alice@xn--mller-kva.example"),
        ("alice@example。com", "alice@example.com"),
        # Two domains with two owners; the older rules made them one.
        ("alice@straße.example", "alice@xn--strae-oqa.example"),
        ("alice@strasse.example", "alice@strasse.example"),
        # Which of them are one mailbox is known to its mail server only.
        ("alice+shop@example.com", "alice+shop@example.com"),
        ("a.lice@example.com", "a.lice@example.com"),
    ],
)
def test_an_address_is_stored_in_one_spelling(typed, stored):
    assert clean_email(typed) == stored
    assert email_key(typed) == stored
    assert EmailField().clean(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "alıce@example.com",
        "\u212aim@example.com",
        "alice@exa\u2028mple.com",
        "alice@exam\u200bple.com",
        "alice@xn--a.example",
        "alice bob@example.com",
        "alice@example.com，bob@example.com",
        "alice@-.example",
        "alice",
        "＠",
    ],
)
def test_what_is_no_mailbox_is_refused(typed):
    with pytest.raises(Invalid):
        clean_email(typed)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "typed", ["ALICE@müller.example", "alice@xn--mller-kva.example", "ａlice@müller．example"]
)
def test_an_account_is_found_however_its_address_is_typed(typed):
    alice = UserFactory(email="alice@xn--mller-kva.example")

    assert User.objects.with_login(typed).get() == alice


@pytest.mark.django_db
def test_an_account_made_by_hand_has_the_same_spelling():
    made = User.objects.create_superuser("Root@Ｂ.test", "correct horse battery staple")

    assert (made.email, made.username) == ("root@b.test", "root@b.test")
