"""Writes on a version (If-Match) while the shop sells: none overwrites a sale it has not seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from catalog.api.products import ProductViewSet
from inventory.api.views import StockViewSet
from inventory.models import Movement, StockItem
from orders.fulfillment import fulfill_order
from orders.tests.factories import CAROL, make_cart, make_order, make_shop, variant
from tests.races.storm import THREADS, at_once, in_turn
from tests.races.test_editing import assert_books_are_clean
from tests.races.test_orders import place

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

COUNTED = 12


@pytest.fixture(autouse=True)
def _no_rate_limits(settings: Any) -> None:
    settings.THROTTLES = dict.fromkeys(settings.THROTTLES, "off")


def api(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def adjust(user: User, tag: str, units: int, *, key: str = "count") -> Any:
    return api(user).post(
        f"{stock_path()}/adjust",
        {"set_to": units, "reason": "Counted"},
        format="json",
        headers={"If-Match": tag, "Idempotency-Key": key},
    )


def change_product(user: User, tag: str, units: int) -> Any:
    return api(user).patch(
        product_path(), {"stock_quantity": units}, format="json", headers={"If-Match": tag}
    )


def stock_path() -> str:
    return "/api/stock/MUG"


def product_path() -> str:
    return f"/api/products/{variant('MUG').product_id}"


def shipping() -> Callable[[], object]:
    """Two mugs leave: there are fewer on hand."""
    order = make_order(payment_method="cash", at=timezone.now(), items={"MUG": 2})
    return lambda: fulfill_order(order, actor=CAROL, at=timezone.now())


def buying() -> Callable[[], object]:
    """Two mugs are bought: there are fewer for sale."""
    make_shop()
    cart = make_cart(MUG=2, at=timezone.now())
    return lambda: place(cart)


@dataclass(frozen=True)
class Route:
    """A route that counts stock, a sale that changes what it shows, and the figure both change."""

    path: Callable[[], str]
    write: Callable[[User, str, int], Any]
    view: type
    sale: Callable[[], Callable[[], object]]
    figure: str


ROUTES = pytest.mark.parametrize(
    "route",
    [
        Route(stock_path, adjust, StockViewSet, shipping, "on_hand"),
        Route(product_path, change_product, ProductViewSet, buying, "available"),
    ],
    ids=["stock", "product"],
)


def mugs(figure: str) -> int:
    return int(getattr(StockItem.objects.get(sku="MUG"), figure))


@pytest.mark.postgres
@ROUTES
def test_a_write_on_the_version_before_a_sale_is_refused(route: Route, carol: User):
    sell = route.sale()
    seen = api(carol).get(route.path())["ETag"]

    _sold, answer = in_turn(sell, lambda: route.write(carol, seen, COUNTED))

    assert (answer.status_code, answer.json().get("code")) == (412, "version_mismatch")
    assert mugs(route.figure) == 8
    assert not Movement.objects.filter(kind="adjusted").exists()
    assert_books_are_clean()


@pytest.mark.postgres
@ROUTES
def test_a_version_that_is_read_before_the_lock_would_put_the_sold_units_back(
    route: Route, carol: User
):
    """The control: the version is compared before the sale is written, the count written after."""
    sell = route.sale()
    seen = api(carol).get(route.path())["ETag"]

    with patch.object(route.view, "hold_shown", lambda _view, **_kwargs: None):
        _sold, answer = in_turn(sell, lambda: route.write(carol, seen, COUNTED))

    assert answer.status_code == 200
    assert mugs(route.figure) == COUNTED


@pytest.mark.postgres
@ROUTES
def test_a_sale_waits_for_a_write_and_takes_from_what_it_left(route: Route, carol: User):
    sell = route.sale()
    seen = api(carol).get(route.path())["ETag"]

    answer, _sold = in_turn(lambda: route.write(carol, seen, COUNTED), sell)

    assert answer.status_code == 200
    assert mugs(route.figure) == COUNTED - 2
    assert_books_are_clean()


def test_of_writes_on_one_version_one_wins(carol: User):
    variant("MUG")
    seen = api(carol).get(stock_path())["ETag"]

    answers = at_once(
        THREADS, lambda number: adjust(carol, seen, 20 + number, key=f"count-{number}")
    )

    assert sorted(answer.status_code for answer in answers) == [200] + [412] * (THREADS - 1)
    assert Movement.objects.filter(kind="adjusted").count() == 1
    assert_books_are_clean()


def test_counting_up_by_one_again_and_again_loses_no_count_and_no_sale(carol: User):
    orders = [
        make_order(
            payment_method="cash",
            at=timezone.now(),
            items={"MUG": 1},
            email=f"guest{number}@example.com",
        )
        for number in range(4)
    ]
    carts = [make_cart(MUG=1, at=timezone.now()) for _number in range(4)]

    def act(number: int) -> object:
        kind, index = divmod(number, 4)
        if kind == 0:
            return fulfill_order(orders[index], actor=CAROL, at=timezone.now())
        if kind == 1:
            return place(carts[index], number)
        for turn in range(100):
            shown = api(carol).get(stock_path())
            more = shown.json()["data"]["on_hand"] + 1
            answer = adjust(carol, shown["ETag"], more, key=f"{number}-{turn}")
            if answer.status_code != 412:
                return answer.status_code
        raise AssertionError("The version was never current.")

    results = at_once(12, act)

    assert results.count(200) == 4
    item = StockItem.objects.get(sku="MUG")
    assert (item.on_hand, item.reserved) == (10 - 4 + 4, 4)
    assert_books_are_clean()
