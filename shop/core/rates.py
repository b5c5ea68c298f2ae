"""How often somebody may do something: a number of requests in a window, written `300/min`."""

from __future__ import annotations

import re
from dataclasses import dataclass

WINDOWS = {
    "s": 1,
    "sec": 1,
    "second": 1,
    "m": 60,
    "min": 60,
    "minute": 60,
    "h": 3600,
    "hour": 3600,
    "d": 86400,
    "day": 86400,
}
_RATE = re.compile(rf"([1-9][0-9]{{0,8}})/({'|'.join(WINDOWS)})")


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in so many seconds."""

    name: str
    quota: int
    window: int


def parse_rate(name: str, text: str) -> Rate | None:
    """Return the rate that `text` says; None if it is `off`.

    Raises `ValueError` for anything else.
    """
    if text == "off":
        return None
    found = _RATE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return Rate(name, int(found[1]), WINDOWS[found[2]])
