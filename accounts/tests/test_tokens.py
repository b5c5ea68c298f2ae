"""Access and refresh tokens: what opens, what does not, and when it ends."""

from __future__ import annotations

import base64
import json
import uuid
from datetime import timedelta

import jwt as pyjwt
import pytest
from django.conf import settings
from django.utils import timezone

from accounts import sign_in
from accounts.models import RefreshFamily, RefreshToken
from accounts.states import Role
from accounts.tests.factories import PASSWORD, UserFactory
from shop.core.models import OutboxEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(alice):
    return sign_in.issue_tokens(alice, at=timezone.now())


def me(api, token: str):
    return api.get("/api/auth/me", HTTP_AUTHORIZATION=f"Bearer {token}")


def refresh(api, token: str):
    return api.post("/api/auth/refresh", {"refresh_token": token})


def resign(token: str, *, key: str | None = None, headers: dict | None = None, **changes) -> str:
    claims = pyjwt.decode(token, options={"verify_signature": False})
    claims |= changes
    claims = {name: value for name, value in claims.items() if value is not None}
    return pyjwt.encode(claims, key or settings.SIMPLE_JWT["SIGNING_KEY"], "HS256", headers)


def test_an_access_token_opens_in_one_query(api, pair, django_assert_num_queries):
    with django_assert_num_queries(2):  # the family with its user; whether the e-mail is verified
        answer = me(api, pair.access)

    assert answer.status_code == 200
    assert answer.json()["data"]["email"] == "alice@example.com"


def test_a_refresh_token_gives_a_new_pair_and_the_database_keeps_only_its_hash(api, pair):
    answer = refresh(api, pair.refresh)

    data = answer.json()["data"]
    assert answer.status_code == 200
    assert set(data) == {"access_token", "refresh_token"}
    assert me(api, data["access_token"]).status_code == 200
    token_id = pyjwt.decode(pair.refresh, options={"verify_signature": False})["jti"]
    hashes = list(RefreshToken.objects.values_list("jti_hash", flat=True))
    assert len(hashes) == 2
    assert token_id not in hashes


def test_a_refresh_token_used_twice_ends_the_whole_family(api, pair):
    child = refresh(api, pair.refresh).json()["data"]

    again = refresh(api, pair.refresh)

    assert again.status_code == 401
    assert refresh(api, child["refresh_token"]).status_code == 401
    assert me(api, child["access_token"]).status_code == 401
    assert me(api, pair.access).status_code == 401
    assert RefreshFamily.objects.get().revoked_reason == "reuse"


def test_reuse_leaves_other_sign_ins_alone(api, alice, pair):
    other = sign_in.issue_tokens(alice, at=timezone.now())
    refresh(api, pair.refresh)
    refresh(api, pair.refresh)

    assert me(api, other.access).status_code == 200


def test_an_access_token_is_no_refresh_token_and_the_reverse(api, pair):
    assert refresh(api, pair.access).status_code == 401
    assert me(api, pair.refresh).status_code == 401
    assert me(api, pair.access).status_code == 200


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE"])
def test_an_unsigned_token_is_refused(api, pair, algorithm):
    header = base64.urlsafe_b64encode(json.dumps({"alg": algorithm, "typ": "JWT"}).encode())
    body = pair.access.split(".")[1]
    start = header.rstrip(b"=").decode()

    assert me(api, f"{start}.{body}.").status_code == 401
    assert me(api, f"{start}.{body}.{pair.access.split('.')[2]}").status_code == 401


def test_a_token_signed_with_another_key_or_algorithm_is_refused(api, pair):
    claims = pyjwt.decode(pair.access, options={"verify_signature": False})
    other = pyjwt.encode(claims, settings.SIMPLE_JWT["SIGNING_KEY"], "HS512")

    assert me(api, resign(pair.access, key="k" * 40)).status_code == 401
    assert me(api, other).status_code == 401


def test_headers_that_name_a_key_are_not_looked_at(api, pair):
    headers = {"kid": "../../dev/null", "jku": "http://127.0.0.1:1/keys", "jwk": {"kty": "oct"}}

    good = resign(pair.access, headers=headers)
    bad = resign(pair.access, key="k" * 40, headers=headers)

    assert me(api, good).status_code == 200
    assert me(api, bad).status_code == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": 1},
        {"exp": None},
        {"exp": "9999999999"},
        {"exp": 1e30},
        {"exp": True},
        {"exp": float("inf")},
        {"iat": 4102444800},
        {"iat": None},
        {"nbf": 4102444800},
        {"iss": "somebody"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"family": None},
        {"family": "1"},
        {"family": ["x"]},
        {"family": str(uuid.UUID(int=0))},
        {"sub": None},
        {"sub": "0"},
        {"sub": "99999999999999999999999"},
        {"sub": "1 or 1=1"},
        {"token_type": "email"},
        {"token_type": None},
    ],
)
def test_claims_that_are_wrong_or_missing_are_refused(api, pair, changes):
    assert me(api, resign(pair.access, **changes)).status_code == 401


