"""The API's description: the OpenAPI document, and a page to browse it without outside assets."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer

from shop.api.codes import all_codes
from shop.api.renderers import EnvelopeRenderer

# Swagger UI sets style attributes by script; its scripts and pictures are our own files.
DOCS_POLICY = settings.CONTENT_SECURITY_POLICY.replace(
    "style-src 'self'", "style-src 'self' 'unsafe-inline'"
)


class SchemaView(SpectacularAPIView):
    """OpenAPI 3.1 as YAML, or JSON by `?format=json` or the Accept header."""

    permission_classes = [AllowAny]
    versioning_class = None
    throttle_classes: list[Any] = []

    @extend_schema(exclude=True)
    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """The document: made once in each process, since only code changes it."""
        response = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]
        response["Cache-Control"] = "public, max-age=300"
        return response

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """A refusal keeps the API's one shape, whatever the document was asked as."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if response.status_code >= 400:
            response.accepted_renderer = EnvelopeRenderer()
            response.accepted_media_type = EnvelopeRenderer.media_type
        return response

    def _get_schema_response(self, request: Any) -> HttpResponse:
        filename = self._get_filename(request, "1")  # type: ignore[no-untyped-call]
        renderer = request.accepted_renderer
        charset = f"; charset={renderer.charset}" if renderer.charset else ""
        return HttpResponse(
            _written(renderer.format),
            content_type=renderer.media_type + charset,
            headers={"Content-Disposition": f'inline; filename="{filename}"'},
        )


@lru_cache(maxsize=8)
def _written(format_name: str) -> str | bytes:
    """The document as text. YAML takes a second to write, and anybody may ask for it."""
    kinds: list[type[BaseRenderer]] = SchemaView.renderer_classes
    renderer = next(kind for kind in kinds if kind.format == format_name)
    return renderer().render(_document(), renderer_context={})


@lru_cache(maxsize=1)
def _document() -> dict[str, Any]:
    generator = SchemaGenerator()
    return dict(generator.get_schema(request=None, public=True))


schema = SchemaView.as_view()


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The document in Swagger UI, from our own files."""
    response = render(request, "core/api_docs.html", {"shop_name": settings.SHOP_NAME})
    response["Content-Security-Policy"] = DOCS_POLICY
    return response


@require_safe
def errors(request: HttpRequest) -> HttpResponse:
    """Every code of a failure, each at the anchor that the `type` of a problem names."""
    context = {"shop_name": settings.SHOP_NAME, "codes": all_codes()}
    return render(request, "core/api_errors.html", context)


@require_safe
def docs_script(request: HttpRequest) -> HttpResponse:
    """What starts Swagger UI; a file of its own, because the policy forbids inline scripts."""
    text = (
        "window.addEventListener('load', () => { window.SwaggerUIBundle({"
        f"url: '{reverse('schema')}', dom_id: '#docs', deepLinking: true, "
        f"oauth2RedirectUrl: null, validatorUrl: null, "
        f"presets: [window.SwaggerUIBundle.presets.apis] }}); }});"
    )
    return HttpResponse(text, content_type="text/javascript; charset=utf-8")
