"""What a person may take with them. Higher apps add their section from their `handlers.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from accounts.models import Customer

Section = Callable[[Customer], Any]
_sections: dict[str, Section] = {}


def exports(name: str) -> Callable[[Section], Section]:
    """Register the decorated function: it gives the JSON-safe section `name` of
    a customer's data.
    """

    def register(function: Section) -> Section:
        _sections[name] = function
        return function

    return register


def sections() -> dict[str, Section]:
    """All sections by name."""
    return dict(_sections)