@pytest.mark.parametrize(
    "token", ["", "x", "a.b.c", "a" * 10_000, "a.b.c.d", "é.é.é", "..", "null"]
)
def test_a_token_that_is_none_is_401_and_not_500(api, alice, token):
    header = f"Bearer {token}".encode().decode("latin-1")

    assert api.get("/api/auth/me", HTTP_AUTHORIZATION=header).status_code == 401


def test_a_token_for_another_user_id_is_refused(api, pair, bob):
    assert me(api, resign(pair.access, sub=str(bob.pk))).status_code == 401


def test_a_role_in_the_token_changes_nothing(api, pair):
    token = resign(pair.access, role="admin", is_staff=True)

    assert me(api, token).json()["data"]["role"] == "customer"
    assert api.get("/api/customers", HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 403


def test_a_lost_role_counts_with_the_next_request(api, carol):
    pair = sign_in.issue_tokens(carol, at=timezone.now())
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {pair.access}"}
    assert api.get("/api/customers", **bearer).status_code == 200

    carol.role = Role.CUSTOMER
    carol.save()

    assert api.get("/api/customers", **bearer).status_code == 403


def test_signing_out_ends_this_sign_in_only(api, api_of, alice):
    here, there = api_of(alice), api_of(alice)

    assert here.post("/api/auth/logout", {}).status_code == 200

    assert here.get("/api/auth/me").status_code == 401
    assert refresh(api, here.pair.refresh).status_code == 401
    assert there.get("/api/auth/me").status_code == 200


def test_signing_out_everywhere_ends_them_all(api_of, alice):
    here, there = api_of(alice), api_of(alice)

    here.post("/api/auth/logout", {"everywhere": True})

    assert there.get("/api/auth/me").status_code == 401


def test_nobody_signs_out_another(api_of, alice, mallory):
    victim, attacker = api_of(alice), api_of(mallory)

    answer = attacker.post("/api/auth/logout", {"refresh_token": victim.pair.refresh})

    assert answer.status_code == 401
    assert victim.get("/api/auth/me").status_code == 200


def test_a_new_password_ends_every_sign_in_and_session(api, api_of, client, alice):
    here, there = api_of(alice), api_of(alice)
    client.force_login(alice)

    answer = here.post(
        "/api/auth/password/change",
        {"current_password": PASSWORD, "new_password": "a walnut tree in july"},
    )

    assert answer.status_code == 200
    assert here.get("/api/auth/me").status_code == 401
    assert there.get("/api/auth/me").status_code == 401
    assert refresh(api, there.pair.refresh).status_code == 401
    assert client.get("/account/details/").status_code == 302
    assert me(api, answer.json()["data"]["access_token"]).status_code == 200


@pytest.mark.parametrize("end", ["deactivate", "delete"])
def test_a_closed_account_is_401_at_once(api, alice, pair, end):
    if end == "delete":
        alice.delete()
    else:
        alice.is_active = False
        alice.save()

    assert me(api, pair.access).status_code == 401
    assert refresh(api, pair.refresh).status_code == 401


def test_an_expired_family_does_not_refresh(api, alice):
    pair = sign_in.issue_tokens(alice, at=timezone.now() - timedelta(days=31))

    assert refresh(api, pair.refresh).status_code == 401


def test_sign_ins_that_ended_a_month_ago_are_forgotten(alice):
    at = timezone.now()
    sign_in.issue_tokens(alice, at=at - timedelta(days=61))
    kept = sign_in.issue_tokens(alice, at=at)

    forgotten = sign_in.forget_ended_families(at=at)

    assert forgotten == 1
    assert [str(family.pk) for family in RefreshFamily.objects.all()] == [kept.family_id]


def test_tokens_are_never_in_the_outbox(api):
    answer = api.post("/api/auth/register", {"email": "alice@example.com", "password": PASSWORD})

    written = json.dumps(list(OutboxEvent.objects.values_list("payload", flat=True)))
    assert answer.json()["data"]["refresh_token"] not in written
    assert PASSWORD not in written


def test_another_scheme_is_not_ours(api, alice):
    assert api.get("/api/auth/me", HTTP_AUTHORIZATION="Basic YTpi").status_code == 401
    assert UserFactory._meta.model.objects.count() == 1
