"""Who may do what: every route of the API, for everybody.

The table is checked against the routes in both directions, so a new route fails until somebody has
written down whom it serves. The bodies are empty: 400 means that the caller was let in.
"""

from __future__ import annotations

import re

import pytest
from django.db import transaction
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.registration import customer_for
from accounts.tests.factories import AddressFactory, StaffFactory
from orders.invoices import issue_invoice
from orders.models import Order
from orders.tests.factories import make_cart, make_order, make_shop, variant
from shop import api_urls
from shop.api.views import ShopViewSet
from shop.core.actors import SYSTEM

pytestmark = pytest.mark.once

# Method, route, and the answer to: nobody, Alice, Bob, staff without a group, an administrator.
# Order, address and the like in the paths are Alice's.
MATRIX = """
GET    schema                           200 200 200 200 200
POST   auth/register                    400 400 400 400 400
POST   auth/login                       400 400 400 400 400
POST   auth/refresh                     400 400 400 400 400
POST   auth/logout                      401 200 200 200 200
POST   auth/password/change             401 400 400 400 400
POST   auth/password/forgot             400 400 400 400 400
POST   auth/password/reset              400 400 400 400 400
POST   auth/email/verify                400 400 400 400 400
POST   auth/email/change                401 400 400 400 400
GET    auth/me                          401 200 200 200 200
PATCH  auth/me                          401 200 200 200 200
GET    customers/me                     401 200 200 200 200
PATCH  customers/me                     401 200 200 200 200
DELETE customers/me                     401 400 400 400 400
GET    customers/me/export              401 200 200 200 200
GET    customers/me/addresses           401 200 200 200 200
POST   customers/me/addresses           401 400 400 400 400
GET    customers/me/addresses/{pk}      401 200 404 404 404
PUT    customers/me/addresses/{pk}      401 400 404 404 404
PATCH  customers/me/addresses/{pk}      401 200 404 404 404
DELETE customers/me/addresses/{pk}      401 200 404 404 404
GET    customers                        401 403 403 403 200
GET    customers/{pk}                   401 403 403 403 200
GET    stock                            401 403 403 403 200
GET    stock/{sku}                      401 403 403 403 200
POST   stock/{sku}/adjust               401 403 403 403 400
GET    stock/{sku}/movements            401 403 403 403 200
GET    makers                           200 200 200 200 200
GET    makers/{ref}                     404 404 404 404 404
GET    product-types                    200 200 200 200 200
GET    product-types/{ref}              404 404 404 404 404
GET    categories                       200 200 200 200 200
POST   categories                       401 403 403 403 400
GET    categories/{ref}                 200 200 200 200 200
PUT    categories/{ref}                 401 403 403 403 400
PATCH  categories/{ref}                 401 403 403 403 200
DELETE categories/{ref}                 401 403 403 403 409
GET    products                         200 200 200 200 200
POST   products                         401 403 403 403 400
GET    products/suggest                 400 400 400 400 400
GET    products/{ref}                   200 200 200 200 200
PUT    products/{ref}                   401 403 403 403 400
PATCH  products/{ref}                   401 403 403 403 200
DELETE products/{ref}                   401 403 403 403 200
GET    products/{ref}/variants          200 200 200 200 200
POST   products/{ref}/variants          401 403 403 403 400
GET    products/{ref}/variants/{pk}     200 200 200 200 200
PATCH  products/{ref}/variants/{pk}     401 403 403 403 200
DELETE products/{ref}/variants/{pk}     401 403 403 403 409
GET    products/{ref}/images            200 200 200 200 200
POST   products/{ref}/images            401 403 403 403 400
GET    products/{ref}/images/{pk}       404 404 404 404 404
PATCH  products/{ref}/images/{pk}       401 403 403 403 404
DELETE products/{ref}/images/{pk}       401 403 403 403 404
GET    cart                             200 200 200 200 200
DELETE cart                             404 200 404 404 404
PATCH  cart                             404 200 404 404 404
POST   cart/items                       400 400 400 400 400
PATCH  cart/items/{item_id}             404 200 404 404 404
DELETE cart/items/{item_id}             404 200 404 404 404
POST   cart/coupon                      400 400 400 400 400
DELETE cart/coupon                      404 200 404 404 404
POST   cart/gift-cards                  400 400 400 400 400
DELETE cart/gift-cards                  404 200 404 404 404
POST   cart/merge                       401 200 200 200 200
GET    cart/quote                       404 200 404 404 404
GET    orders                           401 200 200 200 200
POST   orders                           409 400 409 409 409
POST   orders/lookup                    400 400 400 400 400
GET    orders/{number}                  404 200 404 404 200
POST   orders/{number}/cancel           404 200 404 404 200
POST   orders/{number}/fulfillments     401 403 403 403 409
PATCH  orders/{number}/fulfillments/{parcel} 401 403 403 403 404
POST   orders/{number}/edits            401 403 403 403 400
POST   orders/{number}/edits/preview    401 403 403 403 409
POST   orders/{number}/notes            401 403 403 403 400
GET    orders/{number}/invoice          404 200 404 404 200
POST   orders/{number}/invoice          401 403 403 403 409
GET    orders/{number}/invoice/{invoice_number}/pdf 404 200 404 404 200
POST   orders/{number}/returns          404 400 404 404 400
POST   orders/{number}/returns/{return_number}/cancel 404 404 404 404 404
POST   orders/{number}/returns/{return_number}/approve 401 403 403 403 404
POST   orders/{number}/returns/{return_number}/decline 401 403 403 403 404
POST   orders/{number}/returns/{return_number}/receive 401 403 403 403 404
POST   orders/{number}/returns/{return_number}/close 401 403 403 403 404
GET    payments/methods                 200 200 200 200 200
POST   payments/webhooks/{provider}     400 400 400 400 400
POST   orders/{number}/pay              404 200 404 404 403
POST   orders/{number}/refunds          401 403 403 403 409
POST   orders/{number}/mark-paid        401 403 403 403 200
"""
ROWS = [line.split() for line in MATRIX.strip().splitlines()]
NAMES = ["anonymous", "alice", "bob", "staff", "admin"]


