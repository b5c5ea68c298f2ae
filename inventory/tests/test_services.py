"""What the stock room does, and what it refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from inventory.errors import InsufficientStock, StockConflict, UnknownSku
from inventory.models import Movement, Reservation, StockItem
from inventory.services import (
    adjust_stock,
    allocate_stock,
    change_limits,
    change_reservation,
    consume_stock,
    create_stock_item,
    extend_hold,
    release_expired,
    release_stock,
    reserve_stock,
    restock,
)
from inventory.states import MovementKind, ReservationState
from inventory.tests.factories import StockItemFactory
from shop.core.actors import SYSTEM
from shop.core.errors import Invalid
from shop.core.integrity import check
from shop.core.models import OutboxEvent

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
SOON = NOW + timedelta(minutes=15)


def level(sku: str) -> tuple[int, int]:
    item = StockItem.objects.get(sku=sku)
    return item.on_hand, item.reserved


def told() -> list[tuple[str, dict[str, object]]]:
    return list(OutboxEvent.objects.order_by("pk").values_list("type", "payload"))


def test_reserving_holds_units_of_every_sku():
    StockItemFactory(sku="CUP", on_hand=5)
    StockItemFactory(sku="MUG", on_hand=3)

    reserve_stock({"MUG": 2, "CUP": 1}, holder="order:A", expires_at=SOON, at=NOW)

    assert (level("CUP"), level("MUG")) == ((5, 1), (3, 2))
    held = Reservation.objects.order_by("stock_item__sku")
    assert [(each.quantity, each.state, each.expires_at) for each in held] == [
        (1, "held", SOON),
        (2, "held", SOON),
    ]


def test_reserving_is_all_or_nothing_and_names_every_short_sku():
    StockItemFactory(sku="BOWL", on_hand=9)
    StockItemFactory(sku="CUP", on_hand=1)
    StockItemFactory(sku="MUG", on_hand=0)

    with pytest.raises(InsufficientStock) as refusal:
        reserve_stock({"BOWL": 9, "CUP": 2, "MUG": 1}, holder="A", expires_at=SOON, at=NOW)

    assert refusal.value.details == {
        "sku": "CUP",
        "requested": 2,
        "available": 1,
        "items": [
            {"sku": "CUP", "requested": 2, "available": 1},
            {"sku": "MUG", "requested": 1, "available": 0},
        ],
    }
    assert level("BOWL") == (9, 0)
    assert not Reservation.objects.exists()
    assert told() == []


def test_reserving_costs_the_same_queries_each_sku_once(django_assert_num_queries):
    for number in range(5):
        StockItemFactory(sku=f"S{number}")

    # savepoint in and out, 5 updates, 1 look at the items, 1 insert
    with django_assert_num_queries(9):
        reserve_stock({f"S{number}": 1 for number in range(5)}, holder="A", expires_at=SOON, at=NOW)


def test_backorders_may_be_reserved_up_to_their_limit():
    StockItemFactory(sku="MUG", on_hand=1, backorder_limit=2)

    reserve_stock({"MUG": 3}, holder="A", expires_at=None, at=NOW)

    with pytest.raises(InsufficientStock):
        reserve_stock({"MUG": 1}, holder="B", expires_at=None, at=NOW)
    assert level("MUG") == (1, 3)
    assert Reservation.objects.get().state == ReservationState.ALLOCATED


@pytest.mark.parametrize("units", [0, -1, 1_000_000_001])
def test_an_absurd_quantity_is_refused(units):
    StockItemFactory(sku="MUG")

    with pytest.raises(Invalid):
        reserve_stock({"MUG": units}, holder="A", expires_at=SOON, at=NOW)

    assert level("MUG") == (10, 0)


def test_an_unknown_sku_is_refused():
    StockItemFactory(sku="MUG")

    with pytest.raises(UnknownSku):
        reserve_stock({"GHOST": 1, "MUG": 1}, holder="A", expires_at=SOON, at=NOW)

    assert level("MUG") == (10, 0)


def test_an_expired_hold_does_not_stand_in_the_way():
    StockItemFactory(sku="MUG", on_hand=1)
    reserve_stock({"MUG": 1}, holder="order:A", expires_at=SOON, at=NOW)

    reserve_stock({"MUG": 1}, holder="order:B", expires_at=SOON, at=SOON)

    assert level("MUG") == (1, 1)
    states = dict(Reservation.objects.values_list("holder", "state"))
    assert states == {"order:A": "released", "order:B": "held"}
    assert ("ReservationExpired", {"holder": "order:A"}) in told()


def test_a_hold_that_is_not_over_stands():
    StockItemFactory(sku="MUG", on_hand=1)
    reserve_stock({"MUG": 1}, holder="order:A", expires_at=SOON, at=NOW)

    with pytest.raises(InsufficientStock):
        reserve_stock(
            {"MUG": 1}, holder="order:B", expires_at=SOON, at=SOON - timedelta(microseconds=1)
        )

    assert Reservation.objects.get().state == "held"


def test_allocating_keeps_a_hold_even_past_its_time():
    StockItemFactory(sku="MUG", on_hand=1)
    reserve_stock({"MUG": 1}, holder="order:A", expires_at=SOON, at=NOW)

    assert allocate_stock("order:A", at=SOON + timedelta(hours=1)) is True
    assert allocate_stock("order:A", at=SOON + timedelta(hours=2)) is True

    assert release_expired(at=SOON + timedelta(days=9)) == 0
    assert level("MUG") == (1, 1)


def test_allocating_after_a_release_says_no_and_lets_go_of_the_rest():
    StockItemFactory(sku="CUP", on_hand=1)
    StockItemFactory(sku="MUG", on_hand=9)
    reserve_stock({"CUP": 1, "MUG": 1}, holder="order:A", expires_at=SOON, at=NOW)
    reserve_stock({"CUP": 1}, holder="order:B", expires_at=None, at=SOON)

    assert allocate_stock("order:A", at=SOON) is False

    assert (level("CUP"), level("MUG")) == ((1, 1), (9, 0))
    reserve_stock({"MUG": 1}, holder="order:A", expires_at=None, at=SOON)
    assert level("MUG") == (9, 1)


def test_allocating_again_after_reserving_again_works():
    StockItemFactory(sku="MUG", on_hand=1)
    reserve_stock({"MUG": 1}, holder="order:A", expires_at=SOON, at=NOW)
    release_expired(at=SOON)
    reserve_stock({"MUG": 1}, holder="order:A", expires_at=SOON + timedelta(hours=1), at=SOON)

    assert allocate_stock("order:A", at=SOON) is True


def test_nobody_can_allocate_what_was_never_held():
    assert allocate_stock("order:NONE", at=NOW) is False


def test_extending_moves_the_end_of_a_hold():
    StockItemFactory(sku="MUG")
    reserve_stock({"MUG": 1}, holder="order:A", expires_at=SOON, at=NOW)

    extend_hold("order:A", expires_at=SOON + timedelta(days=7), at=NOW)

    assert release_expired(at=SOON) == 0
    assert release_expired(at=SOON + timedelta(days=7)) == 1


def test_releasing_gives_back_everything_once():
    StockItemFactory(sku="MUG", on_hand=4)
    reserve_stock({"MUG": 3}, holder="order:A", expires_at=None, at=NOW)

    release_stock("order:A", at=NOW)
    release_stock("order:A", at=NOW)

    assert level("MUG") == (4, 0)


def test_shipping_takes_units_off_the_books_with_a_movement():
    StockItemFactory(sku="MUG", on_hand=4)
    reserve_stock({"MUG": 3}, holder="order:A", expires_at=None, at=NOW)

    consume_stock("order:A", {"MUG": 2}, reference="LN-1", actor=SYSTEM, at=NOW)
    assert level("MUG") == (2, 1)
    consume_stock("order:A", {"MUG": 1}, reference="LN-1", actor=SYSTEM, at=NOW)

    assert level("MUG") == (1, 0)
    shipped = Movement.objects.filter(kind=MovementKind.SHIPPED).order_by("pk")
    assert [(each.quantity, each.reference) for each in shipped] == [(-2, "LN-1"), (-1, "LN-1")]
    assert Reservation.objects.get().state == ReservationState.CONSUMED


def test_nobody_ships_more_than_is_reserved():
    StockItemFactory(sku="MUG", on_hand=9)
    reserve_stock({"MUG": 1}, holder="order:A", expires_at=None, at=NOW)

    with pytest.raises(StockConflict):
        consume_stock("order:A", {"MUG": 2}, reference="LN-1", actor=SYSTEM, at=NOW)

    assert level("MUG") == (9, 1)


def test_what_is_not_in_the_house_cannot_ship():
    StockItemFactory(sku="MUG", on_hand=0, backorder_limit=5)
    reserve_stock({"MUG": 1}, holder="order:A", expires_at=None, at=NOW)

    with pytest.raises(StockConflict):
        consume_stock("order:A", {"MUG": 1}, reference="LN-1", actor=SYSTEM, at=NOW)

    assert level("MUG") == (0, 1)


def ship(sku: str, units: int, *, reference: str) -> None:
    reserve_stock({sku: units}, holder=reference, expires_at=None, at=NOW)
    consume_stock(reference, {sku: units}, reference=reference, actor=SYSTEM, at=NOW)


def test_a_return_brings_units_back():
    StockItemFactory(sku="MUG", on_hand=2)
    ship("MUG", 2, reference="LN-1")

    restock({"MUG": 2}, reference="LN-1", actor=SYSTEM, at=NOW)

    assert level("MUG") == (2, 0)
    movement = Movement.objects.get(kind="returned")
    assert (movement.quantity, movement.reference) == (2, "LN-1")
    assert told()[-1] == ("StockLevelChanged", {"sku": "MUG", "sellable": 2, "available": 2})


def test_no_more_comes_back_than_has_left():
    StockItemFactory(sku="MUG", on_hand=5)
    ship("MUG", 2, reference="LN-1")
    ship("MUG", 1, reference="LN-2")

    for _again in range(3):
        restock({"MUG": 2}, reference="LN-1", actor=SYSTEM, at=NOW)
    restock({"MUG": 2}, reference="LN-3", actor=SYSTEM, at=NOW)

    assert level("MUG") == (4, 0)
    assert Movement.objects.filter(kind="returned").count() == 1


def test_adjusting_writes_the_reason_beside_the_units():
    StockItemFactory(sku="MUG", on_hand=4)

    assert adjust_stock("MUG", delta=-3, reason="broken", actor=SYSTEM, at=NOW).on_hand == 1
    assert adjust_stock("MUG", set_to=7, reason="counted", actor=SYSTEM, at=NOW).on_hand == 7
    assert adjust_stock("MUG", set_to=7, reason="counted", actor=SYSTEM, at=NOW).on_hand == 7

    moves = Movement.objects.filter(kind="adjusted").order_by("pk").values_list("quantity", "cause")
    assert list(moves) == [(-3, "broken"), (6, "counted")]


@pytest.mark.parametrize("change", [{"delta": -4}, {"set_to": 1}, {"delta": -11}])
def test_adjusting_never_goes_below_what_is_promised(change):
    StockItemFactory(sku="MUG", on_hand=5)
    reserve_stock({"MUG": 2}, holder="order:A", expires_at=None, at=NOW)

    with pytest.raises(StockConflict):
        adjust_stock("MUG", **change, reason="counted", actor=SYSTEM, at=NOW)

    assert level("MUG") == (5, 2)
    assert Movement.objects.count() == 1


@pytest.mark.parametrize("change", [{}, {"delta": 0}, {"delta": 1, "set_to": 1}, {"set_to": -1}])
def test_an_adjustment_needs_one_number_that_means_something(change):
    StockItemFactory(sku="MUG", on_hand=5)

    with pytest.raises(Invalid):
        adjust_stock("MUG", **change, reason="", actor=SYSTEM, at=NOW)

    assert level("MUG") == (5, 0)


def test_crossing_sold_out_and_low_is_told_and_nothing_else():
    StockItemFactory(sku="MUG", on_hand=5, low_stock_threshold=2)

    reserve_stock({"MUG": 1}, holder="A", expires_at=SOON, at=NOW)
    reserve_stock({"MUG": 2}, holder="B", expires_at=SOON, at=NOW)
    reserve_stock({"MUG": 2}, holder="C", expires_at=SOON, at=NOW)
    release_stock("C", at=NOW)

    assert [payload for _type, payload in told()] == [
        {"sku": "MUG", "sellable": 2, "available": 2},
        {"sku": "MUG", "sellable": 0, "available": 0},
        {"sku": "MUG", "sellable": 2, "available": 2},
    ]


def test_a_new_backorder_limit_opens_the_sale_and_tells_it():
    StockItemFactory(sku="MUG", on_hand=0)

    change_limits("MUG", backorder_limit=4, low_stock_threshold=0, at=NOW)

    assert told() == [("StockLevelChanged", {"sku": "MUG", "sellable": 4, "available": 0})]
    reserve_stock({"MUG": 3}, holder="A", expires_at=None, at=NOW)
    with pytest.raises(StockConflict):
        change_limits("MUG", backorder_limit=2, low_stock_threshold=0, at=NOW)
    assert StockItem.objects.get().backorder_limit == 4


def test_a_sku_has_one_stock_item():
    create_stock_item("MUG", on_hand=3, actor=SYSTEM, at=NOW)

    with pytest.raises(StockConflict):
        create_stock_item("MUG", on_hand=9, actor=SYSTEM, at=NOW)

    assert level("MUG") == (3, 0)
    assert Movement.objects.get().quantity == 3


def test_the_books_add_up_after_all_of_it():
    StockItemFactory(sku="MUG", on_hand=9)
    reserve_stock({"MUG": 3}, holder="A", expires_at=None, at=NOW)
    reserve_stock({"MUG": 2}, holder="B", expires_at=SOON, at=NOW)
    consume_stock("A", {"MUG": 1}, reference="1", actor=SYSTEM, at=NOW)
    release_expired(at=SOON)
    restock({"MUG": 1}, reference="1", actor=SYSTEM, at=NOW)
    adjust_stock("MUG", delta=-2, reason="lost", actor=SYSTEM, at=NOW)

    assert [breach for invariant, breach in check(at=SOON) if breach] == []
    assert level("MUG") == (7, 2)


# Changing what is reserved ------------------------------------------------------------------------


def test_only_the_difference_of_a_reservation_moves():
    for sku in ("CUP", "LAMP", "MUG"):
        StockItemFactory(sku=sku, on_hand=5)
    until = NOW + timedelta(minutes=15)
    reserve_stock({"CUP": 2, "MUG": 5}, holder="order:A", expires_at=until, at=NOW)

    change_reservation("order:A", {"CUP": 0, "LAMP": 3, "MUG": 4}, expires_at=until, at=NOW)

    assert dict(StockItem.objects.values_list("sku", "reserved")) == {
        "CUP": 0,
        "LAMP": 3,
        "MUG": 4,
    }
    assert set(Reservation.objects.values_list("stock_item__sku", "quantity", "state")) == {
        ("CUP", 0, "released"),
        ("LAMP", 3, "held"),
        ("MUG", 4, "held"),
    }
    assert allocate_stock("order:A", at=NOW)


def test_a_change_that_is_short_of_one_unit_changes_nothing():
    StockItemFactory(sku="CUP", on_hand=5)
    StockItemFactory(sku="MUG", on_hand=5)
    reserve_stock({"CUP": 2, "MUG": 1}, holder="order:A", expires_at=None, at=NOW)
    reserve_stock({"MUG": 4}, holder="order:B", expires_at=None, at=NOW)

    with pytest.raises(InsufficientStock) as refusal:
        change_reservation("order:A", {"CUP": 1, "MUG": 2}, expires_at=None, at=NOW)

    assert refusal.value.details["requested"] == 1
    assert dict(StockItem.objects.values_list("sku", "reserved")) == {"CUP": 2, "MUG": 5}


def test_a_change_takes_units_whose_hold_is_over():
    StockItemFactory(sku="MUG", on_hand=2)
    reserve_stock({"MUG": 1}, holder="order:A", expires_at=None, at=NOW)
    reserve_stock({"MUG": 1}, holder="order:B", expires_at=NOW, at=NOW - timedelta(minutes=15))

    change_reservation("order:A", {"MUG": 2}, expires_at=None, at=NOW)

    assert Reservation.objects.get(holder="order:B").state == "released"
    assert StockItem.objects.get().reserved == 2
