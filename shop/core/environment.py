"""Variables of the environment, read by type and checked by value before anything uses them.

    env = Environment(os.environ)
    HOLD = env.number("HOLD_MINUTES", 15, least=1)
    env.faults  # one sentence for each wrong value

A wrong value is noted, and the default stands in for it, so that one start names all that is wrong.
An empty variable counts as not set, except where an empty text means something. Values that may
hold a secret are never repeated.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from email.headerregistry import Address
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit
from zoneinfo import ZoneInfo

import environ
from babel.core import get_global
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

from shop.core.rates import parse_rate

T = TypeVar("T")

YES = frozenset({"on", "true", "yes", "y", "t", "1"})
NO = frozenset({"off", "false", "no", "n", "f", "0"})
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
DATABASE_SCHEMES = ("postgres", "postgresql", "sqlite")
MAIL_SCHEMES = ("smtp", "smtps", "smtp+tls", "smtp+ssl", "filemail", "consolemail", "dummymail")
REDIS_SCHEMES = ("redis", "rediss", "unix")

# Control characters, and what stands for bytes that are not UTF-8.
_UNREADABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9_-]{0,61}[a-zA-Z0-9])?"
_HOST = re.compile(rf"\.?{_LABEL}(?:\.{_LABEL})*\.?|\[[0-9a-fA-F:.]+\]")
_COUNTRY = re.compile(r"[A-Z]{2}")


class Wrong(ValueError):
    """A value that is not valid; the text says what is."""


class Environment:
    """The variables of a process. What is wrong with them gathers in `faults`."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.faults: list[str] = []
        self._wrong: set[str] = set()

    def is_wrong(self, name: str) -> bool:
        """Whether a value was noted as wrong, which a second line need not call missing."""
        return name in self._wrong

    def note(self, name: str, sentence: str) -> None:
        """Write down what is wrong with a variable."""
        self._wrong.add(name)
        self.faults.append(sentence)

    def read(
        self, name: str, default: T, parse: Callable[[str], T], *, is_secret: bool = False
    ) -> T:
        """Return what `parse` makes of a variable, or `default` where it is empty or wrong."""
        text = self._variables.get(name, "").strip()
        if not text:
            return default
        try:
            if _UNREADABLE.search(text):
                raise Wrong("it contains characters that cannot be decoded")
            return parse(text)
        except Wrong as wrong:
            told = f"{name} is not valid" if is_secret else f"{name} is {_shown(text)}"
            self.note(name, f"{told}: {wrong}.")
            return default

    def text(self, name: str, default: str = "") -> str:
        """A text. Set to nothing it is empty, whatever the default."""
        if name in self._variables and not self._variables[name].strip():
            return ""
        return self.read(name, default, lambda text: text, is_secret=True)

    def flag(self, name: str, default: bool) -> bool:
        """on or off, and the other words for them."""
        return self.read(name, default, _parse_bool)

    def number(
        self, name: str, default: int, *, least: int | None = None, most: int | None = None
    ) -> int:
        """A whole number between `least` and `most`."""
        return self.read(name, default, lambda text: _parse_int(text, least, most))

    def texts(self, name: str, default: Iterable[str] = ()) -> list[str]:
        """Texts separated by commas."""
        return self.read(name, [*default], _split, is_secret=True)

    def choice(self, name: str, default: str, choices: Iterable[str]) -> str:
        """One of `choices`."""
        return self.read(name, default, lambda text: _one_of(text, choices))

    def choices(self, name: str, choices: Iterable[str], *, first: str) -> list[str]:
        """Several of `choices` separated by commas, `first` among them; only `first` by default."""
        known = list(choices)

        def parse(text: str) -> list[str]:
            found = [_one_of(each, known) for each in _split(text)]
            if first not in found:
                raise Wrong(f"it must include the default, {first}")
            return list(dict.fromkeys(found))

        return self.read(name, [first], parse)

    def country(self, name: str, default: str) -> str:
        """An ISO 3166 code."""
        return self.read(name, default, _parse_country)

    def days_by_country(self, name: str) -> dict[str, int]:
        """Days for some countries: CH=30,GB=14."""
        return self.read(name, {}, _parse_days)

    def currency(self, name: str, default: str) -> str:
        """An ISO 4217 code of a currency that is in use."""
        return self.read(name, default, _parse_currency)

    def currencies(self, name: str, *, first: str, others: Iterable[str]) -> list[str]:
        """Several currencies, `first` among them."""

        def parse(text: str) -> list[str]:
            found = [_parse_currency(code) for code in _split(text)]
            if first not in found:
                raise Wrong(f"it must include the default currency, {first}")
            return list(dict.fromkeys(found))

        return self.read(name, list(dict.fromkeys([first, *others])), parse)

    def time_zone(self, name: str, default: str) -> str:
        """A name of the IANA time zone database."""
        return self.read(name, default, _parse_time_zone)

    def rate(self, name: str, default: str) -> str:
        """A rate such as 300/min, or off."""
        return self.read(name, default, _parse_rate)

    def hosts(self, name: str, default: Iterable[str]) -> list[str]:
        """Host names without scheme, port or path; *.example stands as .example."""
        return self.read(
            name, [*default], lambda text: [_parse_host(host) for host in _split(text)]
        )

    def origin(self, name: str, default: str) -> str:
        """A scheme and a host, such as https://shop.example."""
        return self.read(name, default, lambda text: _parse_origin(text.rstrip("/")))

    def origins(
        self, name: str, default: Iterable[str] = (), *, wildcard: bool = False
    ) -> list[str]:
        """Several origins; with `wildcard` also https://*.shop.example."""

        def parse(text: str) -> list[str]:
            return [_parse_origin(origin, wildcard=wildcard) for origin in _split(text)]

        return self.read(name, [*default], parse)

    def url(self, name: str, default: str) -> str:
        """An http or https address of another service, without the slash at its end."""
        return self.read(name, default, _parse_url, is_secret=True)

    def email(self, name: str, default: str) -> str:
        """An e-mail address."""
        return self.read(name, default, _parse_email)

    def mailbox(self, name: str, default: str) -> str:
        """An e-mail address with or without a name before it: Shop <hello@shop.example>."""
        return self.read(name, default, _parse_mailbox)

    def secret(self, name: str, *, prefixes: tuple[str, ...]) -> str:
        """A key of another company, known by how it begins."""
        return self.read(name, "", lambda text: _begins(text, prefixes), is_secret=True)

    def secrets(self, name: str, *, prefixes: tuple[str, ...]) -> list[str]:
        """Several of them."""

        def parse(text: str) -> list[str]:
            return [_begins(secret, prefixes) for secret in _split(text)]

        return self.read(name, [], parse, is_secret=True)

    def folder(self, name: str, default: Path, *, create: bool = False) -> Path:
        """A folder that can be written to; it may have to be made first, which
        `create` does now.
        """
        # The default may be as unwritable as what somebody wrote.
        path = Path(self._variables.get(name, "").strip() or default)
        try:
            _require_folder(path, create=create)
        except Wrong as wrong:
            self.note(name, f"{name} is {_shown(str(path))}: {wrong}.")
        return path

    def database(self, name: str, default: str) -> dict[str, Any]:
        """The settings of Django for a database's address."""
        parsed: dict[str, Any] = _parse_database(default) if default else {}
        return self.read(name, parsed, _parse_database, is_secret=True)

    def redis(self, name: str) -> str:
        """The address of a Redis, or an empty text."""
        return self.read(name, "", _parse_redis, is_secret=True)

    def redis_queue(self, name: str, *, cache: str, cache_url: str) -> str:
        """The address of the Redis database for tasks: the one after the cache's if nothing is set.

        It may not be that of the cache, whose entries anybody may throw away. Empty
        without a cache in Redis.
        """
        if not cache_url:
            if self._variables.get(name, "").strip() and not self.is_wrong(cache):
                self.note(name, f"{name} is set without {cache}. Set both or neither.")
            return ""

        def parse(text: str) -> str:
            url = _parse_redis(text)
            if _redis_database(url) == _redis_database(cache_url):
                raise Wrong(f"it is the same database as {cache}; use another number")
            return url

        return self.read(name, _next_redis_database(cache_url), parse, is_secret=True)

    def mail(self, name: str, default: str) -> dict[str, Any]:
        """The settings of Django for the address of a mail server; none where there is none."""
        parsed: dict[str, Any] = _parse_mail(default) if default else {}
        return self.read(name, parsed, _parse_mail, is_secret=True)


