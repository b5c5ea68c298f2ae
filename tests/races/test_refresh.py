"""Sign-in under fire: one refresh token used twenty times at once, one e-mail
registered fifty times.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts import registration, sign_in
from accounts.errors import RegistrationRefused, TokenInvalid
from accounts.models import Customer, RefreshFamily, RefreshToken, User
from accounts.sign_in import jwt
from accounts.tests.factories import PASSWORD, UserFactory
from shop.core.models import OutboxEvent

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
THREADS = 8


def at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    """What `act` returns or raises, called `count` times by eight threads that start together."""
    barrier = Barrier(THREADS)

    def run(start: int) -> list[Any]:
        results: list[Any] = []
        try:
            barrier.wait(timeout=20)
            for number in range(start, count, THREADS):
                try:
                    results.append(act(number))
                except (TokenInvalid, RegistrationRefused) as refusal:
                    results.append(refusal)
        finally:
            connection.close()
        return results

    with ThreadPoolExecutor(THREADS) as pool:
        return [result for part in pool.map(run, range(THREADS)) for result in part]


def test_one_refresh_token_used_twenty_times_at_once_gives_one_pair_and_ends_the_family():
    pair = sign_in.issue_tokens(UserFactory(), at=timezone.now())

    results = at_once(20, lambda _number: sign_in.rotate_tokens(pair.refresh, at=timezone.now()))

    wins = [result for result in results if isinstance(result, sign_in.TokenPair)]
    assert len(wins) == 1
    assert sum(isinstance(result, TokenInvalid) for result in results) == 19
    assert RefreshToken.objects.count() == 2
    assert RefreshFamily.objects.get().revoked_reason == "reuse"
    with pytest.raises(TokenInvalid):
        sign_in.rotate_tokens(wins[0].refresh, at=timezone.now())


def test_without_the_lock_the_same_storm_hands_out_more_than_one_pair():
    """The control: it shows that the test above can fail, on a rotation that reads
    before it writes.
    """
    pair = sign_in.issue_tokens(UserFactory(), at=timezone.now())
    claims = jwt.decode(pair.refresh, kind=jwt.REFRESH)
    readers = Barrier(THREADS)

    def careless(_number: int) -> bool:
        token = RefreshToken.objects.get(jti_hash=claims.token_hash)
        is_fresh = token.used_at is None
        readers.wait(timeout=20)
        if is_fresh:
            with transaction.atomic():
                RefreshToken.objects.filter(pk=token.pk).update(used_at=timezone.now())
        return is_fresh

    results = at_once(THREADS, careless)

    assert sum(results) > 1


def test_one_email_registered_fifty_times_at_once_opens_one_account():
    def register(number: int) -> User:
        email = "Alice@Example.com" if number % 2 else "alice@example.com"
        return registration.register(email=email, password=PASSWORD, at=timezone.now())

    results = at_once(50, register)

    assert sum(isinstance(result, User) for result in results) == 1
    assert sum(isinstance(result, RegistrationRefused) for result in results) == 49
    assert User.objects.count() == 1
    assert Customer.objects.count() == 1
    assert OutboxEvent.objects.filter(type="UserRegistered").count() == 1
