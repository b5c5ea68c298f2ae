"""The cache in Redis holds nothing that could run, and what others put there makes no page fail."""

from __future__ import annotations

import itertools
import os
import pickle
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.core.cache import caches
from django.test import Client

from accounts.tests.factories import PASSWORD
from catalog.models import Collection, ExchangeRate, HomeBlock, HomeBlockProduct, Page
from catalog.tests.factories import (
    AttributeFactory,
    CategoryFactory,
    CollectionFactory,
    MakerFactory,
    ProductAttributeFactory,
    ProductFactory,
    VariantFactory,
)
from orders.tests.factories import make_order, make_shop
from shop.core import caching
from shop.core.redis_cache import PlainSerializer
from shop.settings import _redis_options

pytestmark = pytest.mark.django_db

PUBLIC = [
    "/",
    "/categories/",
    "/menu/",
    "/menu/?as=phone",
    "/c/kitchen/",
    "/c/kitchen/?a-wood=Oak&sort=new",
    "/collections/gifts/",
    "/makers/",
    "/makers/aurel/",
    "/p/kettle/",
    "/search/?q=kettle",
    "/search/suggest/?q=ke",
    "/help/",
    "/pages/terms/",
    "/preferences/",
    "/cart/",
    "/me/",
    "/api/categories",
    "/api/products",
    "/api/products?q=kettle&currency=USD",
    "/api/products/kettle",
    "/readyz",
    "/sitemap.xml",
]
OFFICE = ["/admin/", "/admin/?period=7", "/admin/orders/order/", "/admin/catalog/product/"]


@pytest.fixture
def entries(settings: Any) -> Iterator[Entries]:
    """The shop's caches in Redis, under names of this test alone."""
    url = os.environ.get("TEST_REDIS_URL") or "redis://127.0.0.1:6379/15"
    server = redis.Redis.from_url(url)
    try:
        server.ping()
    except redis.ConnectionError:
        pytest.skip("No Redis answers (set TEST_REDIS_URL).")
    prefix = f"test-{uuid.uuid4().hex}"
    cache = {
        "BACKEND": "shop.core.redis_cache.SteadyRedisCache",
        "LOCATION": url,
        "OPTIONS": _redis_options,
    }
    settings.CACHES = {
        "default": cache | {"KEY_PREFIX": prefix},
        "pages": cache | {"KEY_PREFIX": f"{prefix}-pages"},
    }
    kept = Entries(server, prefix)
    yield kept
    kept.remove()
    server.close()


class Entries:
    """What lies in Redis under a prefix."""

    def __init__(self, server: redis.Redis, prefix: str) -> None:
        self.server, self.prefix = server, prefix

    def all(self) -> dict[bytes, bytes]:
        """Every entry as Redis holds it."""
        keys = list(self.server.scan_iter(f"{self.prefix}*"))
        return {key: self.server.get(key) for key in keys}

    def overwrite(self, garbage: list[bytes]) -> None:
        """Put garbage in the place of every entry, each kind in its turn."""
        for key, data in zip(sorted(self.all()), itertools.cycle(garbage)):
            self.server.set(key, data, ex=60)

    def remove(self) -> None:
        """Leave nothing behind."""
        for key in self.all():
            self.server.delete(key)


@pytest.fixture
def people(carol: Any) -> tuple[Client, Client]:
    """A visitor who pays in dollars, and Carol in the back office, in a shop with
    something on every page.
    """
    make_shop()
    ExchangeRate.objects.create(currency="USD", rate="1.08")
    wood = AttributeFactory(code="wood")
    room = CategoryFactory(slug="kitchen")
    maker = MakerFactory(slug="aurel")
    for name in ("Kettle", "Pan"):
        product = ProductFactory(name=name, slug=name.lower(), category=room, maker=maker)
        VariantFactory(product=product, price_minor=1000 * len(name), on_hand=5)
        ProductAttributeFactory(product=product, attribute=wood, text="Oak")
    CollectionFactory(slug="gifts")
    hero = HomeBlock.objects.create(key="hero", kind=HomeBlock.Kind.HERO, title="Hello")
    HomeBlockProduct.objects.create(block=hero, product=product)
    HomeBlock.objects.create(
        key="new", kind=HomeBlock.Kind.NEW, title="New", collection=Collection.objects.get()
    )
    Page.objects.create(slug="terms", title="Terms", kind=Page.Kind.LEGAL, is_published=True)
    make_order()
    visitor, office = Client(), Client()
    visitor.cookies["currency"] = "USD"
    office.force_login(carol)
    return visitor, office


def walk(people: tuple[Client, Client]) -> list[tuple[str, int]]:
    """Every page twice, the second time from the cache where there is one, and a
    sign-in; their statuses.
    """
    caching.forget_remembered()
    visitor, office = people
    seen = []
    for _time in range(2):
        seen += [(path, visitor.get(path).status_code) for path in PUBLIC]
        seen += [(path, office.get(path).status_code) for path in OFFICE]
        login = {"email": "carol@example.com", "password": PASSWORD}
        answer = Client().post("/api/auth/login", login, content_type="application/json")
        seen.append(("login", answer.status_code))
    return seen


def test_nothing_in_redis_is_a_pickle(entries, people, monkeypatch):
    def refuse(*_args: object, **_options: object) -> None:
        raise AssertionError("A pickle was read or written.")

    for name in ("loads", "dumps", "load", "dump"):
        monkeypatch.setattr(pickle, name, refuse)

    assert {status for _path, status in walk(people)} == {200}

    kept = entries.all()
    names = b" ".join(kept)
    for part in (b"card", b"counts", b"fragment", b"rates", b"throttle", b"backoffice", b"page:"):
        assert part in names, f"the walk kept nothing of {part!r}"
    read = {key: PlainSerializer().loads(value) for key, value in kept.items()}
    assert {type(value) for value in read.values()} <= {str, int, list, dict, bytes}


class Bomb:
    """Tells when somebody unpickles it."""

    gone_off: list[int] = []

    def __reduce__(self) -> tuple[Any, ...]:
        return Bomb.gone_off.append, (1,)


GARBAGE = [
    pickle.dumps(Bomb()),
    b"",
    b"\xff\x00",
    b"{",
    b"[]",
    b'{"a": []}',
    b"null",
    b"=",
    b"=text/html\nx",
    b"=\n\n\nx",
    b"=text/html\n\xff\n\nx",
]


@pytest.mark.parametrize("first", [0, 4, 8])
def test_garbage_in_redis_is_as_good_as_nothing(entries, people, first):
    as_usual = walk(people)

    entries.overwrite(GARBAGE[first:] + GARBAGE[:first])

    assert walk(people) == as_usual
    assert not Bomb.gone_off
    assert not caches["default"].is_away, "Redis itself had no fault"
