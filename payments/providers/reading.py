"""Reading JSON that a provider sent: only what both databases can store comes out.

PostgreSQL stores no NUL character, no database stores half of a surrogate pair, and neither takes
`Infinity`. Such a character is replaced and the rest is used: a name that a shopper typed must not
keep a payment from being booked.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

# Providers nest about ten levels. Both databases and Python's encoder take this many.
MAX_DEPTH = 64
_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT = "\ufffd"


def read_json(body: bytes) -> Any:
    """Return the JSON value in `body`, storable. Raises `ValueError` for anything else."""
    try:
        data = json.loads(body)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return storable(data)


def storable(value: Any, *, depth: int = 0) -> Any:
    """Return JSON data with each character that a database cannot store replaced by U+FFFD.

    Raises `ValueError` for numbers that no column holds and if it is nested more
    than `MAX_DEPTH` levels deep.
    """
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    if isinstance(value, str):
        return _NOT_STORABLE.sub(_REPLACEMENT, value)
    if isinstance(value, list):
        return [storable(part, depth=depth + 1) for part in value]
    if isinstance(value, dict):
        return {storable(name): storable(part, depth=depth + 1) for name, part in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number without an end")
    if isinstance(value, int) and abs(value) >= 2**63:
        raise ValueError("a number too large for any column")
    return value
