"""A transaction that PostgreSQL undid for another's sake is worth another try;
nothing of it was written.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection

TRIES = 3
_PAUSE_SECONDS = (0.01, 0.05)
# serialization_failure and deadlock_detected:
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_UNDONE = {"40001", "40P01"}

logger = logging.getLogger(__name__)

Result = TypeVar("Result")


def with_retries(work: Callable[[], Result]) -> Result:
    """What `work`, one whole transaction, returns; it runs again, three times at
    most, after a deadlock.

    Inside a transaction it runs once: only the outermost one can begin again. Other errors pass.
    """
    tries = 1 if connection.in_atomic_block else TRIES
    for number in range(1, tries):
        try:
            return work()
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) not in _UNDONE:
                raise
            logger.warning("The database undid a transaction; trying it again", exc_info=error)
            time.sleep(number * random.uniform(*_PAUSE_SECONDS))  # noqa: S311
    return work()
