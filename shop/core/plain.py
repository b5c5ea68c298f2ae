"""Values as plain JSON and back, by their type: what may lie in a cache that others can write to.

    data = to_plain(totals)              # {"all": 12, "in_stock": 9}
    totals = from_plain(Totals, data)    # raises `Garbled` where data has another shape

Reading makes nothing but the type that was asked for, so it can run no code of
whoever wrote the data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
Reader = Callable[[Any], Any]
_AS_THEY_ARE = (str, int, bool, float, NoneType)


class Garbled(ValueError):
    """Data of another shape than the type that was asked for."""


def to_plain(value: Any) -> Any:
    """A text, number, list, dictionary by text, or dataclass of these, as JSON holds it."""
    if isinstance(value, _AS_THEY_ARE):
        return value
    if isinstance(value, list | tuple):
        return [to_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: to_plain(each) for key, each in value.items()}
    if isinstance(value, Decimal):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {name: to_plain(getattr(value, name)) for name in _names(type(value))}
    raise TypeError(f"{type(value).__name__} has no plain form.")


def from_plain(kind: type[T], data: Any) -> T:
    """The value of type `kind` that `to_plain` made `data` of. Raises `Garbled`."""
    try:
        value: T = _reader(kind)(data)  # type: ignore[arg-type] # types are hashable
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise Garbled(f"This is no {kind}: {error}") from None
    return value


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


@cache
def _reader(kind: Any) -> Reader:
    """What reads a value of type `kind`; it may raise whatever odd data makes it raise."""
    origin, inside = get_origin(kind), get_args(kind)
    if kind in _AS_THEY_ARE:
        return _exactly(kind)
    if kind is Decimal:
        text = _exactly(str)
        return lambda data: Decimal(text(data))
    if is_dataclass(kind):
        return _dataclass_of(kind)
    if origin in (Union, UnionType) and len(inside) == 2 and NoneType in inside:
        read = _reader(next(each for each in inside if each is not NoneType))
        return lambda data: None if data is None else read(data)
    if origin is list:
        read, a_list = _reader(inside[0]), _exactly(list)
        return lambda data: [read(each) for each in a_list(data)]
    if origin is dict and inside[0] is str:
        read = _reader(inside[1])
        return lambda data: {key: read(each) for key, each in data.items()}
    if origin is tuple and Ellipsis not in inside:
        return _tuple_of([_reader(each) for each in inside])
    raise TypeError(f"{kind} has no plain form.")


def _exactly(kind: type) -> Reader:
    def read(data: Any) -> Any:
        # A kind of str is fine (markup that is safe), but True is no number.
        if not isinstance(data, kind) or (kind is int and isinstance(data, bool)):
            raise Garbled(f"{type(data).__name__} instead of {kind.__name__}")
        return data

    return read


def _dataclass_of(kind: Any) -> Reader:
    hints = get_type_hints(kind)
    readers = {name: _reader(hints[name]) for name in _names(kind)}

    def read(data: Any) -> Any:
        if len(data) != len(readers):
            raise Garbled(f"{len(data)} fields instead of {len(readers)}")
        return kind(**{name: read(data[name]) for name, read in readers.items()})

    return read


def _tuple_of(readers: list[Reader]) -> Reader:
    a_list = _exactly(list)

    def read(data: Any) -> Any:
        return tuple(read(each) for read, each in zip(readers, a_list(data), strict=True))

    return read
