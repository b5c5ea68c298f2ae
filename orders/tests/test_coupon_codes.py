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
    with connection.cursor() as cursor:
        for order, text in ((first, "TEN, FREE"), (second, "TEN")):
            sql = "UPDATE orders_order SET coupon_code = %s WHERE id = %s"
            cursor.execute(sql, [text, order.pk])
    migration = importlib.import_module("orders.migrations.0003_order_coupon_codes")
    state = MigrationLoader(connection).project_state(("orders", "0002_append_only"))
    migration.Migration.operations[0].state_forwards("orders", state)

    migration.split_codes(state.apps, None)

    listed = dict(Order.objects.values_list("pk", "coupon_codes"))
    assert listed == {first.pk: ["TEN", "FREE"], second.pk: ["TEN"], third.pk: []}
    assert Order.objects.get(pk=first.pk).coupon_code == "TEN, FREE"