def as_mailbox(name: str, email: str) -> str:
    """Return `name <email>`, with quotes where the name has characters that mean
    something in mail.
    """
    is_plain = re.fullmatch(r"[^()<>@,:;.\"\[\]\\]*", name)
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f"{name} <{email}>" if is_plain else f'"{escaped}" <{email}>'


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}…")


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _one_of(text: str, choices: Iterable[str]) -> str:
    known = list(choices)
    if text not in known:
        raise Wrong(f"use {' or '.join(filter(None, [', '.join(known[:-1]), known[-1]]))}")
    return text


def _parse_bool(text: str) -> bool:
    word = text.lower()
    if word not in YES | NO:
        raise Wrong("use on or off")
    return word in YES


def _parse_int(text: str, least: int | None, most: int | None) -> int:
    """A whole number in plain digits: int() also takes 1_000 and the digits of other scripts."""
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise Wrong("use a whole number")
    number = int(text)
    if least is not None and most is not None and not least <= number <= most:
        raise Wrong(f"use a number from {least} to {most}")
    if least is not None and number < least:
        raise Wrong(f"use {least} or more")
    return number


@lru_cache(maxsize=1)
def _in_use() -> tuple[frozenset[str], frozenset[str]]:
    """(countries, currencies): those where a currency is legal tender today, and these, by CLDR."""
    tender = {
        country: {code for code, _start, end, is_tender in rows if end is None and is_tender}
        for country, rows in get_global("territory_currencies").items()
    }
    countries = frozenset(country for country, codes in tender.items() if codes)
    return countries - {"EU"}, frozenset().union(*tender.values())


