"""Values in their plain form: what comes back is what was put in, or nothing at all."""

from __future__ import annotations

import json
import pickle
from dataclasses import dataclass
from decimal import Decimal

import pytest

from shop.core.plain import Garbled, from_plain, to_plain
from shop.core.redis_cache import PlainSerializer, Unreadable


@dataclass(frozen=True)
class Leaf:
    name: str
    share: float | None = None


@dataclass(frozen=True)
class Tree:
    leaves: list[Leaf]
    size: tuple[int, Decimal]
    by_name: dict[str, Leaf]
    is_green: bool


TREE = Tree([Leaf("a", 0.5), Leaf("b")], (3, Decimal("1.20")), {"a": Leaf("a")}, is_green=True)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Tree, TREE),
        (str, "Türkis"),
        (int, 0),
        (Leaf | None, None),
        (dict[str, Decimal], {"EUR": Decimal("1.10")}),
        (list[tuple[int, str]], [(1, "one")]),
    ],
)
def test_a_value_comes_back_as_it_was(kind, value):
    serializer = PlainSerializer()

    data = serializer.loads(serializer.dumps(to_plain(value)))

    assert from_plain(kind, data) == value


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (int, True),
        (int, "1"),
        (str, 1),
        (str, None),
        (Decimal, "much"),
        (Leaf, {"name": "a"}),
        (Leaf, {"name": "a", "share": 1.0, "more": 1}),
        (Leaf, {"name": 1, "share": None}),
        (Leaf, ["a", None]),
        (Tree, 7),
        (list[Leaf], {}),
        (list[int], "12"),
        (dict[str, int], []),
        (tuple[int, int], [1]),
        (tuple[int, int], [1, 2, 3]),
    ],
)
def test_what_has_another_shape_is_refused(kind, data):
    with pytest.raises(Garbled):
        from_plain(kind, data)


def test_what_has_no_plain_form_is_an_error_at_once():
    with pytest.raises(TypeError, match="set has no plain form"):
        to_plain({"a": {1, 2}})
    with pytest.raises(TypeError):
        PlainSerializer().dumps(object())


def test_bytes_stay_bytes_and_a_number_can_be_counted_up_by_redis():
    serializer = PlainSerializer()

    assert serializer.loads(serializer.dumps(b"\x1f\x8b=")) == b"\x1f\x8b="
    assert serializer.dumps(41) == b"41"


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe", b"{", pickle.dumps("x"), pickle.dumps(1, 0), b"[" * 100_000]
)
def test_what_is_no_json_is_unreadable(data):
    with pytest.raises(Unreadable):
        PlainSerializer().loads(data)


def test_a_plain_form_is_json():
    assert json.loads(json.dumps(to_plain(TREE))) == to_plain(TREE)
