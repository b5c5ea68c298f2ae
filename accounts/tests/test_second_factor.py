"""The second factor: a code counts once, and nobody stays signed in from before it was set up."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import RefreshFamily, User
from accounts.sign_in import issue_tokens, use_totp_code
from accounts.sign_in.authentication import FamilyJWTAuthentication
from accounts.tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

SECRET = "JBSWY3DPEHPK3PXP"
NOW = 1_800_000_000  # the first second of a period


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """The seconds that authenticator codes are counted by."""
    seconds = {"now": float(NOW)}
    monkeypatch.setattr(totp.time, "time", lambda: seconds["now"])
    return seconds


def code_at(seconds: float) -> str:
    return totp.format_hotp_value(totp.hotp_value(SECRET, int(seconds) // 30))


def set_up(user: User, *, at: float) -> Authenticator:
    """A factor that was set up at that second, with the code of that period."""
    factor = TOTP.activate(user, SECRET).instance
    factor.created_at = timezone.datetime.fromtimestamp(at, tz=timezone.get_current_timezone())
    factor.save(update_fields=["created_at"])
    return factor


def api_sign_in(api: Any, code: str) -> int:
    body = {"email": "alice@example.com", "password": PASSWORD, "code": code}
    return int(api.post("/api/auth/login", body).status_code)


def page_sign_in(code: str) -> bool:
    client = Client()
    client.post("/account/login/", {"login": "alice@example.com", "password": PASSWORD})
    client.post("/account/2fa/authenticate/", {"code": code})
    return "_auth_user_id" in client.session


def test_the_code_that_set_the_factor_up_opens_neither_the_api_nor_the_pages(api, alice, clock):
    set_up(alice, at=NOW + 3)
    clock["now"] = NOW + 20

    assert api_sign_in(api, code_at(NOW)) == 401
    assert page_sign_in(code_at(NOW)) is False
    assert RefreshFamily.objects.count() == 0


def test_the_next_code_opens_the_api(api, alice, clock):
    set_up(alice, at=NOW + 3)
    clock["now"] = NOW + 30

    assert api_sign_in(api, code_at(NOW + 30)) == 200


def test_a_code_that_opened_the_api_does_not_open_the_pages(api, alice, clock):
    set_up(alice, at=NOW - 300)

    first = api_sign_in(api, code_at(NOW))
    cache.clear()  # what the code was used for is no matter of a cache

    assert (first, page_sign_in(code_at(NOW))) == (200, False)


def test_a_code_that_opened_the_pages_does_not_open_the_api(api, alice, clock):
    set_up(alice, at=NOW - 300)

    first = page_sign_in(code_at(NOW))
    cache.clear()

    assert (first, api_sign_in(api, code_at(NOW))) == (True, 401)


def test_a_wrong_code_uses_nothing_up(alice, clock):
    factor = set_up(alice, at=NOW - 300)

    assert use_totp_code(factor, "000000") is False
    assert use_totp_code(factor, code_at(NOW)) is True
    assert use_totp_code(factor, code_at(NOW)) is False


def test_tokens_from_before_the_factor_end_with_it(api, api_of, alice):
    bearer = api_of(alice)
    before = bearer.get("/api/auth/me").status_code

    TOTP.activate(alice, SECRET)

    refreshed = api.post("/api/auth/refresh", {"refresh_token": bearer.pair.refresh})
    assert (before, bearer.get("/api/auth/me").status_code) == (200, 401)
    assert refreshed.status_code == 401


def test_a_second_factor_more_or_new_recovery_codes_end_no_sign_in(api_of, alice):
    first = TOTP.activate(alice, SECRET).instance
    Authenticator.objects.filter(pk=first.pk).update(
        created_at=timezone.now() - timedelta(minutes=1)
    )
    bearer = api_of(alice)

    Authenticator.objects.create(user=alice, type=Authenticator.Type.WEBAUTHN, data={})
    Authenticator.objects.create(user=alice, type=Authenticator.Type.RECOVERY_CODES, data={})

    assert bearer.get("/api/auth/me").status_code == 200


def test_setting_the_factor_up_on_a_page_signs_other_devices_out(
    client, alice, django_capture_on_commit_callbacks
):
    other = Client()
    for device in (client, other):
        device.post("/account/login/", {"login": "alice@example.com", "password": PASSWORD})
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    client.get("/account/2fa/totp/activate/")
    secret = client.session[totp.SECRET_SESSION_KEY]
    code = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))

    with django_capture_on_commit_callbacks(execute=True):
        client.post("/account/2fa/totp/activate/", {"code": code})

    assert Authenticator.objects.filter(user=alice, type="totp").count() == 1
    assert client.get("/account/orders/").status_code == 200
    assert other.get("/account/orders/").status_code == 302


def test_a_sign_in_that_ended_with_the_factor_does_not_come_back_when_it_is_removed(
    client, api_of, alice, django_capture_on_commit_callbacks
):
    bearer = api_of(alice)
    client.post("/account/login/", {"login": "alice@example.com", "password": PASSWORD})
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    client.get("/account/2fa/totp/activate/")
    secret = client.session[totp.SECRET_SESSION_KEY]
    code = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/account/2fa/totp/activate/", {"code": code})

    Authenticator.objects.filter(user=alice).delete()

    assert bearer.get("/api/auth/me").status_code == 401


def test_a_token_is_judged_in_one_query(rf, alice, django_assert_num_queries):
    TOTP.activate(alice, SECRET)
    pair = issue_tokens(alice, at=timezone.now())
    request = rf.get("/api/auth/me", headers={"Authorization": f"Bearer {pair.access}"})

    with django_assert_num_queries(1):
        found = FamilyJWTAuthentication().authenticate(request)

    assert found is not None
    assert found[0] == alice