def _parse_country(text: str) -> str:
    if not _COUNTRY.fullmatch(text) or text not in _in_use()[0]:
        raise Wrong("use a country code of two capital letters, such as DE or GB (ISO 3166)")
    return text


def _parse_currency(text: str) -> str:
    if text not in _in_use()[1]:
        raise Wrong("use current currencies, as three capital letters (ISO 4217)")
    return text


def _parse_days(text: str) -> dict[str, int]:
    days = {}
    for part in _split(text):
        country, _equals, number = part.partition("=")
        days[_parse_country(country.strip())] = _parse_int(number.strip(), 0, 3650)
    return days


def _parse_time_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ValueError, OSError, LookupError):
        raise Wrong("use a name such as Europe/Berlin (IANA time zone database)") from None
    return text


def _parse_rate(text: str) -> str:
    try:
        parse_rate("", text)
    except ValueError:
        raise Wrong("use a number followed by /sec, /min, /hour or /day, such as 300/min") from None
    return text


def _parse_host(text: str) -> str:
    host = text.removeprefix("*") if text.startswith("*.") else text
    if host != "*" and not _HOST.fullmatch(host):
        raise Wrong("use host names such as shop.example, without scheme, port or path")
    return host


def _parts(text: str) -> SplitResult:
    """The parts of an address. Raises `Wrong` for a port that is none, or brackets left open."""
    try:
        parts = urlsplit(text)
        _port = parts.port
    except ValueError:
        raise Wrong("its host or port is not valid") from None
    return parts


def _parse_origin(text: str, *, wildcard: bool = False) -> str:
    parts = _parts(text)
    host = parts.hostname or ""
    if wildcard:
        host = host.removeprefix("*.")
    is_whole = text == f"{parts.scheme}://{parts.netloc}" and "@" not in parts.netloc
    bracketed = f"[{host}]" if ":" in host else host
    if parts.scheme not in {"http", "https"} or not is_whole or not _HOST.fullmatch(bracketed):
        raise Wrong("use a scheme and a host, such as https://shop.example, without a path")
    return text


