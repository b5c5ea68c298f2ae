"""Pure pages: a function of (address, language, currency, theme, catalog version), cached whole.

A pure page reads no session, sets no cookie and holds no token, so one copy serves everybody. It is
answered before session and sign-in are touched. Why, and how a CDN takes part:
docs/decisions/0003-pure-pages.md.
"""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, wraps
from operator import itemgetter
from typing import Any, NoReturn
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, QueryDict
from django.template.response import SimpleTemplateResponse
from django.urls import Resolver404, resolve
from django.utils import translation
from django.utils.cache import patch_vary_headers

from shop.core.caching import catalog_version

Answer = Callable[[HttpRequest], HttpResponse]

# A scheduled product appears this long after its moment at the latest.
PAGE_SECONDS = 60
LARGEST_BODY = 1_000_000
# A longer query is answered, but not worth a copy.
LONGEST_QUERY = 2_000
CACHE_CONTROL = "public, max-age=0, s-maxage=60, stale-while-revalidate=600"
VARY = ["Cookie", "Accept-Encoding", "HX-Request"]
# All that a pure page is told of its visitor; every other cookie and header is taken away first.
COOKIES = frozenset({"currency", "theme"})
HEADERS = frozenset(
    {
        "HTTP_HOST",
        "HTTP_HX_REQUEST",
        "HTTP_X_FORWARDED_PROTO",
    }
)
# Parameters that say where a visitor came from. They change no page and must not
# multiply its copies.
TRACKING = frozenset(
    {"fbclid", "gclid", "gbraid", "wbraid", "msclkid", "dclid", "yclid", "igshid", "ref"}
)
TRACKING_PREFIXES = ("utm_", "mc_", "pk_", "mtm_", "_ga")


class ImpurePage(RuntimeError):
    """A page that calls itself pure read or set something personal."""


class _Untouchable:
    """Stands where the session was."""

    def _refuse(self, *_args: object, **_kwargs: object) -> NoReturn:
        raise ImpurePage("A pure page must not touch the session.")

    __getitem__ = __setitem__ = __delitem__ = __contains__ = __iter__ = _refuse

    def __getattr__(self, name: str) -> NoReturn:
        self._refuse()


def chosen_currency(request: HttpRequest) -> str:
    """The currency a visitor chose, or the shop's own.

    It may have no rate: see `catalog.prices.lookup`.
    """
    chosen = request.COOKIES.get("currency", "")
    return chosen if chosen in settings.CURRENCIES else str(settings.DEFAULT_CURRENCY)


def _theme(request: HttpRequest) -> str:
    theme = request.COOKIES.get("theme", "")
    return theme if theme in {"light", "dark"} else ""


