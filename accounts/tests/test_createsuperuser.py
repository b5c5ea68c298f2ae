"""`manage.py createsuperuser` without a prompt, as installers call it."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User

pytestmark = pytest.mark.django_db

VARIABLE = "DJANGO_SUPERUSER_PASSWORD"


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short", "at least 12 characters"),
        ("", "at least 12 characters"),
        ("password123456", "too common"),
        ("x" * 1025, "at most"),
    ],
    ids=["short", "empty", "common", "endless"],
)
def test_a_password_that_breaks_the_rules_creates_nobody(
    monkeypatch: pytest.MonkeyPatch, password: str, reason: str
):
    monkeypatch.setenv(VARIABLE, password)

    with pytest.raises(
        CommandError, match=f"{VARIABLE} was refused and no user was created.*"
    ) as e:
        call_command("createsuperuser", "--noinput", email="chief@example.com")

    assert reason in str(e.value)
    assert not User.objects.exists()


def test_a_good_password_creates_an_administrator(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(VARIABLE, "a walnut tree in july")

    call_command("createsuperuser", "--noinput", email="chief@example.com", verbosity=0)

    user = User.objects.get()
    assert (user.email, user.is_superuser) == ("chief@example.com", True)
    assert user.check_password("a walnut tree in july")


def test_without_a_password_nobody_signs_in_until_one_is_set(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(VARIABLE, raising=False)

    call_command("createsuperuser", "--noinput", email="chief@example.com", verbosity=0)

    assert User.objects.get().has_usable_password() is False
