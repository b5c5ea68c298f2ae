"""A circuit breaker: a company that fails again and again is left alone for a while,
by all processes at once.

Its state is in the cache. While the cache is away nobody knows of it, and calls go out as ever:
each process counts for itself, and a company that was being left alone is asked again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from django.core.cache import cache

logger = logging.getLogger(__name__)

# So many calls in a row, none of them answered, each within this time of the one before.
FAILURES, TOGETHER_SECONDS = 3, 120
REST_SECONDS = 30
# Longer than the slowest call with all its tries: while one asks, the others wait.
TRIAL_SECONDS = 45
# How long a company is approached with one call at a time after it has failed.
CAREFUL_SECONDS = 3600


def admit(name: str) -> bool:
    """Whether a call to the company may go out now. After a rest one call at a time may."""
    state = cache.get_many([_key(name, "resting"), _key(name, "failing")])
    if _key(name, "resting") in state:
        return False
    return _key(name, "failing") not in state or cache.add(
        _key(name, "trial"), 1, timeout=TRIAL_SECONDS
    )


def resting(names: Iterable[str]) -> frozenset[str]:
    """Those of the companies that are being left alone. Asks the cache once."""
    keys = {_key(name, "resting"): name for name in names}
    return frozenset(keys[key] for key in cache.get_many(keys))


def note_answer(name: str) -> None:
    """It answered, be it with a no: what it did before is forgotten."""
    if cache.has_key(_key(name, "failing")):
        logger.warning("%s answers again", name)
    cache.delete_many([_key(name, part) for part in ("failing", "count", "trial", "resting")])


def note_failure(name: str) -> None:
    """It did not answer. The third time in a row, or in the call after a rest, it is left alone."""
    if cache.has_key(_key(name, "failing")) or _count(name) >= FAILURES:
        cache.set(_key(name, "failing"), 1, timeout=CAREFUL_SECONDS)
        cache.set(_key(name, "resting"), 1, timeout=REST_SECONDS)
        cache.delete(_key(name, "trial"))
        logger.error("%s does not answer; it is left alone for %d s", name, REST_SECONDS)


def _count(name: str) -> int:
    key = _key(name, "count")
    cache.add(key, 0, timeout=TOGETHER_SECONDS)
    try:
        count = int(cache.incr(key))
    except ValueError:  # ended, or the cache went away, in between
        return 1
    cache.touch(key, TOGETHER_SECONDS)
    return count


def _key(name: str, part: str) -> str:
    return f"breaker:{name}:{part}"
