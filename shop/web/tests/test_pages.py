"""Pure pages: one copy for everybody, and nothing personal in it."""

from __future__ import annotations

import gzip
import threading

import pytest
from django.core.cache import caches
from django.db import OperationalError
from django.test import Client

from shop.core import caching
from shop.core.models import CacheVersion
from shop.web.pages import ImpurePage

pytestmark = [pytest.mark.django_db, pytest.mark.urls("shop.api.tests.urls")]


@pytest.fixture(autouse=True)
def _fresh_pages():
    caches["pages"].clear()
    caching.forget_catalog_version()


def change_behind_its_back():
    """What the page counts, without telling that the catalog changed."""
    CacheVersion.objects.create(name=f"thing {CacheVersion.objects.count()}")


def count_of(response):
    return int(response.text.rpartition("count=")[2])


def test_a_pure_page_is_made_once(client, django_assert_num_queries):
    first = client.get("/page/")
    change_behind_its_back()

    with django_assert_num_queries(0):
        second = client.get("/page/")

    assert (first.text, first["ETag"]) == (second.text, second["ETag"])


def test_it_says_that_it_may_be_shared(client):
    for _ in range(2):
        response = client.get("/page/")
        assert response["Cache-Control"] == (
            "public, max-age=0, s-maxage=60, stale-while-revalidate=600"
        )
        assert response["Vary"] == "Cookie, Accept-Encoding, HX-Request"
        assert not response.cookies


def test_it_carries_the_security_headers_from_the_cache_too(client):
    for _ in range(2):
        response = client.get("/page/")
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["X-Frame-Options"] == "DENY"
        assert response["X-XSS-Protection"] == "1; mode=block"
        assert "script-src 'self'" in response["Content-Security-Policy"]
        assert response["X-Request-Id"]


def test_who_has_it_gets_304(client):
    tag = client.get("/page/")["ETag"]

    response = client.get("/page/", HTTP_IF_NONE_MATCH=tag)

    assert (response.status_code, response.content) == (304, b"")
    assert response["ETag"] == tag
    assert client.get("/page/", HTTP_IF_NONE_MATCH='W/"other"').status_code == 200


def test_it_is_kept_compressed(client):
    plain = client.get("/page/")
    packed = client.get("/page/", HTTP_ACCEPT_ENCODING="gzip, br")

    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content


def test_a_change_of_the_catalog_makes_it_again(client, django_capture_on_commit_callbacks):
    assert count_of(client.get("/page/")) == 0
    change_behind_its_back()

    with django_capture_on_commit_callbacks(execute=True):
        client.get("/bump/")

    assert count_of(client.get("/page/")) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"path": "/page/?sort=new"},
        {"cookies": {"currency": "USD"}},
        {"cookies": {"theme": "dark"}},
        {"headers": {"HX-Request": "true"}},
        {"headers": {"Host": "127.0.0.1"}},
    ],
)
def test_what_a_page_may_depend_on_has_a_copy_of_its_own(client, other):
    client.get("/page/", headers={"Host": "localhost"})
    change_behind_its_back()
    client.cookies.load(other.get("cookies", {}))

    headers = {"Host": "localhost", **other.get("headers", {})}
    response = client.get(other.get("path", "/page/"), headers=headers)

    assert count_of(response) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"path": "/page/?utm_source=mail&fbclid=abc"},
        {"cookies": {"sessionid": "stolen", "cart": "secret", "currency": "XXX", "theme": "pink"}},
        {
            "headers": {
                "User-Agent": "canary",
                "X-Forwarded-Host": "evil.test",
                "X-Original-URL": "/admin/",
                "HX-Target": "canary",
                "Referer": "https://evil.test/",
                "Authorization": "Bearer canary",
            }
        },
    ],
)
def test_nothing_else_reaches_the_page_or_makes_a_copy(client, other):
    client.cookies.load(other.get("cookies", {}))
    first = client.get(other.get("path", "/page/"), headers=other.get("headers", {}))
    change_behind_its_back()

    second = Client().get("/page/")

    assert first.text == second.text
    assert "query=\n" in first.text
    assert "cookies=\n" in first.text or "cookies=currency,theme" in first.text
    assert "agent=-" in first.text
    assert "evil" not in first.text


def test_the_order_of_parameters_makes_no_copy(client):
    client.get("/page/?b=2&a=1&a=0")
    change_behind_its_back()

    assert count_of(client.get("/page/?a=1&a=0&b=2")) == 0
    assert count_of(client.get("/page/?a=0&a=1&b=2")) == 1


def test_a_foreign_host_is_refused_from_the_cache_too(client, settings):
    settings.ALLOWED_HOSTS = ["testserver"]
    client.get("/page/")

    assert client.get("/page/", headers={"Host": "evil.test"}).status_code == 400


def test_somebody_signed_in_gets_the_same_page_and_keeps_the_session(client, alice):
    client.force_login(alice)

    response = client.get("/page/")

    assert response.text == Client().get("/page/").text
    assert not response.cookies
    assert client.session.get("_auth_user_id") == str(alice.pk)


@pytest.mark.parametrize("kind", ["session", "token", "cookie"])
def test_an_impure_page_fails(client, kind):
    with pytest.raises(ImpurePage):
        client.get(f"/page/{kind}/")


def test_a_page_is_stored_for_reading_only(client):
    client.get("/page/")
    change_behind_its_back()

    assert count_of(client.post("/page/")) == 1
    assert client.head("/page/").status_code == 200


def test_a_crowd_makes_a_page_once(client, monkeypatch):
    """Eight callers at the same moment: one makes the page, seven wait and get its copy."""
    from shop.web.pages import PurePageMiddleware

    made, start = [], threading.Barrier(8)

    def make(request):
        from shop.api.tests.urls import page

        made.append(request.path)
        return page(request)

    monkeypatch.setattr("shop.web.pages.page_key", lambda request: "page:crowd")
    monkeypatch.setattr("shop.api.tests.urls.CacheVersion.objects.exclude", lambda **_: Nothing())
    middleware = PurePageMiddleware(make)
    answers = []

    def call():
        from django.test import RequestFactory

        start.wait()
        answers.append(middleware(RequestFactory().get("/page/")).content)

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert made == ["/page/"]
    assert answers == answers[:1] * 8


class Nothing:
    def count(self):
        return 0


def test_cached_pages_outlive_the_database(client, monkeypatch):
    first = client.get("/page/")
    caching.forget_catalog_version()

    def away(*_args, **_options):
        raise OperationalError

    monkeypatch.setattr("django.db.models.query.QuerySet.first", away)

    assert client.get("/page/").text == first.text


# Fragments ---------------------------------------------------------------------------------------


def test_a_fragment_is_rendered_once_for_its_parts():
    rendered = []

    def render():
        rendered.append(1)
        return "<b>Mugs</b>"

    for parts in [("card", 1, 2), ("card", 1, 2), ("card", 12)]:
        assert caching.fragment(parts, render) == "<b>Mugs</b>"

    assert len(rendered) == 2


def test_the_catalog_version_goes_up_once_for_a_transaction(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        caching.bump_catalog_version()
        caching.bump_catalog_version()

    assert len(callbacks) == 1
    assert caching.catalog_version() == 1
