"""How we call another company: with a timeout, at most three tries with growing
pauses, a recorded result.

One that does not answer is left alone for a while (`shop.core.breaker`), so that
nobody waits for it in vain.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from payments.errors import ProviderRefused, ProviderUnavailable
from shop.core import breaker
from shop.core.errors import DomainError

logger = logging.getLogger(__name__)

CONNECT_SECONDS, ANSWER_SECONDS = 3.0, 8.0
PAUSES = (0.4, 1.6)
LONGEST_ID = 120

T = TypeVar("T")


class TryAgain(Exception):
    """A call that failed in a way that may pass.

    `reason` goes to the log: no address, no body, no secret.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def call(
    provider: str,
    act: str,
    once: Callable[[], T],
    *,
    breaker_name: str = "",
    pauses: Sequence[float] | None = None,
) -> T:
    """Return what `once` returns. It runs again while it raises `TryAgain`, three times in all.

    Each try must carry the same key, so that the provider acts once. Calls that
    strangers can cause name a breaker of their own and are tried once (`pauses=()`), so that
    they never stop payments. Raises `ProviderUnavailable` after the last try, or at once while
    the provider is left alone.
    """
    name = breaker_name or provider
    if not breaker.admit(name):
        logger.info("%s: %s, not asked: it is left alone", provider, act)
        raise ProviderUnavailable
    for number, pause in enumerate((*(PAUSES if pauses is None else pauses), None), start=1):
        started = time.monotonic()
        try:
            answer = once()
        except TryAgain as failure:
            _record(provider, act, number, started, failure.reason)
            if pause is None:
                breaker.note_failure(name)
                raise ProviderUnavailable from failure
            time.sleep(pause)
        except (ProviderRefused, ProviderUnavailable) as refusal:
            _record(provider, act, number, started, refusal.code)
            breaker.note_answer(name)
            raise
        else:
            _record(provider, act, number, started, "")
            breaker.note_answer(name)
            return answer
    raise ProviderUnavailable


@contextmanager
def understood(provider: str) -> Iterator[None]:
    """What is read from an answer in here may be missing or of another type: then
    nobody knows what happened.

    Raises `ProviderUnavailable` instead, so that nothing is booked and it is asked again.
    """
    try:
        yield
    except DomainError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        logger.exception("%s: an answer that makes no sense", provider)
        raise ProviderUnavailable from error


def known_id(value: Any) -> str:
    """An id as a provider tells it.

    Raises `ValueError` for what can be none, or does not fit our tables.
    """
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_ID or not value.isprintable():
        raise ValueError("that is no id")
    return value


def _record(provider: str, act: str, number: int, started: float, failure: str) -> None:
    milliseconds = int((time.monotonic() - started) * 1000)
    logger.log(
        logging.WARNING if failure else logging.INFO,
        "%s: %s, try %d: %s in %d ms",
        provider,
        act,
        number,
        failure or "done",
        milliseconds,
    )