def routes(*, with_view=False):
    """(method, route) of every API view, and the view as it serves the route where it is
    asked for: an action may have permissions of its own.
    """
    for pattern in api_urls.urlpatterns:
        view = pattern.callback
        if not hasattr(view, "cls"):
            continue
        actions = getattr(view, "actions", None)
        for method in ("get", "post", "put", "patch", "delete"):
            if method in actions if actions else hasattr(view.cls, method):
                found = method.upper(), str(pattern.pattern)
                yield (*found, view.cls(**view.initkwargs)) if with_view else found


def key(pattern):
    """A route as the table writes it: without converters."""
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", pattern)


# What stands in a path: Alice's own things.
@pytest.fixture
def world(alice):
    """A shop in which Alice has an address, an order, and a cart with a mug in it."""
    make_shop()
    mug = variant("MUG", on_hand=10)
    customer = customer_for(alice)
    order = make_order(cart=make_cart(customer=customer, MUG=1))
    cart = make_cart(customer=customer, MUG=1)
    return {
        "number": order.number,
        "sku": "MUG",
        "pk": AddressFactory(customer=customer).pk,
        "customer": customer.pk,
        "item_id": cart.items.get().pk,
        "provider": "test",
        "ref": mug.product.slug,
        "category": mug.product.category.slug,
        "variant": mug.pk,
    }


def invoice_number(number):
    """The number of an invoice of this order, issued if need be; any number where
    there is no such order.
    """
    Order.objects.filter(number=number).update(status="confirmed")
    order = Order.objects.filter(number=number).first()
    if order is None:
        return "2026-00001"
    issued = order.invoices.first() or issue_invoice(order, actor=SYSTEM, at=timezone.now())
    return issued.number


def ask(user, method, route, world):
    if route.startswith("customers/{"):
        world = world | {"pk": world["customer"]}
    if route.startswith("categories/"):
        world = world | {"ref": world["category"]}
    if "/variants/" in route:
        world = world | {"pk": world["variant"]}
    if "{invoice_number}" in route:
        world = world | {"invoice_number": invoice_number(world["number"])}
    path = "/api/" + re.sub(r"\{(\w+)\}", lambda found: str(world.get(found[1], 1)), route)
    api = APIClient()
    if user is not None:
        api.force_authenticate(user)
    headers = {"Idempotency-Key": "matrix"}
    with transaction.atomic():
        response = api.generic(method, path, "{}", content_type="application/json", headers=headers)
        transaction.set_rollback(True)
    return response


def test_every_route_has_a_row_and_every_row_a_route():
    written = {(method, route) for method, route, *_ in ROWS}
    real = {(method, key(route)) for method, route in routes()}

    assert real - written == set(), "say in MATRIX whom these serve"
    assert written - real == set(), "these are gone"
    assert len(written) == len(ROWS), "a route stands twice"


def test_every_route_is_served_by_one_of_our_viewsets():
    lax = [
        str(pattern.pattern)
        for pattern in api_urls.urlpatterns
        if hasattr(pattern.callback, "cls")
        and not issubclass(pattern.callback.cls, ShopViewSet)
        and str(pattern.pattern) != "schema"
    ]

    assert lax == []


@pytest.mark.django_db
@pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join(row[:2]))
def test_a_route_serves_whom_the_table_says(row, world, alice, bob, carol):
    method, route, *expected = row
    callers = [None, alice, bob, StaffFactory(), carol]

    answers = [ask(user, method, route, world) for user in callers]

    found = [str(answer.status_code) for answer in answers]
    told = dict(zip(NAMES, zip(found, expected, strict=True), strict=True))
    assert found == expected, {name: pair for name, pair in told.items() if pair[0] != pair[1]}


@pytest.mark.django_db
def test_what_is_not_yours_looks_like_what_is_not_there(world, bob):
    things = {"number": "LN-00000000", "pk": 987654321}
    for method, route, *_ in ROWS:
        if not {"{number}", "{pk}"} & set(route.split("/")) or route.startswith("customers/{"):
            continue
        foreign = ask(bob, method, route, world)
        missing = ask(bob, method, route, world | things)
        assert foreign.status_code == missing.status_code, route
        assert foreign.json() | {"request_id": ""} == missing.json() | {"request_id": ""}, route
