"""Every write over the API either honors If-Match or refuses it; none writes over
what its caller has not seen.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from accounts.registration import customer_for
from accounts.tests.factories import AddressFactory
from catalog.tests.factories import ProductImageFactory
from orders.fulfillment import fulfill_order, mark_delivered
from orders.models import Order, Return
from orders.returns import Wanted, request_return
from orders.states import ReturnKind
from orders.tests.factories import CAROL, make_cart, make_order, variant
from shop.core.models import IdempotencyRecord, OutboxEvent
from tests.contract import DOCUMENT

pytestmark = pytest.mark.django_db

PATHS: dict[str, dict[str, Any]] = yaml.safe_load(DOCUMENT.read_text())["paths"]
WRITES = [
    (method.upper(), path, operation)
    for path, operations in PATHS.items()
    for method, operation in operations.items()
    if method in {"post", "put", "patch", "delete"}
]
CONDITIONAL = [
    (method, path) for method, path, operation in WRITES if "412" in operation["responses"]
]
OTHERS = [
    (method, path) for method, path, _operation in WRITES if (method, path) not in CONDITIONAL
]
# What a write changes is versioned by the resource it belongs to.
RESOURCES = ("/api/orders/{number}", "/api/cart", "/api/stock/{sku}")
# Nothing is there yet that a caller could have read, or what is changed is shown nowhere.
UNVERSIONED = {
    "/api/auth/email/change",
    "/api/auth/email/verify",
    "/api/auth/login",
    "/api/auth/logout",
    "/api/auth/password/change",
    "/api/auth/password/forgot",
    "/api/auth/password/reset",
    "/api/auth/refresh",
    "/api/auth/register",
    "/api/categories",
    "/api/customers/me/addresses",
    "/api/orders",
    "/api/orders/lookup",
    "/api/payments/webhooks/{provider}",
    "/api/products",
    "/api/products/{ref}/images",
    "/api/products/{ref}/variants",
}
BODIES: dict[str, dict[str, Any]] = {
    "/api/cart/items": {"sku": "MUG"},
    "/api/cart/coupon": {"code": "SPRING"},
    "/api/cart/gift-cards": {"code": "AAAA-BBBB-CCCC-DDDD"},
    "/api/orders/{number}/notes": {"message": "Called."},
    "/api/stock/{sku}/adjust": {"quantity": 1, "reason": "found"},
}


@pytest.fixture
def world(alice: User, carol: User) -> dict[str, Any]:
    """Something of everything: Alice's cart, address, order and return, and goods."""
    mug = variant("MUG")
    customer = customer_for(alice)
    order = make_order(
        payment_method="cash", at=timezone.now(), items={"MUG": 2}, customer=customer
    )
    fulfill_order(order, actor=CAROL, at=timezone.now())
    mark_delivered(order, actor=CAROL, at=timezone.now())
    order = Order.objects.for_detail().get(pk=order.pk)
    claim = request_return(
        order,
        items=[Wanted(order.items.all()[0].pk, 1, "", "")],
        kind=ReturnKind.RETURN,
        note="",
        actor=CAROL,
        at=timezone.now(),
    )
    item = make_cart(customer=customer, MUG=1).items.get()
    return {
        "ref": mug.product.slug,
        "variant": mug.pk,
        "image": ProductImageFactory(product=mug.product).pk,
        "address": AddressFactory(customer=customer).pk,
        "category": mug.product.category.slug,
        "number": order.number,
        "return_number": claim.number,
        "item_id": item.pk,
        "sku": "MUG",
        "parcel": 1,
    }


def url_of(path: str, world: dict[str, Any]) -> str:
    """The path with the world's ids in it."""
    names = {
        "/variants/{id}": f"/variants/{world['variant']}",
        "/images/{id}": f"/images/{world['image']}",
        "/addresses/{id}": f"/addresses/{world['address']}",
        "/categories/{ref}": f"/categories/{world['category']}",
    }
    for part, filled in names.items():
        path = path.replace(part, filled)
    return path.format(**world)


def resource_of(path: str) -> str:
    """The resource whose version a write is held against."""
    return next((each for each in RESOURCES if path.startswith(each)), path)


def caller(path: str, alice: User, carol: User) -> APIClient:
    """Alice for what is hers, an administrator for the rest."""
    api = APIClient()
    hers = ("/api/auth", "/api/customers", "/api/cart", "/api/orders/{number}/pay")
    api.force_authenticate(alice if path.startswith(hers) else carol)
    return api


def test_each_write_of_something_shown_is_conditional():
    assert {path for _method, path in OTHERS} == UNVERSIONED


def send(api: APIClient, method: str, path: str, world: dict[str, Any], *, match: str) -> Any:
    """The write with this If-Match."""
    return api.generic(
        method,
        url_of(path, world),
        data=json.dumps(BODIES.get(path, {})),
        content_type="application/json",
        headers={"If-Match": match, "Idempotency-Key": "one"},
    )


def test_a_stale_write_changes_nothing(world, alice, carol):
    for method, path in CONDITIONAL:
        api = caller(path, alice, carol)
        shown = url_of(resource_of(path), world)
        before = api.get(shown)
        events, returns = OutboxEvent.objects.count(), Return.objects.count()

        answer = send(api, method, path, world, match='"stale"')

        assert (answer.status_code, answer.json()["code"]) == (412, "version_mismatch"), path
        assert answer.json()["current"] == before["ETag"], path
        assert api.get(shown).json() == before.json(), path
        assert (events, returns) == (OutboxEvent.objects.count(), Return.objects.count()), path
        assert not IdempotencyRecord.objects.filter(key="one").exists(), path


@pytest.mark.parametrize(("method", "path"), CONDITIONAL)
def test_a_write_on_the_current_version_is_no_mismatch(method, path, world, alice, carol):
    api = caller(path, alice, carol)
    etag = api.get(url_of(resource_of(path), world))["ETag"]

    answer = send(api, method, path, world, match=etag)

    # Some bodies are refused for what they lack; none for its version.
    assert answer.status_code in {200, 201, 400, 403, 404, 409}
    if method == "PATCH":
        assert answer.status_code in {200, 400}


def test_a_condition_that_would_be_idle_is_refused(world, alice, carol):
    for method, path in OTHERS:
        answer = send(
            caller(path, alice, carol), method, path, world | {"provider": "test"}, match="*"
        )

        assert answer.status_code == 400, path
        assert list(answer.json()["errors"]) == ["If-Match"], path


def test_the_tag_of_an_answer_is_the_tag_of_what_is_read_next(world, carol):
    api = APIClient()
    api.force_authenticate(carol)
    url = url_of("/api/products/{ref}/variants/{id}", world)

    changed = api.patch(url, {"price": "3.00"})

    assert changed["ETag"] == api.get(url)["ETag"]
    assert api.get(url, headers={"If-None-Match": changed["ETag"]}).status_code == 304
