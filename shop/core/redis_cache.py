"""Redis as a cache that may fail: the shop sells on with what each process remembers.

It holds JSON and bytes, never a pickle: whoever can write to Redis could make a process
that reads pickles run code.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError, ResponseError

logger = logging.getLogger(__name__)

# So long nobody waits for a Redis that has just failed.
PAUSE_SECONDS = 5.0
LOCAL_ENTRIES = 5_000


# Before bytes that are kept as they are; no JSON begins like this.
BYTES = b"="


class Unreadable(ValueError):
    """Something in Redis that this shop has not written."""


class PlainSerializer:
    """Bytes as they are, all else as JSON. Raises `TypeError` for what has no such form."""

    def dumps(self, value: Any) -> bytes:
        """What goes to Redis; a whole number so that Redis can count it up."""
        if isinstance(value, bytes):
            return BYTES + value
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    def loads(self, data: bytes) -> Any:
        """What `dumps` was given. Raises `Unreadable`."""
        if data.startswith(BYTES):
            return data[len(BYTES) :]
        try:
            return json.loads(data)
        except (ValueError, RecursionError) as error:
            raise Unreadable(str(error)) from None


class SteadyRedisCache(BaseCache):
    """Redis, or while it does not answer a cache in this process: nothing of value
    is kept in either.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._redis = RedisCache(server, params)
        options = {"MAX_ENTRIES": LOCAL_ENTRIES}
        self._local = LocMemCache(f"steady:{params.get('KEY_PREFIX', '')}", {"OPTIONS": options})
        self._away_until = 0.0

    @property
    def is_away(self) -> bool:
        """Whether Redis has failed a moment ago."""
        return time.monotonic() < self._away_until

    def _ask(self, name: str, *args: Any, **options: Any) -> Any:
        if not self.is_away:
            act: Callable[..., Any] = getattr(self._redis, name)
            try:
                return act(*args, **options)
            except (Unreadable, ResponseError) as error:
                logger.warning("Redis holds something odd, which counts as nothing: %s", error)
            except RedisError as error:
                self._away_until = time.monotonic() + PAUSE_SECONDS
                logger.warning("Redis does not answer; caching in this process: %s", error)
        return getattr(self._local, name)(*args, **options)

    def add(self, *args: Any, **options: Any) -> Any:
        """Like Redis, or locally."""
        return self._ask("add", *args, **options)

    def get(self, *args: Any, **options: Any) -> Any:
        """Like Redis, or locally."""
        return self._ask("get", *args, **options)

    def set(self, *args: Any, **options: Any) -> Any:
        """Like Redis, or locally."""
        return self._ask("set", *args, **options)

    def touch(self, *args: Any, **options: Any) -> Any:
        """Like Redis, or locally."""
        return self._ask("touch", *args, **options)

    def delete(self, *args: Any, **options: Any) -> Any:
        """Like Redis, or locally."""
        return self._ask("delete", *args, **options)

    def get_many(self, *args: Any, **options: Any) -> Any:
        """Like Redis, or locally."""
        return self._ask("get_many", *args, **options)

    def set_many(self, *args: Any, **options: Any) -> Any:
        """Like Redis, or locally."""
        return self._ask("set_many", *args, **options)

    def delete_many(self, *args: Any, **options: Any) -> Any:
        """Like Redis, or locally."""
        return self._ask("delete_many", *args, **options)

    def has_key(self, *args: Any, **options: Any) -> Any:
        """Like Redis, or locally."""
        return self._ask("has_key", *args, **options)

    def incr(self, *args: Any, **options: Any) -> Any:
        """Like Redis, or locally."""
        return self._ask("incr", *args, **options)

    def clear(self) -> Any:
        """Like Redis, and locally too."""
        self._local.clear()
        return self._ask("clear")
