"""Changing an order before it ships: what is kept, what is recalculated, and what is refused."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from catalog.models import Variant
from inventory.errors import InsufficientStock
from inventory.models import Reservation, StockItem
from inventory.services import adjust_stock, allocate_stock
from orders.cancellation import cancel_order, expire_order
from orders.credits import grant_credit
from orders.editing import add_items, edit_order, preview_edit
from orders.editing.changes import OrderChange
from orders.errors import (
    CreditedAlready,
    EditedTotalChanged,
    OrderChangedMeanwhile,
    OrderNotEditable,
    PaymentMethodInvalid,
    ShippingMethodInvalid,
)
from orders.fulfillment import fulfill_order, mark_delivered
from orders.models import Credit, Order
from orders.payment import note_payment_under_way, record_payment
from orders.states import CreditKind
from orders.tests.factories import CAROL, NOON, address, make_cart, make_order, variant
from orders.timeline import add_note
from pricing.models import (
    Coupon,
    CouponUse,
    PaymentMethod,
    ShippingMethod,
    ShippingRate,
    ShippingZone,
    TaxRate,
)
from pricing.states import BenefitKind
from pricing.tests.factories import CouponFactory
from shop.core.actors import SYSTEM
from shop.core.errors import DomainError, Invalid
from shop.core.integrity import check
from shop.core.models import AuditEntry

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=5)


def confirmed(**options: Any) -> Order:
    return make_order(payment_method="cash", **options)


def money(order: Order, *, captured: int = 0, authorized: int = 0, at: Any = NOON) -> Order:
    return record_payment(
        order,
        authorized_minor=authorized,
        captured_minor=captured,
        refunded_minor=0,
        has_failed=False,
        actor=SYSTEM,
        at=at,
    )


def edit(order: Order, *, at: Any = LATER, **units: int) -> Order:
    return edit_order(order, OrderChange(units), actor=CAROL, at=at)


def state(order: Order) -> tuple[Any, ...]:
    """Everything that a refusal must leave as it was."""
    return (
        Order.objects.filter(pk=order.pk).values().get(),
        list(order.items.order_by("pk").values()),
        list(order.adjustments.order_by("pk").values()),
        order.events.count(),
        list(Reservation.objects.order_by("pk").values("stock_item__sku", "quantity", "state")),
        list(StockItem.objects.order_by("pk").values("sku", "on_hand", "reserved")),
        AuditEntry.objects.count(),
    )


def assert_refused(order: Order, error: type[DomainError], act: Callable[[], Any]) -> None:
    before = state(order)
    with pytest.raises(error):
        act()
    assert state(order) == before


def assert_sound() -> None:
    """Every invariant holds but those of the ledger, which these tests have not."""
    wrong = {invariant.code for invariant, *rest in check(at=LATER) if rest[0]}
    assert wrong <= {"I13", "I13c", "I24d"}


# What changes -------------------------------------------------------------------------------------


def test_more_units_cost_more_and_are_reserved():
    order = confirmed(items={"MUG": 1})

    edit(order, MUG=3)

    order.refresh_from_db()
    item = order.items.get()
    assert (item.quantity, item.total_minor) == (3, 6000)
    assert (order.subtotal_minor, order.shipping_minor, order.total_minor) == (6000, 490, 6490)
    # 19 % held in 60.00 and in 4.90.
    assert order.tax_minor == 958 + 78
    assert StockItem.objects.get(sku="MUG").reserved == 3
    assert_sound()


def test_what_is_taken_out_is_free_again():
    order = confirmed(items={"MUG": 1, "LAMP": 2})

    edit(order, LAMP=0)

    order.refresh_from_db()
    assert [item.product_sku for item in order.items.all()] == ["MUG"]
    assert (order.subtotal_minor, order.total_minor) == (2000, 2490)
    assert StockItem.objects.get(sku="LAMP").reserved == 0
    assert_sound()


def test_what_is_added_costs_todays_price_and_what_was_there_its_own():
    order = confirmed(items={"MUG": 1})
    variant("LAMP", price_minor=3500)
    Variant.objects.filter(sku__in=["MUG", "LAMP"]).update(price_minor=5000)

    edit(order, MUG=2, LAMP=1)

    order.refresh_from_db()
    prices = dict(order.items.values_list("product_sku", "unit_price_minor"))
    assert prices == {"MUG": 2000, "LAMP": 5000}
    assert order.total_minor == 2 * 2000 + 5000 + 490
    assert list(order.items.values_list("product_sku", "position")) == [("MUG", 1), ("LAMP", 2)]


def test_delivery_keeps_its_price_below_and_above_the_free_value():
    cheap, dear = confirmed(items={"MUG": 1}), confirmed(items={"VASE": 5})

    edit(cheap, MUG=9)
    edit(dear, VASE=1)

    cheap.refresh_from_db()
    dear.refresh_from_db()
    assert (cheap.subtotal_minor, cheap.shipping_minor) == (18000, 490)
    assert (dear.subtotal_minor, dear.shipping_minor) == (2000, 0)


def test_another_postal_code_recalculates_delivery():
    order = confirmed(items={"VASE": 5})
    edit(order, VASE=1)

    change = OrderChange(shipping_address=address(postal_code="10115", line1="Invalidenstraße 1"))
    edit_order(order, change, actor=CAROL, at=LATER)

    order.refresh_from_db()
    assert (order.shipping_minor, order.total_minor) == (490, 2490)
    assert order.shipping_address["line1"] == "Invalidenstraße 1"


def test_another_name_at_the_same_place_changes_no_price():
    order = confirmed(items={"VASE": 5})
    ShippingRate.objects.update(price_minor=990)

    edit_order(order, OrderChange(shipping_address=address(name="Bob Lind")), actor=CAROL, at=LATER)

    order.refresh_from_db()
    assert (order.total_minor, order.shipping_address["name"]) == (10000, "Bob Lind")
    assert "Delivery address changed." in order.events.last().message


def test_another_country_has_other_taxes():
    order = confirmed(items={"MUG": 1})
    TaxRate.objects.create(
        country="AT",
        tax_class=TaxRate.objects.get().tax_class,
        percent=20,
        mode="included",
        valid_from="2020-01-01",
    )

    change = OrderChange(shipping_address=address(country="AT", postal_code="1010", city="Wien"))
    edit_order(order, change, actor=CAROL, at=LATER)

    order.refresh_from_db()
    item = order.items.get()
    assert (item.tax_percent, item.tax_minor, order.shipping_country) == (20, 333, "AT")
    assert order.tax_minor == 333 + 82
    assert_sound()


@pytest.mark.parametrize(("comes_on", "arrives"), [("2026-12-14", "2026-12-18"), (None, "None")])
def test_what_has_not_come_yet_arrives_later_at_another_address_too(comes_on, arrives):
    variant("MUG", on_hand=0)
    StockItem.objects.filter(sku="MUG").update(backorder_limit=5, backorder_until=comes_on)
    order = confirmed(items={"MUG": 1})
    before = str(order.arrives_to)
    change = OrderChange(shipping_address=address(postal_code="10115", line1="Invalidenstraße 1"))

    edit_order(order, change, actor=CAROL, at=LATER)

    order.refresh_from_db()
    assert (before, str(order.arrives_to)) == (arrives, arrives)


def test_another_method_has_its_own_price_and_arrival():
    order = confirmed(items={"MUG": 1})
    express = ShippingMethod.objects.create(
        zone=ShippingZone.objects.get(), code="express", name="Express", days_min=1, days_max=1
    )
    ShippingRate.objects.create(method=express, currency="EUR", price_minor=1290)

    edit_order(order, OrderChange(shipping_method="express"), actor=CAROL, at=LATER)

    order.refresh_from_db()
    assert (order.shipping_minor, order.total_minor) == (1290, 3290)
    assert (order.shipping_method_name, str(order.arrives_to)) == ("Express", "2026-11-24")
    assert "Delivery method: Express." in order.events.last().message


def test_a_code_stops_below_its_minimum_and_applies_again_above_it():
    CouponFactory(code="TEN", minimum_minor=3000, use_limit=1)
    cart = make_cart(MUG=2)
    cart.coupon_codes = ["TEN"]
    cart.save()
    order = confirmed(cart=cart)
    first = order.total_minor
    Coupon.objects.update(is_active=False)

    preview = preview_edit(order, OrderChange({"MUG": 1}), at=LATER)
    edit(order, MUG=1)
    lowered = Order.objects.get(pk=order.pk)
    edit(order, MUG=2)

    order.refresh_from_db()
    assert preview.notices == (
        "Ten off no longer applies.",
        "TEN: This code requires a minimum of €30. Add €10 more.",
    )
    assert (first, lowered.total_minor, order.total_minor) == (4090, 2490, 4090)
    assert CouponUse.objects.count() == 1
    assert_sound()


def test_a_code_that_freed_delivery_frees_it_only_while_it_applies():
    CouponFactory(code="FREE", kind=BenefitKind.FREE_SHIPPING, percent=None, minimum_minor=3000)
    cart = make_cart(MUG=2)
    cart.coupon_codes = ["FREE"]
    cart.save()
    order = confirmed(cart=cart)
    first = (order.shipping_minor, order.total_minor)

    edit(order, MUG=1)
    lowered = Order.objects.get(pk=order.pk)
    edit(order, MUG=2)

    order.refresh_from_db()
    assert first == (0, 4000)
    assert (lowered.shipping_minor, lowered.total_minor) == (490, 2490)
    assert (order.shipping_minor, order.total_minor) == (0, 4000)


def test_the_timeline_and_the_audit_log_keep_before_and_after():
    order = confirmed(items={"MUG": 1, "LAMP": 1})
    variant("VASE")

    edit_order(
        order,
        OrderChange({"MUG": 2, "LAMP": 0, "VASE": 1}),
        reason="Asked by phone.",
        actor=CAROL,
        at=LATER,
    )

    event = order.events.last()
    assert (event.kind, event.actor_label, event.at) == ("edited", "carol@example.com", LATER)
    assert event.message == (
        "Changed Mug from 1 to 2. Removed 1 × Lamp. Added 1 × Vase."
        " Total changed from €44.90 to €64.90. Asked by phone."
    )
    entry = AuditEntry.objects.get(action="order.edit")
    assert entry.changes["items"] == [{"MUG": 1, "LAMP": 1}, {"MUG": 2, "VASE": 1}]
    assert entry.changes["total"] == [
        {"amount_minor": 4490, "currency": "EUR"},
        {"amount_minor": 6490, "currency": "EUR"},
    ]


def test_the_preview_says_what_the_change_does_and_writes_nothing():
    order = confirmed(items={"MUG": 1, "LAMP": 1})
    before = state(order)

    preview = preview_edit(order, OrderChange({"MUG": 3, "LAMP": 0}), at=LATER)

    assert state(order) == before
    assert [
        (line.sku, line.quantity_before, line.quantity, line.total_minor) for line in preview.lines
    ] == [
        ("MUG", 1, 3, 6000),
        ("LAMP", 1, 0, 0),
    ]
    assert [(each.key, each.before_minor, each.after_minor) for each in preview.figures] == [
        ("subtotal", 4000, 6000),
        ("discount", 0, 0),
        ("shipping", 490, 490),
        ("tax", 716, 1036),
        ("total", 4490, 6490),
    ]
    assert (preview.difference_minor, preview.due_minor, preview.back_minor) == (2000, 6490, 0)
    assert preview.is_possible
    edited = edit_order(
        order,
        OrderChange({"MUG": 3, "LAMP": 0}),
        expected_total_minor=preview.total_minor,
        version=preview.version,
        actor=CAROL,
        at=LATER,
    )
    assert edited.total_minor == 6490


def test_the_preview_names_what_is_short():
    order = confirmed(items={"MUG": 1})
    adjust_stock("MUG", set_to=2, reason="counted", actor=CAROL, at=LATER)

    preview = preview_edit(order, OrderChange({"MUG": 3}), at=LATER)

    assert [problem.message for problem in preview.problems] == ["Mug: 1 more available."]
    assert not preview.is_possible


def test_the_same_order_is_no_change():
    order = confirmed(items={"MUG": 1})

    assert not preview_edit(order, OrderChange({"MUG": 1}), at=LATER).is_change
    assert_refused(order, Invalid, lambda: edit(order, MUG=1))


@pytest.mark.parametrize("lines", [1, 6])
def test_a_preview_costs_the_same_for_one_line_and_for_six(
    lines: int, django_assert_max_num_queries: Any
):
    order = confirmed(items={f"SKU{number}": 1 for number in range(lines)})
    variant("VASE")

    with django_assert_max_num_queries(14):
        preview_edit(order, OrderChange({"SKU0": 2, "VASE": 1}), at=LATER)


# Money --------------------------------------------------------------------------------------------


def test_a_paid_order_that_becomes_more_expensive_is_partly_paid_and_can_be_paid():
    order = money(make_order(items={"MUG": 1}), captured=2490)

    order = edit(order, MUG=2)

    assert (order.status, order.payment_status) == ("confirmed", "partially_paid")
    assert (order.due_minor, order.to_pay_minor) == (2000, 2000)


def test_a_paid_order_that_becomes_cheaper_has_an_excess():
    order = money(make_order(items={"MUG": 2}), captured=4490)

    order = edit(order, MUG=1)

    assert (order.payment_status, order.due_minor, order.excess_minor) == ("paid", 0, 2000)


def test_of_an_authorized_order_only_the_rest_is_to_pay():
    order = money(make_order(items={"MUG": 1}), authorized=2490)

    raised = edit(order, MUG=3)
    to_pay = (raised.due_minor, raised.to_pay_minor)
    cheaper = edit(order, MUG=1)

    assert to_pay == (6490, 4000)
    assert (cheaper.due_minor, cheaper.to_pay_minor, cheaper.payment_status) == (
        2490,
        0,
        "authorized",
    )


def test_a_pending_order_has_a_new_amount_and_more_time():
    order = make_order(items={"MUG": 1})

    order = edit(order, MUG=2)

    assert (order.status, order.to_pay_minor) == ("pending", 4490)
    assert order.hold_expires_at == LATER + timedelta(days=1)
    assert set(Reservation.objects.values_list("state", "expires_at")) == {
        ("held", LATER + timedelta(days=1))
    }


def test_a_pending_order_without_anything_left_to_pay_is_confirmed():
    order = money(make_order(items={"MUG": 2}), captured=2490)

    order = edit(order, MUG=1)

    assert (order.status, order.payment_status, order.hold_expires_at) == (
        "confirmed",
        "paid",
        None,
    )
    assert Reservation.objects.get().state == "allocated"
    assert [event.kind for event in order.events.all()] == ["placed", "paid", "edited", "confirmed"]
    assert_sound()


def test_what_was_taken_out_of_a_pending_order_is_not_missed_when_it_is_paid():
    order = make_order(items={"MUG": 1, "LAMP": 1})
    edit(order, LAMP=0)

    order = money(order, captured=2490)

    assert order.status == "confirmed"
    assert allocate_stock(order.holder, at=LATER)
    assert_sound()


# Refusals -----------------------------------------------------------------------------------------


def test_what_has_left_cannot_be_changed():
    order = confirmed(items={"MUG": 2})
    fulfill_order(order, quantities={order.items.get().pk: 1}, actor=CAROL, at=LATER)

    assert_refused(order, OrderNotEditable, lambda: edit(order, MUG=1))


def test_a_canceled_order_cannot_be_changed():
    order = cancel_order(confirmed(), actor=CAROL, at=LATER)

    assert_refused(order, OrderNotEditable, lambda: edit(order, MUG=2))


def test_an_order_whose_payment_is_under_way_waits():
    order = make_order()
    note_payment_under_way(order.pk, is_under_way=True)

    assert_refused(order, OrderNotEditable, lambda: edit(order, MUG=2))


def test_an_order_whose_time_is_over_cannot_be_changed():
    order = make_order()

    assert_refused(order, OrderNotEditable, lambda: edit(order, MUG=2, at=order.hold_expires_at))


def test_a_change_of_another_version_is_refused():
    order = confirmed()
    seen = order.version
    edit(order, MUG=2)

    def act() -> Order:
        return edit_order(order, OrderChange({"MUG": 3}), version=seen, actor=CAROL, at=LATER)

    assert_refused(order, OrderChangedMeanwhile, act)


def test_a_note_makes_no_other_version():
    order = confirmed()
    add_note(order, message="Fragile", actor=CAROL, at=LATER)

    edited = edit_order(
        order, OrderChange({"MUG": 3}), version=order.version, actor=CAROL, at=LATER
    )

    assert edited.total_minor == 6490


def test_another_total_than_the_preview_said_is_refused():
    order = confirmed()
    variant("LAMP", price_minor=2000)
    change = OrderChange({"LAMP": 1})
    seen = preview_edit(order, change, at=LATER).total_minor
    Variant.objects.filter(sku="LAMP").update(price_minor=2100)

    def act() -> Order:
        return edit_order(order, change, expected_total_minor=seen, actor=CAROL, at=LATER)

    assert_refused(order, EditedTotalChanged, act)


def test_more_than_there_is_cannot_be_added():
    order = confirmed(items={"MUG": 1, "LAMP": 1})

    assert_refused(order, InsufficientStock, lambda: edit(order, LAMP=2, MUG=11))


def test_nothing_left_is_no_order():
    order = confirmed()

    assert_refused(order, Invalid, lambda: edit(order, MUG=0))


@pytest.mark.parametrize("units", [{"NOPE": 1}, {"MUG": -1}, {"MUG": 1000}])
def test_units_and_skus_that_make_no_sense_are_refused(units: dict[str, int]):
    order = confirmed()

    assert_refused(order, Invalid, lambda: edit(order, **units))


def test_what_is_not_for_sale_cannot_be_added_but_what_was_sold_stays():
    order = confirmed(items={"MUG": 1})
    variant("LAMP")
    Variant.objects.update(is_active=False)

    assert_refused(order, Invalid, lambda: edit(order, LAMP=1))
    edit(order, MUG=2)

    assert order.items.get().quantity == 2


def test_nothing_goes_where_the_shop_does_not_deliver():
    order = confirmed()
    change = OrderChange(shipping_address=address(country="US", postal_code="94103", region="CA"))

    assert_refused(
        order,
        ShippingMethodInvalid,
        lambda: edit_order(order, change, actor=CAROL, at=LATER),
    )


def test_a_parcel_that_gets_too_heavy_needs_another_method():
    order = confirmed()
    order.items.update(weight_g=900)
    ShippingMethod.objects.update(max_weight_g=1000)

    preview = preview_edit(order, OrderChange({"MUG": 2}), at=LATER)

    assert [problem.message for problem in preview.problems] == [
        "Too heavy: 1.8 kg. The limit is 1 kg."
    ]
    assert_refused(order, ShippingMethodInvalid, lambda: edit(order, MUG=2))


def test_an_address_is_checked_by_its_country():
    order = confirmed()
    change = OrderChange(shipping_address=address(postal_code="1"))

    assert_refused(order, Invalid, lambda: edit_order(order, change, actor=CAROL, at=LATER))


def test_a_way_to_pay_that_the_new_country_has_not_is_refused_while_something_is_due():
    order = confirmed()
    PaymentMethod.objects.filter(code="cash").update(countries=["DE"])
    change = OrderChange(shipping_address=address(country="AT", postal_code="1010", city="Wien"))

    assert_refused(
        order,
        PaymentMethodInvalid,
        lambda: edit_order(order, change, actor=CAROL, at=LATER),
    )


def test_an_item_becomes_no_cheaper_than_it_was_credited():
    order = money(make_order(items={"MUG": 2, "LAMP": 1}), captured=6490)
    mug = order.items.get(product_sku="MUG")
    grant_credit(order, kind=CreditKind.REFUND, items={mug.pk: 1}, actor=CAROL, at=LATER)

    assert_refused(order, CreditedAlready, lambda: edit(order, MUG=0))
    edit(order, LAMP=0)

    order.refresh_from_db()
    assert (order.total_minor, order.credited_minor, order.owed_minor) == (4490, 2000, 2490)
    assert Credit.objects.count() == 1
    assert_sound()


def test_an_edited_order_still_expires_when_its_new_time_is_over():
    order = edit(make_order(), MUG=2)

    expire_order(order.number, at=LATER + timedelta(hours=23))
    order.refresh_from_db()
    before = order.status
    expire_order(order.number, at=LATER + timedelta(days=1))

    order.refresh_from_db()
    assert (before, order.status) == ("pending", "canceled")
    assert StockItem.objects.get(sku="MUG").reserved == 0


# Adding in exchange -------------------------------------------------------------------------------


def test_items_are_added_to_a_completed_order_which_is_confirmed_again():
    order = money(make_order(items={"MUG": 1}), captured=2490)
    fulfill_order(order, actor=CAROL, at=LATER)
    mark_delivered(order, actor=CAROL, at=LATER)
    variant("LAMP", price_minor=3500)
    order.refresh_from_db()
    before = order.status

    added = add_items(order, {"LAMP": 1}, reason="Exchange", actor=CAROL, at=LATER)

    order.refresh_from_db()
    assert (before, order.status, order.completed_at) == ("completed", "confirmed", None)
    assert (order.total_minor, order.due_minor) == (2490 + 3500, 3500)
    assert (order.payment_status, order.fulfillment_status) == ("partially_paid", "partial")
    assert [(item.product_sku, item.open_quantity) for item in added] == [("LAMP", 1)]
    assert Reservation.objects.get(stock_item__sku="LAMP").state == "allocated"
    assert (
        order.events.last().message
        == "Added 1 × Lamp. Total changed from €24.90 to €59.90. Exchange"
    )
    assert_sound()


def test_the_same_thing_once_more_costs_what_is_said_but_never_more_than_it_was_sold_at():
    order = money(make_order(items={"MUG": 1}), captured=2490)
    fulfill_order(order, actor=CAROL, at=LATER)
    Variant.objects.update(price_minor=9900)
    order.refresh_from_db()

    add_items(order, {"MUG": 1}, actor=CAROL, at=LATER)
    add_items(order, {"MUG": 1}, prices_minor={"MUG": 1500}, actor=CAROL, at=LATER)

    order.refresh_from_db()
    mug = order.items.get()
    assert (mug.quantity, mug.open_quantity, mug.discount_minor, mug.total_minor) == (
        3,
        2,
        500,
        5500,
    )
    assert (order.subtotal_minor, order.discount_minor, order.total_minor) == (6000, 500, 5990)
    assert order.tax_minor == 319 + 78 + 319 + 239
    Variant.objects.update(price_minor=2000)
    assert_sound()


def test_a_free_replacement_makes_nothing_due():
    order = money(make_order(items={"MUG": 1}), captured=2490)
    fulfill_order(order, actor=CAROL, at=LATER)
    order.refresh_from_db()

    add_items(order, {"MUG": 1}, prices_minor={"MUG": 0}, actor=CAROL, at=LATER)

    order.refresh_from_db()
    assert (order.total_minor, order.due_minor, order.payment_status) == (2490, 0, "paid")
    assert_sound()


def test_nothing_is_added_beyond_the_stock_or_to_a_pending_order():
    order, pending = confirmed(), make_order(items={"LAMP": 1})

    assert_refused(
        order,
        InsufficientStock,
        lambda: add_items(Order.objects.get(pk=order.pk), {"MUG": 10}, actor=CAROL, at=LATER),
    )
    assert_refused(
        pending,
        OrderNotEditable,
        lambda: add_items(pending, {"LAMP": 1}, actor=CAROL, at=LATER),
    )


# Any change
# -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_changed_the_books_add_up_and_the_way_back_leads_home(seed: int):
    dice = random.Random(seed)
    skus = ["CUP", "FORK", "LAMP", "MUG", "PAN", "VASE"]
    for sku in skus:
        variant(sku, price_minor=dice.randint(1, 9999), on_hand=12)
    CouponFactory(
        code="SEED",
        percent=dice.choice([5, 10, 33]),
        kind=dice.choice([BenefitKind.PERCENT_ORDER, BenefitKind.PERCENT_LINES]),
        minimum_minor=dice.choice([None, 5000]),
    )
    start = {sku: dice.randint(1, 3) for sku in dice.sample(skus, 3)}
    cart = make_cart(**start)
    cart.coupon_codes = dice.choice([[], ["SEED"]])
    cart.save()
    order = make_order(cart=cart, payment_method=dice.choice(["cash", "card"]))
    first = order.total_minor

    for _step in range(6):
        units = {sku: dice.randint(0, 5) for sku in dice.sample(skus, 3)}
        try:
            preview = preview_edit(order, OrderChange(units), at=LATER)
            edit_order(
                order,
                OrderChange(units),
                expected_total_minor=preview.total_minor,
                version=preview.version,
                actor=CAROL,
                at=LATER,
            )
        except Invalid:
            continue
        order.refresh_from_db()
        assert order.total_minor == preview.total_minor
        assert_sound()

    now = dict(order.items.values_list("product_sku", "quantity"))
    if now != start:
        edit(order, **(dict.fromkeys(now, 0) | start))
    order.refresh_from_db()
    assert order.total_minor == first
    assert dict(order.items.values_list("product_sku", "quantity")) == start
    assert {
        item.sku: item.reserved for item in StockItem.objects.filter(sku__in=skus) if item.reserved
    } == start
    assert_sound()
