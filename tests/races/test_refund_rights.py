"""Money that arrives while staff act: whoever may not refund causes no refund, by any route."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tests.factories import StaffFactory
from orders.models import Order
from orders.querysets import OrderQuerySet
from orders.tests.factories import address
from payments.models import Refund
from tests.races.storm import in_turn
from tests.races.test_editing import assert_books_are_clean, at_the_provider, unlocked

pytestmark = [
    pytest.mark.race,
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def packer(settings: Any) -> User:
    """Staff who may cancel and edit orders but not refund them."""
    settings.BACKOFFICE_REQUIRE_MFA = False
    user = StaffFactory()
    names = ("view_order", "cancel_order", "edit_order")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return user


def api(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def backoffice(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def cancel_over_the_api(user: User, order: Order) -> Callable[[], Any]:
    return lambda: api(user).post(f"/api/orders/{order.number}/cancel", {}, format="json")


def cancel_on_the_page(user: User, order: Order) -> Callable[[], Any]:
    client, path = backoffice(user), reverse("admin:orders_order_cancel", args=[order.pk])
    return lambda: client.post(path, {"_form_submitted": "True", "reason": "Sold out"})


def cancel_in_the_list(user: User, order: Order) -> Callable[[], Any]:
    client, path = backoffice(user), reverse("admin:orders_order_changelist")
    body = {
        "action": "cancel_selected",
        "_selected_action": [str(order.pk)],
        "index": "0",
        "apply": "1",
        "reason": "Sold out",
    }
    return lambda: client.post(path, body)


def edit_over_the_api(user: User, order: Order) -> Callable[[], Any]:
    body = {"items": [{"sku": "MUG", "quantity": 1}], "expected_total": "24.90"}
    return lambda: api(user).post(
        f"/api/orders/{order.number}/edits",
        body,
        format="json",
        headers={"Idempotency-Key": "less"},
    )


def edit_on_the_page(user: User, order: Order) -> Callable[[], Any]:
    client, path = backoffice(user), reverse("admin:orders_order_edit", args=[order.pk])
    body = {
        f"quantity_{order.items.get().pk}": 1,
        **address().as_dict(),
        "shipping_method": order.shipping_method_code,
        "reason": "",
        "search": "",
        "key": str(uuid4()),
        "version": order.version,
        "expected": 2490,
        "do": "save",
    }
    return lambda: client.post(path, body)


EVERY_ROUTE = pytest.mark.parametrize(
    "route",
    [
        cancel_over_the_api,
        cancel_on_the_page,
        cancel_in_the_list,
        edit_over_the_api,
        edit_on_the_page,
    ],
)


@EVERY_ROUTE
def test_a_payment_that_arrives_first_is_not_paid_back_by_who_may_not_refund(
    route: Callable[[User, Order], Callable[[], Any]], packer: User
):
    order, tell = at_the_provider(MUG=2)

    in_turn(tell, route(packer, order))
    assert_books_are_clean()

    order.refresh_from_db()
    assert (order.status, order.payment_status) == ("confirmed", "paid")
    assert (order.total_minor, order.refundable_minor) == (4490, 4490)
    assert Refund.objects.count() == 0


@EVERY_ROUTE
def test_without_the_lock_the_payment_would_be_paid_back(
    route: Callable[[User, Order], Callable[[], Any]], packer: User
):
    """The control: the act has looked before the payment is written, and writes after it."""
    order, tell = at_the_provider(MUG=2)

    with patch.object(OrderQuerySet, "locked", unlocked):
        in_turn(tell, route(packer, order))

    order.refresh_from_db()
    assert order.amount_paid_minor == 4490
    assert (order.status, order.total_minor) in {("canceled", 4490), ("confirmed", 2490)}
    assert order.excess_minor


@EVERY_ROUTE
def test_who_may_not_refund_changes_what_nobody_has_paid(
    route: Callable[[User, Order], Callable[[], Any]], packer: User
):
    """A control of the requests: each of them is whole and would be granted."""
    order, _tell = at_the_provider(MUG=2)

    route(packer, order)()

    order.refresh_from_db()
    assert (order.status, order.total_minor) in {("canceled", 4490), ("pending", 2490)}
