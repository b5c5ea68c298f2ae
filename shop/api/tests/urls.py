"""A small shop of addresses, on which the tests of the base knock."""

from __future__ import annotations

import errno

from django.db import OperationalError
from django.db.models import F
from django.http import HttpResponse
from django.template import engines
from django.urls import include, path, re_path
from rest_framework import serializers
from rest_framework.response import Response

from shop.api.etags import conditional
from shop.api.fields import (
    CleanCharField,
    MoneyField,
    QuantityField,
    QuerySerializer,
    StrictBooleanField,
    StrictIntegerField,
    StrictSerializer,
)
from shop.api.idempotency import idempotent
from shop.api.permissions import AllowAny, needs
from shop.api.renderers import ApiResponse
from shop.api.routes import route
from shop.api.throttling import LoginThrottle
from shop.api.views import ShopViewSet
from shop.core.caching import bump_catalog_version
from shop.core.errors import Conflict, Forbidden, NotFound
from shop.core.models import CacheVersion
from shop.core.permissions import acts_on
from shop.runtime import health
from shop.urls import urlpatterns as shop_urlpatterns
from shop.web import views
from shop.web.origin import safe_next, same_origin
from shop.web.pages import chosen_currency, pure

handler404 = "shop.web.views.not_found"
handler500 = "shop.web.views.server_error"


class ThingInput(StrictSerializer):
    name = CleanCharField(max_length=20)
    quantity = QuantityField(required=False)
    price = MoneyField(currency="EUR", required=False)
    is_new = StrictBooleanField(required=False)
    number = StrictIntegerField(required=False)


class ThingOutput(serializers.Serializer):
    name = serializers.CharField()


class ThingQuery(QuerySerializer):
    number = StrictIntegerField(required=False)
    is_new = StrictBooleanField(required=False)


class Things(ShopViewSet):
    """Rows of the version table stand for things."""

    permission_classes = [AllowAny]
    serializer_class = ThingOutput
    query_classes = {"list": ThingQuery, "create": ThingQuery}

    def list(self, request):
        return self.respond_page(CacheVersion.objects.order_by("name"))

    @idempotent(required=False)
    def create(self, request):
        data = self.read_input(ThingInput)
        CacheVersion.objects.create(name=data["name"])
        return ApiResponse(data, message="Made.", status=201)


class Paid(ShopViewSet):
    permission_classes = [AllowAny]

    @idempotent(required=True)
    def create(self, request):
        name = self.read_input(ThingInput)["name"]
        CacheVersion.objects.create(name=name)
        if name == "refused":
            raise Conflict(needed=3)
        return Response({"name": name})


class Versioned(ShopViewSet):
    permission_classes = [AllowAny]

    def hold_shown(self):
        list(CacheVersion.objects.select_for_update())

    def shown(self):
        found = CacheVersion.objects.filter(name="shown").first()
        if found is None:
            raise NotFound
        return {"version": found.version}

    def retrieve(self, request):
        return self.answer_shown(self.shown())

    @conditional
    def update(self, request):
        CacheVersion.objects.filter(name="shown").update(version=F("version") + 1)
        return self.answer_shown(self.shown())


class Breaking(ShopViewSet):
    permission_classes = [AllowAny]

    def retrieve(self, request):
        raise RuntimeError("the password is hunter2")

    def create(self, request):
        raise OperationalError("SELECT secret FROM somewhere")

    def update(self, request):
        CacheVersion.objects.create(name="twice")
        CacheVersion.objects.create(name="twice")


class Closed(ShopViewSet):
    def retrieve(self, request):
        return Response({"user": request.user.pk})

    create = retrieve


class StaffWrite(Closed):
    permission_classes = [needs(POST=acts_on("core.outboxdelivery").add)]


class StaffRead(Closed):
    permission_classes = [needs(GET=acts_on("core.outboxdelivery").view)]


class SignIn(ShopViewSet):
    permission_classes = [AllowAny]
    throttle_classes = [LoginThrottle]

    def create(self, request):
        return Response(None)


@pure
def page(request):
    """Shows all it can learn about its visitor."""
    seen = {
        "query": request.GET.urlencode(),
        "cookies": ",".join(sorted(request.COOKIES)),
        "agent": request.headers.get("User-Agent", "-"),
        "currency": chosen_currency(request),
        "count": CacheVersion.objects.exclude(name="catalog").count(),
    }
    return HttpResponse("\n".join(f"{name}={value}" for name, value in seen.items()))


@pure
def page_with_session(request):
    return HttpResponse(str(request.session.get("cart")))


@pure
def page_with_token(request):
    template = engines["django"].from_string("{% csrf_token %}")
    return HttpResponse(template.render({}, request))


@pure
def page_with_cookie(request):
    response = HttpResponse("hello")
    response.set_cookie("seen", "1")
    return response


def session_page(request):
    request.session["seen"] = True
    response = HttpResponse("hello")
    response["Cache-Control"] = "public, max-age=60"
    return response


def refusing_page(request, kind):
    raise {
        "missing": NotFound,
        "conflict": Conflict("Somebody else was faster."),
        "forbidden": Forbidden("Only finance may do this."),
        "away": OperationalError,
        "full": OSError(errno.ENOSPC, "No space left"),
    }[kind]


def bump(request):
    bump_catalog_version()
    return HttpResponse(safe_next(request, "/"))


post_here = same_origin(lambda request: HttpResponse("taken"))


def secret_link(request, token):
    return HttpResponse("opened")


API = [
    route("things", Things.as_view({"get": "list", "post": "create"}), name="things"),
    route("paid", Paid.as_view({"post": "create"})),
    route("versioned", Versioned.as_view({"get": "retrieve", "put": "update"})),
    route("breaking", Breaking.as_view({"get": "retrieve", "post": "create", "put": "update"})),
    route("closed", Closed.as_view({"get": "retrieve", "post": "create"})),
    route("staff-write", StaffWrite.as_view({"get": "retrieve", "post": "create"})),
    route("staff-read", StaffRead.as_view({"get": "retrieve", "post": "create"})),
    route("sign-in", SignIn.as_view({"post": "create"})),
]
urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("api/", include(API)),
    re_path(r"^api(?:/.*)?$", views.not_found),
    path("page/", page),
    path("page/session/", page_with_session),
    path("page/token/", page_with_token),
    path("page/cookie/", page_with_cookie),
    path("session/", session_page),
    path("refusing/<slug:kind>/", refusing_page),
    path("bump/", bump),
    path("post-here/", post_here),
    path("links/<str:token>/", secret_link),
    # The pages that refuse link to the shop around them.
    *shop_urlpatterns,
]