def pure(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark a view whose page is the same for everybody; what is personal is out of its reach.

    Raises `ImpurePage` where the view reads the session, sets a cookie or writes a token.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        purify(request)
        with _nobody(request):
            response = view(request, *args, **kwargs)
            if isinstance(response, SimpleTemplateResponse):
                response.render()
        if response.cookies or request.META.get("CSRF_COOKIE_NEEDS_UPDATE"):
            raise ImpurePage("A pure page must neither set a cookie nor hold a token.")
        response.is_pure = True  # type: ignore[attr-defined]
        response["Cache-Control"] = CACHE_CONTROL if response.status_code == 200 else "no-cache"
        patch_vary_headers(response, VARY)
        return response

    wrapper.is_pure = True  # type: ignore[attr-defined]
    return wrapper


def purify(request: HttpRequest) -> None:
    """Take from the request all that the key of its page does not name.

    What a page cannot see cannot get into the copy that others are served.
    """
    kept = {name: value for name, value in request.COOKIES.items() if name in COOKIES}
    request.COOKIES = kept
    for name in [name for name in request.META if name.startswith("HTTP_")]:
        if name not in HEADERS:
            del request.META[name]
    request.META["QUERY_STRING"] = clean_query(request)
    request.__dict__.pop("headers", None)
    request.GET = QueryDict(request.META["QUERY_STRING"])


@contextmanager
def _nobody(request: HttpRequest) -> Iterator[None]:
    """Without session, user and messages while the view runs; the middleware gets them back."""
    names = ("session", "user", "_messages")
    before = {name: request.__dict__[name] for name in names if name in request.__dict__}
    request.session = _Untouchable()  # type: ignore[assignment]
    request.user = AnonymousUser()
    request._messages = []  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for name in names:
            request.__dict__.pop(name, None)
        request.__dict__.update(before)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a caller says about the form of the answer: it changes the transport, never the page."""

    if_none_match: str
    accept_encoding: str

    @classmethod
    def of(cls, request: HttpRequest) -> Wish:
        """The wish in the request's headers."""
        headers = request.META
        return cls(headers.get("HTTP_IF_NONE_MATCH", ""), headers.get("HTTP_ACCEPT_ENCODING", ""))


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page as it goes out: compressed body, its type, and its validator."""

    body: bytes
    content_type: str
    etag: str
    triggers: str

    def packed(self) -> bytes:
        """The page as the cache holds it: its three headers, a line each, and the body."""
        head = f"{self.content_type}\n{self.etag}\n{self.triggers}\n"
        return head.encode() + self.body

    @classmethod
    def unpacked(cls, data: object) -> StoredPage | None:
        """The page that was packed; None for anything else."""
        if not isinstance(data, bytes):
            return None
        try:
            content_type, etag, triggers, body = data.split(b"\n", 3)
            page = cls(body, content_type.decode(), etag.decode(), triggers.decode())
        except ValueError:
            return None
        return page if page.etag else None

    def answer(self, wish: Wish) -> HttpResponse:
        """The page, or 304 for a caller that has it."""
        response: HttpResponse
        if self.etag in wish.if_none_match:
            response = HttpResponseNotModified()
        elif "gzip" in wish.accept_encoding:
            response = HttpResponse(self.body, content_type=self.content_type)
            response["Content-Encoding"] = "gzip"
        else:
            response = HttpResponse(gzip.decompress(self.body), content_type=self.content_type)
        response["ETag"] = self.etag
        response["Cache-Control"] = CACHE_CONTROL
        response["Vary"] = ", ".join(VARY)
        if self.triggers:
            response["HX-Trigger"] = self.triggers
        return response


def store(response: HttpResponse) -> StoredPage:
    """`response` as a stored page."""
    # mtime 0 makes equal pages equal bytes; the weak ETag holds for both encodings.
    return StoredPage(
        body=gzip.compress(response.content, compresslevel=6, mtime=0),
        content_type=response["Content-Type"],
        etag=f'W/"{hashlib.sha256(response.content).hexdigest()[:32]}"',
        triggers=response.get("HX-Trigger", ""),
    )


def find(key: str) -> StoredPage | None:
    """The page that is stored under a key."""
    return StoredPage.unpacked(caches["pages"].get(key))


class PurePageMiddleware:
    """Answers pure pages from the cache, and stores those that had to be made."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self.flights = _Flights()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in {"GET", "HEAD"} or not _is_pure(
            request.path_info, settings.ROOT_URLCONF
        ):
            return self.get_response(request)
        key, wish = page_key(request), Wish.of(request)
        if stored := find(key):
            return stored.answer(wish)
        with self.flights.of(key):
            # Whoever waited for the same page finds it made.
            stored = find(key)
            return stored.answer(wish) if stored else self._make(request, key, wish)

    def _make(self, request: HttpRequest, key: str, wish: Wish) -> HttpResponse:
        # Before the session is opened: the page is made for somebody without one.
        purify(request)
        response = self.get_response(request)
        is_storable = (
            getattr(response, "is_pure", False)
            and response.status_code == 200
            and not response.streaming
            and not response.cookies
            and len(response.content) <= LARGEST_BODY
        )
        if not is_storable:
            return response
        page = store(response)
        if len(request.META["QUERY_STRING"]) <= LONGEST_QUERY:
            caches["pages"].set(key, page.packed(), PAGE_SECONDS)
        return page.answer(wish)


@lru_cache(maxsize=4096)
def _is_pure(path: str, urlconf: str) -> bool:
    """Whether the view at an address is pure.

    Addresses are read once: resolving costs a fifth of a cached page.
    """
    try:
        return getattr(resolve(path, urlconf).func, "is_pure", False)
    except Resolver404:
        return False


def clean_query(request: HttpRequest) -> str:
    """The query without what says where a visitor came from, in the order of its names."""
    query = request.META.get("QUERY_STRING", "")
    if not query:
        return ""
    pairs = parse_qsl(query, keep_blank_values=True)
    kept = [
        (name, value)
        for name, value in pairs
        if name not in TRACKING and not name.startswith(TRACKING_PREFIXES)
    ]
    # By name only: the order of a repeated name's values may matter to the page.
    return urlencode(sorted(kept, key=itemgetter(0)))


def page_key(request: HttpRequest) -> str:
    """The cache key of a pure page: everything it may depend on, and nothing else.

    Raises `DisallowedHost`: a page from the cache passes no other check of the host.
    """
    parts = (
        request.scheme,
        request.get_host(),
        request.path_info,
        clean_query(request),
        translation.get_language(),
        chosen_currency(request),
        _theme(request),
        request.META.get("HTTP_HX_REQUEST", ""),
        str(catalog_version()),
    )
    return (
        "page:"
        + hashlib.sha256("\x1f".join(map(str, parts)).encode(errors="replace")).hexdigest()[:40]
    )


class _Flights:
    """One making of a page at a time in this process; the others wait for it."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[str, tuple[threading.Lock, int]] = {}

    @contextmanager
    def of(self, key: str) -> Iterator[None]:
        """Hold the only flight for `key` until the block ends."""
        with self._guard:
            lock, waiting = self._locks.get(key, (threading.Lock(), 0))
            self._locks[key] = (lock, waiting + 1)
        try:
            with lock:
                yield
        finally:
            with self._guard:
                lock, waiting = self._locks[key]
                if waiting == 1:
                    del self._locks[key]
                else:
                    self._locks[key] = (lock, waiting - 1)
