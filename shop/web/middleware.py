"""What wraps every request: its name and log line, the security headers, and privacy by default."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers

from shop.api.clients import client_address
from shop.api.throttling import add_headers
from shop.core.errors import DomainError
from shop.core.languages import language_of
from shop.core.request_ids import set_request_id
from shop.web.views import bad_request, refused

logger = logging.getLogger("linden.request")
Answer = Callable[[HttpRequest], HttpResponse]

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
SECRET_KWARGS = frozenset({"key", "token", "code", "uidb36", "signature"})
PERMISSIONS_POLICY = (
    "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), "
    "payment=(), usb=(), browsing-topics=()"
)


class RequestLogMiddleware:
    """Names each request (`X-Request-Id` in and out) and writes one line about its answer."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        offered = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = offered if _REQUEST_ID.fullmatch(offered) else uuid.uuid4().hex
        set_request_id(request_id)
        queries_before = len(connection.queries_log) if settings.DEBUG else 0
        # Before a pure page is shown to nobody in particular, and loses who asked for it.
        client = client_address(request)
        started = time.perf_counter()
        response = self.get_response(request)
        milliseconds = (time.perf_counter() - started) * 1000
        response["X-Request-Id"] = request_id
        if standing := getattr(request, "rate_standing", None):
            add_headers(response, standing)
        if settings.DEBUG:
            response["Server-Timing"] = f"app;dur={milliseconds:.1f}"
        self._log(request, response, client, milliseconds, queries_before)
        return response

    @staticmethod
    def _log(
        request: HttpRequest,
        response: HttpResponse,
        client: str,
        milliseconds: float,
        queries_before: int,
    ) -> None:
        level = logging.WARNING if response.status_code >= 500 else logging.INFO
        if not logger.isEnabledFor(level) or request.path.startswith(settings.STATIC_URL):
            return
        match = request.resolver_match
        route = match.route if match else ""
        extra: dict[str, object] = {
            "ms": round(milliseconds, 1),
            "route": route,
            "client": client,
        }
        if settings.DEBUG:
            extra["queries"] = max(len(connection.queries_log) - queries_before, 0)
        logger.log(
            level, "%s %s %s", request.method, _told(request), response.status_code, extra=extra
        )


def _told(request: HttpRequest) -> str:
    """The path without the tokens and keys that some links carry."""
    path = request.path
    match = request.resolver_match
    for name, value in (match.kwargs if match else {}).items():
        if name in SECRET_KWARGS and isinstance(value, str) and value:
            path = path.replace(value, "•••")
    return path


class SecurityHeadersMiddleware:
    """Headers that every answer carries; a view may set a policy of its own."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        headers = response.headers
        headers.setdefault("Content-Security-Policy", settings.CONTENT_SECURITY_POLICY)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
        headers.setdefault("X-XSS-Protection", "1; mode=block")
        headers.setdefault("Referrer-Policy", settings.SECURE_REFERRER_POLICY)
        headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class HeadMiddleware:
    """HEAD is answered as GET, without the body: web servers pass on what an
    application gives them.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method != "HEAD":
            return response
        if response.streaming:
            response.streaming_content = []  # type: ignore[attr-defined]  # what streams has it
        else:
            response.headers.setdefault("Content-Length", str(len(response.content)))
            response.content = b""
        return response


class CleanPathMiddleware:
    """No address of ours holds a control character; PostgreSQL would choke on a NUL.

    In the query of a page a NUL becomes a space, so that it finds nothing; the API
    refuses it field by field.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        if "%00" in query and not request.path_info.startswith("/api/"):
            request.META["QUERY_STRING"] = query.replace("%00", "%20")
        is_garbled = _CONTROL.search(request.path_info)
        return bad_request(request) if is_garbled else self.get_response(request)


class LanguageMiddleware:
    """Activates the language of each request; in the storefront it is never guessed.

    A page's language is in its path, staff choose the back office's, and a program asks for the
    API's with `Accept-Language`.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        is_api = path.startswith("/api/")
        if is_api:
            language = translation.get_language_from_request(request)
        elif path.startswith("/admin/"):
            chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
            language = chosen if chosen in settings.TRANSLATIONS else settings.LANGUAGE_CODE
        else:
            language = language_of(path)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        if is_api:
            patch_vary_headers(response, ["Accept-Language"])
        return response


class RefusalMiddleware:
    """Gives a refusal that a page let through the page of its status; the API shapes its own."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        """The refusal's page, or None for anything that is not one."""
        return refused(request, exception) if isinstance(exception, DomainError) else None


class PrivateByDefaultMiddleware:
    """What a view does not call public stays out of every cache, and so does what sets a cookie."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_personal = response.cookies and "public" in response.get("Cache-Control", "")
        if is_personal or "Cache-Control" not in response:
            response["Cache-Control"] = "private, no-store"
        # `request.headers` would read all of them first.
        if request.META.get("HTTP_HX_REQUEST"):
            patch_vary_headers(response, ["HX-Request"])
        return response
