"""Forms on cached pages carry no token: their posts are taken from our own pages only.

A browser says where a request comes from in `Sec-Fetch-Site` and `Origin`, which a foreign page
cannot forge (OWASP, Cross-Site Request Forgery Prevention: fetch metadata).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt, ensure_csrf_cookie

View = Callable[..., HttpResponseBase]


def comes_from_here(request: HttpRequest) -> bool | None:
    """True for our own pages, False for foreign ones, None if the browser does not say."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin")
    if origin is None:
        return None
    own = {f"{request.scheme}://{request.get_host()}", settings.SITE_URL}
    return origin in own


@ensure_csrf_cookie
def _confirm(request: HttpRequest) -> HttpResponse:
    """Ask once more, on a page that holds a token, what an old browser's form has asked."""
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken"
        for value in values
    ]
    return render(request, "core/confirm_post.html", {"fields": fields})


def same_origin(view: View) -> View:
    """Take posts of our own pages without a token; of unknown origin only with
    one; of others never.

    Reading is left alone. An old browser that does not say where it comes from gets a
    page that asks once more.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method in {"GET", "HEAD", "OPTIONS"}:
            return view(request, *args, **kwargs)
        ours = comes_from_here(request)
        if ours:
            return view(request, *args, **kwargs)
        if ours is None and "csrfmiddlewaretoken" not in request.POST:
            return _confirm(request)
        checker = CsrfViewMiddleware(lambda _request: HttpResponse())
        checker.process_request(request)
        refusal = checker.process_view(request, _needs_token, (), {})
        return refusal if refusal is not None else view(request, *args, **kwargs)

    return csrf_exempt(wrapper)


def _needs_token(request: HttpRequest) -> HttpResponse:
    raise AssertionError("only its lack of an exemption matters")


def safe_next(request: HttpRequest, default: str) -> str:
    """The `next` of a form or query if it leads to our own pages, else `default`."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    is_plain = target.startswith("/") and not any(mark in target for mark in "\\\r\n\t")
    if is_plain and url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        return target
    return default
