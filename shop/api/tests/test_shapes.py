"""Serializers that are lent out keep nothing of whom they served."""

import threading

import pytest
from rest_framework import serializers

from shop.api.shapes import lent, represent, represent_all, validated


class Leaf(serializers.Serializer):
    name = serializers.CharField(max_length=5)
    says = serializers.SerializerMethodField()
    leaf = serializers.SerializerMethodField()

    def get_says(self, row):
        return self.context.get("word", "nothing")

    def get_leaf(self, row):
        return represent(Leaf, row["leaf"]) if "leaf" in row else None


def test_each_caller_sees_its_own_context_and_the_next_sees_none():
    assert represent(Leaf, {"name": "ash"}, word="hello")["says"] == "hello"
    assert represent(Leaf, {"name": "ash"})["says"] == "nothing"
    assert represent_all(Leaf, [{"name": "ash"}, {"name": "oak"}], word="hi") == [
        {"name": "ash", "says": "hi", "leaf": None},
        {"name": "oak", "says": "hi", "leaf": None},
    ]


def test_one_is_made_in_each_thread_and_lent_again():
    made = []
    with lent(Leaf, {}) as first:
        made.append(first)
    with lent(Leaf, {}) as second:
        made.append(second)

    def elsewhere():
        with lent(Leaf, {}) as third:
            made.append(third)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()

    assert made[0] is made[1]
    assert made[2] is not made[0]


def test_a_shape_may_show_its_own_kind_within_itself():
    shown = represent(Leaf, {"name": "ash", "leaf": {"name": "oak"}}, word="hello")

    assert (shown["says"], shown["leaf"]["name"], shown["leaf"]["says"]) == (
        "hello",
        "oak",
        "nothing",
    )


def test_a_refusal_and_a_partial_reading_leave_nothing_behind():
    with pytest.raises(serializers.ValidationError) as refusal:
        validated(Leaf, {"name": "sycamore"})
    assert list(refusal.value.detail) == ["name"]

    assert validated(Leaf, {}, is_partial=True) == {}
    with pytest.raises(serializers.ValidationError):
        validated(Leaf, {})
    assert validated(Leaf, {"name": "ash"}) == {"name": "ash"}
