"""Stock and categories."""

from __future__ import annotations

import pytest
from django.urls import reverse

from catalog.models import (
    Category,
)
from inventory.models import Movement
from tests.backoffice import data as make
from tests.backoffice.forms import SENT

pytestmark = pytest.mark.django_db


def test_stock_is_adjusted_with_a_reason(carol):
    item = make.variant("POT").stock_item

    carol.post(
        reverse("admin:inventory_stockitem_adjust", args=[item.pk]),
        {**SENT, "set_to": "7", "kind": "adjusted", "reason": "three broke"},
    )

    item.refresh_from_db()
    movement = Movement.objects.latest("pk")
    assert item.on_hand == 7
    assert (movement.quantity, movement.cause) == (-3, "three broke")


def test_stock_is_not_adjusted_without_a_reason(carol):
    item = make.variant("POT").stock_item

    response = carol.post(
        reverse("admin:inventory_stockitem_adjust", args=[item.pk]),
        {**SENT, "set_to": "7", "kind": "adjusted", "reason": ""},
    )

    item.refresh_from_db()
    assert response.status_code == 200
    assert item.on_hand == 10


def test_a_dropped_category_is_moved_by_the_locked_service(carol):
    from catalog.categories import create_category

    kitchen, music = create_category(name="Kitchen"), create_category(name="Music")

    response = carol.post(
        reverse("admin:catalog_category_place"),
        {"item": str(music.pk), "target": str(kitchen.pk), "place": "inside"},
    )

    assert response.status_code == 204
    assert Category.objects.get(pk=music.pk).parent_id == kitchen.pk


def test_a_category_does_not_go_inside_itself(carol):
    from catalog.categories import create_category

    kitchen = create_category(name="Kitchen")
    tea = create_category(name="Tea", parent=kitchen)

    carol.post(
        reverse("admin:catalog_category_place"),
        {"item": str(kitchen.pk), "target": str(tea.pk), "place": "inside"},
    )

    assert Category.objects.get(pk=kitchen.pk).parent_id is None
