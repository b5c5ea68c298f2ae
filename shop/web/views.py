"""Health, and the pages and problems that answer when nothing else does."""

from __future__ import annotations

import sys

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from django.views.static import serve

from shop.api.problems import problem_response
from shop.core.errors import DomainError, Forbidden, NotFound, Unavailable
from shop.core.languages import in_language
from shop.core.storage import StorageFull, is_full

RETRY_SECONDS = 5


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without a valid token: usually an old page in a tab."""
    if request.path.startswith("/api/"):
        return problem_response(403, "csrf_failed", _("The CSRF token is missing or wrong."))
    return render(request, "403.html", {"is_csrf": True}, status=403)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request could not be read."""
    if request.path.startswith("/api/"):
        return problem_response(400, "invalid", _("The request is malformed."))
    return HttpResponse(render_to_string("400.html"), status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: known, but not allowed."""
    if request.path.startswith("/api/"):
        return problem_response(403, "forbidden", _("You don't have permission to do this."))
    return render(request, "403.html", status=403)


@csrf_exempt
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404 of the API, whatever the method; pages have their own with a search."""
    return problem_response(404, "not_found", _("Not found."))


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 while the database does not answer, or 507 of a full disk: pages that need
    neither database nor session.
    """
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError):
        return _unavailable(request)
    if is_full(error):
        return _unable(StorageFull())
    if request.path.startswith("/api/"):
        return problem_response(500, "server_error", _("Something went wrong on our side."))
    return HttpResponse(render_to_string("500.html"), status=500)


def _unavailable(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        message = _("This is temporarily unavailable. Try again in a moment.")
        response: HttpResponse = problem_response(503, Unavailable.code, message)
    else:
        response = HttpResponse(render_to_string("503.html"), status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def _unable(refusal: DomainError) -> HttpResponse:
    """The page of a fault of ours that says what became of the work, and what to do."""
    page = render_to_string("503.html", {"reason": refusal.message})
    response = HttpResponse(page, status=refusal.status)
    if isinstance(refusal, Unavailable):
        response["Retry-After"] = str(RETRY_SECONDS)
    return response


def refused(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    """A refusal that a page did not show itself, as the page of its status."""
    if isinstance(refusal, NotFound):
        raise Http404(refusal.message) from refusal
    if type(refusal) is Unavailable:
        return _unavailable(request)
    if refusal.status >= 500:
        return _unable(refusal)
    context = {"reason": refusal.message, "is_forbidden": isinstance(refusal, Forbidden)}
    response = render(request, "403.html", context, status=refusal.status)
    if wait := refusal.details.get("retry_after"):
        response["Retry-After"] = str(max(int(wait), 1))
    return response


@require_safe
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """An uploaded file. Names are never used twice, so browsers may keep them for good."""
    response = serve(request, path, document_root=str(settings.MEDIA_ROOT))
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    # Shown by any page that knows the address: other origins read it from the API.
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_safe
def favicon(_request: HttpRequest) -> HttpResponse:
    """Lead to the icon: browsers, mail programs and feed readers ask for it here."""
    response = redirect(static("img/favicon.ico"))
    response["Cache-Control"] = "public, max-age=86400"
    return response


@require_safe
def manifest(_request: HttpRequest) -> JsonResponse:
    """What a phone shows for a shop that was added to its home screen (W3C Web App Manifest)."""
    sides = {"192x192": "img/icon-192.png", "512x512": "img/icon-512.png"}
    icons = [
        {"src": static(name), "sizes": sizes, "type": "image/png"} for sizes, name in sides.items()
    ]
    content = {
        "name": settings.SHOP_NAME,
        "short_name": settings.SHOP_NAME[:12],
        "start_url": "/",
        "display": "minimal-ui",
        "background_color": "#fdfafe",
        "theme_color": "#4c174f",
        "icons": icons,
    }
    response = JsonResponse(content, content_type="application/manifest+json")
    response["Cache-Control"] = "public, max-age=86400"
    return response


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What search engines should leave alone, and where the map is."""
    personal = ("/account/", "/cart/", "/checkout/", "/me/", "/orders/", "/pay/", "/track/")
    languages = [code for code, _name in settings.LANGUAGES]
    closed = ["/admin/", "/api/"]
    closed += [in_language(path, code) for code in languages for path in personal]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    lines += ["", f"Sitemap: {settings.SITE_URL}{reverse('sitemap-index')}", ""]
    response = HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "public, max-age=3600"
    return response