def _parse_url(text: str) -> str:
    parts = _parts(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Wrong("use an address such as https://api.example")
    return text.rstrip("/")


def _parse_email(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError:
        raise Wrong("use an e-mail address, such as hello@shop.example") from None
    return text


def _parse_mailbox(text: str) -> str:
    found = re.fullmatch(r"(?P<name>.*?)\s*<(?P<email>[^<>]+)>", text)
    if found is None:
        return _parse_email(text)
    name = found["name"]
    is_quoted = len(name) > 1 and name.startswith('"') and name.endswith('"')
    if not is_quoted and as_mailbox(name, "") != f"{name} <>":
        raise Wrong(f'put the name in quotation marks: "{name}" <{found["email"]}>')
    _parse_email(found["email"])
    Address(display_name=name)
    return text


def _begins(text: str, prefixes: tuple[str, ...]) -> str:
    if not text.startswith(prefixes) or not text.isascii() or " " in text:
        raise Wrong(f"it must begin with {' or '.join(prefixes)}")
    return text


def _require_folder(path: Path, *, create: bool) -> None:
    try:
        if create:
            path.mkdir(parents=True, exist_ok=True)
        existing = next(each for each in (path, *path.absolute().parents) if each.exists())
    except OSError as error:
        raise Wrong(f"the folder cannot be created ({error.strerror})") from None
    if not existing.is_dir():
        raise Wrong(f"{existing} is not a folder")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise Wrong(f"{existing} is not writable")


def _scheme_of(parts: SplitResult, schemes: tuple[str, ...], example: str) -> None:
    if parts.scheme not in schemes:
        raise Wrong(f"use an address that begins with {schemes[0]}://, such as {example}")


def _parse_database(text: str) -> dict[str, Any]:
    example = "postgres://user:password@host/linden"
    # Django's own spelling of a database in memory; its name would be read as a port.
    if text == "sqlite://:memory:":
        text = "sqlite:///:memory:"
    parts = _parts(text) if "," not in text else urlsplit(text)
    _scheme_of(parts, DATABASE_SCHEMES, example)
    if parts.scheme == "sqlite":
        if parts.netloc:
            raise Wrong("use three slashes before a relative path, four before an absolute path")
        name = unquote(parts.path[1:])
        if name not in {"", ":memory:"}:
            _require_folder(Path(name).parent, create=True)
    elif len(parts.path) < 2:
        raise Wrong(f"it does not name a database; use an address such as {example}")
    config: dict[str, Any] = environ.Env.db_url_config(text)
    return config


def _parse_redis(text: str) -> str:
    parts = _parts(text)
    _scheme_of(parts, REDIS_SCHEMES, "redis://127.0.0.1:6379/0")
    if parts.scheme != "unix":
        if not parts.hostname:
            raise Wrong("it does not name a host; use an address such as redis://127.0.0.1:6379/0")
        if not re.fullmatch(r"/?[0-9]{0,3}", parts.path):
            raise Wrong(
                "the database at the end must be a number, such as redis://127.0.0.1:6379/0"
            )
    if not re.fullmatch(r"[0-9]{1,3}", dict(parse_qsl(parts.query)).get("db", "0")):
        raise Wrong("the database after db= must be a number")
    return text


def _redis_database(url: str) -> tuple[str, int, int]:
    """(server, port, number) of a database in Redis, as the client reads its address."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if parts.scheme == "unix":
        return parts.path, 0, int(query.get("db", 0))
    number = query.get("db") or parts.path.strip("/") or 0
    return str(parts.hostname).lower(), parts.port or 6379, int(number)


def _next_redis_database(url: str) -> str:
    """The same server's database with the next number. A server has 16 if nobody says otherwise."""
    parts = urlsplit(url)
    number = _redis_database(url)[2]
    number += -1 if number % 16 == 15 else 1
    query = {name: value for name, value in parse_qsl(parts.query) if name != "db"}
    if parts.scheme == "unix":
        # urlunsplit would leave out the empty host, which Redis wants to see.
        return f"unix://{parts.netloc}{parts.path}?{urlencode({**query, 'db': number})}"
    return parts._replace(path=f"/{number}", query=urlencode(query)).geturl()


def _parse_mail(text: str) -> dict[str, Any]:
    example = "smtp+tls://user:password@host:587"
    parts = _parts(text)
    if parts.scheme not in {*MAIL_SCHEMES, "memorymail"}:
        raise Wrong(f"use an address such as {example}")
    if parts.scheme.startswith("smtp") and not parts.hostname:
        raise Wrong(f"it does not name a mail server; use an address such as {example}")
    if parts.scheme == "filemail":
        _require_folder(Path(unquote(parts.path[1:])), create=False)
    try:
        config: dict[str, Any] = environ.Env.email_url_config(text)
    except ImproperlyConfigured:
        raise Wrong(f"use an address such as {example}") from None
    return config
