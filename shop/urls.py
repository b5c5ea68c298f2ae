"""All addresses of the shop."""

from __future__ import annotations

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.contrib.sitemaps import views as sitemaps
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from catalog.pages import views as catalog_views
from catalog.pages.sitemaps import SITEMAPS
from shop.runtime import health
from shop.web import views

handler400 = "shop.web.views.bad_request"
handler403 = "shop.web.views.forbidden"
handler500 = "shop.web.views.server_error"


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Problem details under /api, a page with a search elsewhere."""
    if request.path == "/api" or request.path.startswith("/api/"):
        return views.not_found(request, exception)
    return catalog_views.not_found(request, exception)


urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("api/", include("shop.api_urls")),
    re_path(r"^api(?:/.*)?$", views.not_found),
    path("admin/language/", require_POST(set_language), name="set_language"),
    path("admin/", admin.site.urls),
    path("sitemap.xml", sitemaps.index, {"sitemaps": SITEMAPS}, name="sitemap-index"),
    path(
        "sitemap-<section>.xml",
        sitemaps.sitemap,
        {"sitemaps": SITEMAPS},
        name="django.contrib.sitemaps.views.sitemap",
    ),
    path("robots.txt", views.robots, name="robots"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("site.webmanifest", views.manifest, name="manifest"),
]
if not settings.IS_PRODUCTION:
    urlpatterns.append(path("dev/mail/", include("notifications.urls")))
if settings.SERVE_MEDIA:
    urlpatterns.append(path("media/<path:path>", views.media, name="media"))
# The storefront, in each of its languages.
urlpatterns += i18n_patterns(
    path("account/", include("accounts.urls")),
    path("account/", include("allauth.urls")),
    path("", include("cart.urls")),
    path("", include("orders.urls")),
    path("", include("payments.urls")),
    path("", include("catalog.urls")),
    prefix_default_language=False,
)
