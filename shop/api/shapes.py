"""Serializers that are made once and lent out, instead of being made again for each request.

Django REST framework builds a serializer's fields with each instance: copying the declared ones and
deriving the others from the model costs several times what filling them does.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from rest_framework.serializers import Serializer

Shape = type[Serializer[Any]]

_free: threading.local = threading.local()


@contextmanager
def lent(shape: Shape, context: dict[str, Any]) -> Iterator[Any]:
    """A serializer of this thread, for the length of the block.

    Its fields must be the same for every caller.
    """
    if not hasattr(_free, "by_shape"):
        _free.by_shape = defaultdict(list)
    free = _free.by_shape[shape]
    # A shape that shows another of its own kind within itself gets a second one.
    serializer = free.pop() if free else shape()
    serializer._context = context
    try:
        yield serializer
    finally:
        serializer._context = {}
        serializer.partial = False
        free.append(serializer)


def represent(shape: Shape, row: Any, **context: Any) -> dict[str, Any]:
    """`row` as `shape` shows it."""
    with lent(shape, context) as serializer:
        return dict(serializer.to_representation(row))


def represent_all(shape: Shape, rows: Iterable[Any], **context: Any) -> list[dict[str, Any]]:
    """Each of `rows` as `shape` shows it."""
    with lent(shape, context) as serializer:
        return [dict(serializer.to_representation(row)) for row in rows]


def validated(
    shape: Shape, data: Any, *, is_partial: bool = False, **context: Any
) -> dict[str, Any]:
    """`data` as `shape` reads it. Raises `ValidationError` naming each bad field."""
    with lent(shape, context) as serializer:
        serializer.partial = is_partial
        return dict(serializer.run_validation(data))
