"""Log lines: one line each, with the request they belong to, and never a secret in them."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from shop.core.request_ids import current_request_id

# A longer value is cut: a log is no place for a megabyte somebody sent.
LONGEST = 4096
_SECRETS = re.compile(r"(?i)(authorization|password|passwd|token|secret|api[_-]?key|cookie)")
_CARD = re.compile(r"\b\d(?:[ -]?\d){12,18}\b")
# C0, C1, and the line and paragraph separators that some readers split lines at.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_SECRET_VALUES = re.compile(
    r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"
    r"|\beyJ[\w-]+\.[\w-]+\.[\w-]*"
    r"|((?:authorization|passw(?:or)?d|\w{0,30}token|\w{0,30}secret|api[_-]?key)[\"']?\s*[=:]\s*)"
    r"(?:(?:bearer|basic)\s+)?[\"']?[^\s\"'&,;}]+"
)
_STANDARD = set(logging.makeLogRecord({}).__dict__) | {
    "message",
    "asctime",
    "request_id",
    "taskName",
}


def tidy(value: str) -> str:
    """`value` on one line, without control characters, secrets or card numbers,
    cut to `LONGEST`.
    """
    # Cut first: the patterns need not read a megabyte somebody sent.
    one_line = value[: 2 * LONGEST].replace("\r", "\\r").replace("\n", "\\n")
    return _hush(_CONTROL.sub("", one_line))[:LONGEST]


def _hush(text: str) -> str:
    masked = _SECRET_VALUES.sub(lambda found: f"{found[2] or ''}•••", text)
    return _CARD.sub("[card]", masked)


class RequestIdFilter(logging.Filter):
    """Gives each record the id of its request."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request_id()
        return True


@lru_cache(maxsize=256)
def _is_secret(name: str) -> bool:
    return _SECRETS.search(name) is not None


def _extras(record: logging.LogRecord) -> dict[str, Any]:
    extras: dict[str, Any] = {}
    for name, value in record.__dict__.items():
        if name in _STANDARD:
            continue
        if _is_secret(name):
            extras[name] = "•••"
        elif value is None or isinstance(value, bool | int | float):
            extras[name] = value
        else:
            extras[name] = tidy(str(value))
    return extras


def _trace(text: str) -> str:
    """The lines of an exception, hushed; its end is the part that says what happened."""
    text = text[-4 * LONGEST :]
    return _hush("\n".join(_CONTROL.sub("", line) for line in text.split("\n")))


class JSONFormatter(logging.Formatter):
    """One JSON object a line, for machines."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": tidy(record.getMessage()),
        }
        if request_id := getattr(record, "request_id", ""):
            line["request_id"] = request_id
        line |= _extras(record)
        if record.exc_info:
            line["exception"] = _trace(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


class PlainFormatter(logging.Formatter):
    """A line for people at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        extras = " ".join(f"{name}={value}" for name, value in _extras(record).items())
        line = f"{moment} {record.levelname:7} {tidy(record.getMessage())} {extras}".rstrip()
        if record.exc_info:
            line += "\n" + _trace(self.formatException(record.exc_info))
        return line
