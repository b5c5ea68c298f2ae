"""One effect per key."""

import pytest

from shop.core.errors import Conflict
from shop.core.idempotency import (
    IdempotencyKeyInvalid,
    IdempotencyKeyReused,
    clean_key,
    fingerprint,
    run_once,
)
from shop.core.models import CacheVersion, IdempotencyRecord
from shop.core.querysets import insert_if_new

pytestmark = pytest.mark.django_db


def count_up():
    version, _created = CacheVersion.objects.get_or_create(name="effects", defaults={"version": 0})
    version.version += 1
    version.save()
    return 201, {"effects": version.version}


def test_the_second_request_with_a_key_gets_the_first_answer():
    first = run_once("alice", "key-1", fingerprint("buy"), count_up)
    second = run_once("alice", "key-1", fingerprint("buy"), count_up)

    assert (first.status_code, first.body, first.replayed) == (201, {"effects": 1}, False)
    assert (second.status_code, second.body, second.replayed) == (201, {"effects": 1}, True)
    assert CacheVersion.objects.get(name="effects").version == 1


def test_the_same_key_of_somebody_else_is_another_key():
    run_once("alice", "key-1", fingerprint("buy"), count_up)

    answer = run_once("bob", "key-1", fingerprint("buy"), count_up)

    assert (answer.body, answer.replayed) == ({"effects": 2}, False)


def test_a_key_does_not_serve_for_another_body():
    run_once("alice", "key-1", fingerprint("buy", 1), count_up)

    with pytest.raises(IdempotencyKeyReused):
        run_once("alice", "key-1", fingerprint("buy", 2), count_up)

    assert CacheVersion.objects.get(name="effects").version == 1


def test_a_refused_request_leaves_its_key_free():
    def refuse():
        count_up()
        raise Conflict("sold out")

    with pytest.raises(Conflict):
        run_once("alice", "key-1", fingerprint("buy"), refuse)

    assert IdempotencyRecord.objects.count() == 0
    assert not CacheVersion.objects.filter(name="effects").exists()
    assert run_once("alice", "key-1", fingerprint("buy"), count_up).replayed is False


@pytest.mark.parametrize(("raw", "key"), [("abc", "abc"), ('"abc"', "abc"), (" abc ", "abc")])
def test_a_key_comes_bare_or_as_a_structured_field_string(raw, key):
    assert clean_key(raw) == key


@pytest.mark.parametrize("raw", ["", '""', "a b", "é", "x" * 256, "a\x00b"])
def test_a_malformed_key_is_refused(raw):
    with pytest.raises(IdempotencyKeyInvalid):
        clean_key(raw)


def test_a_fingerprint_does_not_depend_on_the_order_of_fields():
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})


def test_a_row_is_inserted_once_and_the_second_time_nothing_is_written():
    first = IdempotencyRecord(scope="alice", key="key-1", fingerprint="a")
    second = IdempotencyRecord(scope="alice", key="key-1", fingerprint="b")

    assert (insert_if_new(first), insert_if_new(second)) == (True, False)

    assert (first.pk, second.pk) == (IdempotencyRecord.objects.get().pk, None)
    assert IdempotencyRecord.objects.get().fingerprint == "a"


def test_an_effect_costs_two_statements_and_its_replay_two_beside_the_transaction(
    django_assert_num_queries,
):
    with django_assert_num_queries(4):  # savepoint, insert, update, release
        run_once("alice", "key-1", fingerprint("buy"), lambda: (201, {}))
    with django_assert_num_queries(4):  # savepoint, insert of nothing, release, read
        run_once("alice", "key-1", fingerprint("buy"), lambda: (201, {}))
