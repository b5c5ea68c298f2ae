"""Coupons of before become promotions with a code, and back again, without giving anybody more or less."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from catalog.tests.factories import CategoryFactory
from pricing.models import Coupon, CouponUse, Promotion
from pricing.states import Combination
from pricing.tests.factories import CouponFactory, TierFactory
from shop.core.integrity import check

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = [("pricing", "0004_promotions")]
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def migrate_to(targets):
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps


@pytest.fixture
def before():
    """The models of before; the tables are those of today again afterwards."""
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    yield lambda: migrate_to(BEFORE), lambda: migrate_to(latest)
    migrate_to(latest)


def test_each_coupon_of_before_gets_a_promotion_that_gives_what_it_gave(before):
    back, forth = before
    category = CategoryFactory()
    old = back()
    coupons = old.get_model("pricing", "Coupon").objects
    coupons.create(
        code="TEN",
        name="Ten off",
        line="Welcome",
        kind="percent_lines",
        percent=Decimal("12.5"),
        category_id=category.pk,
        minimum_minor=3000,
        is_first_order_only=True,
        starts_at=NOW,
        use_limit=7,
        per_customer_limit=2,
        used_count=0,
        is_active=False,
    )
    fixed = coupons.create(
        code="FIVE", name="Five", kind="amount_order", amounts_minor={"EUR": 500}, used_count=1
    )
    old.get_model("pricing", "CouponUse").objects.create(
        coupon=fixed, customer_key="alice@example.com", number=1, order_number="A1"
    )
    coupons.create(code="NONE", name="Nothing", kind="percent_order", percent=None)

    forth()

    ten = Coupon.objects.select_related("promotion").get(code="TEN")
    assert (ten.use_limit, ten.per_customer_limit, ten.is_active) == (7, 2, False)
    promotion = ten.promotion
    assert (promotion.name, promotion.line, promotion.kind) == (
        "Ten off",
        "Welcome",
        "percent_lines",
    )
    assert (promotion.percent, promotion.category_id) == (Decimal("12.50"), category.pk)
    assert (promotion.minimum_minor, promotion.starts_at) == (3000, NOW)
    assert (promotion.is_first_order_only, promotion.is_automatic) == (True, False)
    # One code counted in an order before: none of these may be combined until staff say so.
    assert set(Promotion.objects.values_list("combination", flat=True)) == {Combination.ALONE}
    five = Coupon.objects.get(code="FIVE")
    assert (five.promotion.amounts_minor, five.used_count) == ({"EUR": 500}, 1)
    assert CouponUse.objects.get().coupon == five
    assert Coupon.objects.get(code="NONE").promotion.kind == "amount_order"
    assert Promotion.objects.count() == 3
    assert [breach.code for _invariant, breach in check(at=NOW) if breach] == []


def test_going_back_keeps_what_a_coupon_can_say_and_switches_off_what_it_cannot(before):
    back, forth = before
    CouponFactory(code="TEN", percent=15, use_limit=3)
    step = TierFactory()
    CouponFactory(code="STEPS", promotion=step.promotion)

    old = back()

    coupons = old.get_model("pricing", "Coupon").objects
    ten, steps = coupons.get(code="TEN"), coupons.get(code="STEPS")
    assert (ten.kind, ten.percent, ten.use_limit, ten.is_active) == (
        "percent_order",
        Decimal("15.00"),
        3,
        True,
    )
    assert (steps.kind, steps.amounts_minor, steps.is_active) == ("amount_order", {}, False)

    forth()
    assert Coupon.objects.get(code="TEN").promotion.percent == Decimal("15.00")
