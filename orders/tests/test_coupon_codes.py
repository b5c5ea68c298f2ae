"""The codes that an order was sold with are a list."""

import importlib

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from orders.models import Order
from orders.tests.factories import make_order

pytestmark = pytest.mark.django_db


def test_the_text_of_the_release_before_becomes_a_list():
    first, second, third = (make_order() for _ in range(3))
    for order, text in ((first, "TEN, FREE"), (second, "TEN")):
        Order.objects.filter(pk=order.pk).update(coupon_code=text)
    migration = importlib.import_module("orders.migrations.0003_order_coupon_codes")
    state = MigrationLoader(connection).project_state(("orders", "0003_order_coupon_codes"))

    migration.split_codes(state.apps, None)

    listed = dict(Order.objects.values_list("pk", "coupon_codes"))
    assert listed == {first.pk: ["TEN", "FREE"], second.pk: ["TEN"], third.pk: []}
    assert Order.objects.get(pk=first.pk).joined_codes == "TEN, FREE"
