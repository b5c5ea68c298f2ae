"""Returns: asked for, answered, received in part, credited, and never a unit or a cent too many."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from inventory.models import Movement, StockItem
from orders.errors import (
    ItemNotReturnable,
    QuantityNotExpected,
    QuantityNotReturnable,
    ReturnClosed,
    ReturnNotPossible,
)
from orders.fulfillment import fulfill_order, mark_delivered
from orders.models import Credit, Order, OrderItem, Return, ReturnReceipt
from orders.returns import (
    Arrived,
    Wanted,
    approve_return,
    cancel_return,
    close_return,
    decline_return,
    receive_return,
    request_return,
)
from orders.returns.periods import return_period, working_day
from orders.states import Act, ReturnKind
from orders.tests.factories import CAROL, NOON, make_order
from shop.core.actors import GUEST
from shop.core.errors import Invalid
from shop.core.models import AuditEntry, OutboxEvent

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=3)


def sent(units: int | None = None, **options: object) -> Order:
    """An order for mugs at 20.00 EUR, delivered: paid on delivery, three of them
    unless said otherwise.
    """
    options.setdefault("items", {"MUG": 3})
    order = make_order(payment_method="cash", **options)
    item = order.items.get()
    fulfill_order(order, quantities={item.pk: units or item.quantity}, actor=CAROL, at=NOON)
    mark_delivered(order, actor=CAROL, at=NOON)
    return Order.objects.get(pk=order.pk)


def ask(order: Order, units: int, *, at: datetime = LATER, **options: object) -> Return:
    options.setdefault("actor", GUEST)
    return request_return(order, items=[Wanted(order.items.get().pk, units)], at=at, **options)


def approved(order: Order, units: int) -> Return:
    return approve_return(ask(order, units), actor=CAROL, at=LATER)


def receive(
    claim: Return, restocked: int = 0, written_off: int = 0, **options: object
) -> ReturnReceipt:
    row = claim.items.get()
    arrived = {row.pk: Arrived(restocked, written_off)}
    return receive_return(claim, units=arrived, actor=CAROL, at=LATER, **options)


def counts(order: Order) -> tuple[int, int, int]:
    """On their way back, came back, credited."""
    item = order.items.get()
    return item.returning_quantity, item.returned_quantity, item.credited_quantity


def kinds(order: Order) -> list[str]:
    return [event.kind for event in order.events.all() if event.kind.startswith("return")]


def told(order: Order) -> list[str]:
    rows = OutboxEvent.objects.filter(payload__order_id=order.pk, type__contains="Return")
    return [row.type for row in rows.order_by("pk")]


def test_a_return_claims_its_units_and_waits_for_an_answer():
    order = sent()

    claim = ask(order, 2, note=" Too blue. ")

    assert (claim.number, claim.status, claim.note) == (
        f"{order.number}-R1",
        "requested",
        "Too blue.",
    )
    assert counts(order) == (2, 0, 0)
    assert kinds(order) == ["return_requested"]
    assert told(order) == ["ReturnRequested"]


def test_units_are_claimed_once():
    order = sent()
    ask(order, 2)

    with pytest.raises(QuantityNotReturnable) as refusal:
        ask(order, 2)

    assert refusal.value.details["open"] == 1
    assert Return.objects.count() == 1
    assert counts(order) == (2, 0, 0)


def test_only_what_was_sent_comes_back():
    order = sent(1)

    with pytest.raises(QuantityNotReturnable):
        ask(order, 2)

    assert Return.objects.count() == 0
    assert ask(order, 1).status == "requested"


def test_an_order_that_was_not_sent_has_nothing_to_return():
    order = make_order(payment_method="cash")

    with pytest.raises(ReturnNotPossible):
        ask(order, 1)

    assert Return.objects.count() == 0


@pytest.mark.parametrize("items", [[], [Wanted(0, 1)], [Wanted(10**6, 1)]])
def test_a_return_names_units_of_its_order(items):
    order = sent()

    with pytest.raises(Invalid):
        request_return(order, items=items, actor=GUEST, at=LATER)

    assert Return.objects.count() == 0
    assert counts(order) == (0, 0, 0)


def test_a_reason_is_one_of_the_list():
    order = sent()

    with pytest.raises(Invalid):
        request_return(
            order, items=[Wanted(order.items.get().pk, 1, "because")], actor=GUEST, at=LATER
        )

    assert counts(order) == (0, 0, 0)


def test_what_is_not_taken_back_is_told_to_shoppers_and_staff_may_all_the_same():
    order = sent()
    OrderItem.objects.update(is_returnable=False)

    with pytest.raises(ItemNotReturnable, match="Mug can't be returned"):
        ask(order, 1)

    assert counts(order) == (0, 0, 0)
    assert ask(order, 1, actor=CAROL).status == "requested"


def test_approving_fewer_frees_the_others():
    order = sent()
    claim = ask(order, 3)

    claim = approve_return(
        claim, quantities={claim.items.get().pk: 1}, message="One of them.", actor=CAROL, at=LATER
    )

    assert (claim.status, claim.answer) == ("approved", "One of them.")
    assert counts(order) == (1, 0, 0)
    assert told(order) == ["ReturnRequested", "ReturnApproved"]
    assert AuditEntry.objects.get(action="order.return.approve").changes == {"units": [None, 1]}


def test_more_than_was_asked_for_is_not_approved():
    claim = ask(sent(), 2)

    for units in (3, 0, -1):
        with pytest.raises(Invalid):
            approve_return(claim, quantities={claim.items.get().pk: units}, actor=CAROL, at=LATER)

    claim.refresh_from_db()
    assert claim.status == "requested"


def test_declining_needs_a_reason_and_frees_the_units():
    order = sent()
    claim = ask(order, 2)

    with pytest.raises(Invalid):
        decline_return(claim, message=" ", actor=CAROL, at=LATER)
    claim = decline_return(claim, message="It was used.", actor=CAROL, at=LATER)

    assert (claim.status, claim.answer, counts(order)) == ("declined", "It was used.", (0, 0, 0))
    assert kinds(order) == ["return_requested", "return_declined"]


def test_a_return_is_answered_once():
    claim = approved(sent(), 2)

    for act in (
        lambda: approve_return(claim, actor=CAROL, at=LATER),
        lambda: decline_return(claim, message="No", actor=CAROL, at=LATER),
    ):
        with pytest.raises(ReturnClosed):
            act()

    claim.refresh_from_db()
    assert claim.status == "approved"


def test_what_arrives_goes_on_the_shelf_and_is_credited():
    order = sent()
    claim = approved(order, 2)

    receipt = receive(claim, restocked=2)

    claim.refresh_from_db()
    assert (claim.status, receipt.units, receipt.credit.amount_minor) == ("closed", 2, 4000)
    assert StockItem.objects.get(sku="MUG").on_hand == 9
    assert counts(order) == (0, 2, 2)
    assert list(Credit.objects.values_list("kind", "amount_minor", "tax_minor")) == [
        ("return", 4000, 639)
    ]
    order.refresh_from_db()
    assert order.credited_minor == 4000
    assert kinds(order) == ["return_requested", "return_approved", "return_received"]


def test_what_is_not_fit_to_be_sold_is_written_off():
    claim = approved(sent(), 3)

    receive(claim, restocked=1, written_off=2)

    assert StockItem.objects.get(sku="MUG").on_hand == 8
    moves = Movement.objects.exclude(kind__in=["received", "shipped"]).order_by("pk")
    assert list(moves.values_list("kind", "quantity")) == [("returned", 3), ("written_off", -2)]
    row = claim.items.get()
    assert (row.received_quantity, row.restocked_quantity, row.written_off_quantity) == (3, 1, 2)


def test_a_return_arrives_in_parts():
    order = sent()
    claim = approved(order, 3)

    first = receive(claim, restocked=1)
    claim.refresh_from_db()
    between = claim.status
    second = receive(claim, restocked=2)

    claim.refresh_from_db()
    assert (between, claim.status) == ("received", "closed")
    assert (first.number, second.number) == (1, 2)
    assert [credit.amount_minor for credit in Credit.objects.all()] == [2000, 4000]


def test_more_than_is_expected_is_not_received():
    order = sent()
    claim = approved(order, 2)
    receive(claim, restocked=1)

    with pytest.raises(QuantityNotExpected):
        receive(claim, restocked=1, written_off=1)

    assert ReturnReceipt.objects.count() == 1
    assert counts(order) == (1, 1, 1)
    assert StockItem.objects.get(sku="MUG").on_hand == 8


def test_what_was_not_approved_is_not_received():
    order = sent()
    claim = ask(order, 2)

    with pytest.raises(ReturnClosed):
        receive(claim, restocked=1)

    assert counts(order) == (2, 0, 0)


def test_a_deduction_is_kept_for_good():
    order = sent()
    claim = approved(order, 3)

    first = receive(claim, written_off=1, deduction_minor=500)
    second = receive(claim, restocked=2)

    assert (first.credit.amount_minor, second.credit.amount_minor) == (1500, 4000)


def test_all_of_the_price_may_be_deducted():
    order = sent()
    claim = approved(order, 3)

    first = receive(claim, written_off=1, deduction_minor=2000)
    second = receive(claim, restocked=2)

    assert (first.credit.amount_minor, second.credit.amount_minor) == (0, 4000)
    assert OutboxEvent.objects.filter(type="CreditGranted").count() == 1


@pytest.mark.parametrize("amount", [-1, 2001])
def test_no_more_than_the_price_is_deducted(amount):
    order = sent()
    claim = approved(order, 3)

    with pytest.raises(Invalid) as refusal:
        receive(claim, restocked=1, deduction_minor=amount)

    assert list(refusal.value.errors) == ["deduction"]
    assert counts(order) == (3, 0, 0)
    assert StockItem.objects.get(sku="MUG").on_hand == 7


def test_delivery_is_credited_when_it_is_asked_for():
    claim = approved(sent(), 1)

    receipt = receive(claim, restocked=1, include_shipping=True, deduction_minor=500)

    assert (receipt.credit.amount_minor, receipt.credit.shipping_minor) == (1990, 490)


def test_a_withdrawal_approves_itself_and_its_last_unit_takes_the_delivery_along():
    order = sent()

    claim = ask(order, 3, kind=ReturnKind.WITHDRAWAL)
    first = receive(claim, restocked=1)
    second = receive(claim, restocked=2)

    assert told(order)[0] == "ReturnApproved"
    assert first.credit.amount_minor == 2000
    assert (second.credit.amount_minor, second.credit.shipping_minor) == (4490, 490)
    order.refresh_from_db()
    assert order.credited_minor == order.total_minor


def test_a_withdrawal_of_a_part_leaves_the_delivery():
    claim = ask(sent(), 2, kind=ReturnKind.WITHDRAWAL)

    assert receive(claim, restocked=2).credit.shipping_minor == 0


def test_a_shopper_cancels_while_nothing_has_arrived():
    order = sent()

    claim = cancel_return(ask(order, 2), actor=GUEST, at=LATER)

    assert (claim.status, counts(order)) == ("canceled", (0, 0, 0))
    assert told(order) == ["ReturnRequested", "ReturnClosed"]


def test_a_return_that_has_arrived_in_part_is_not_canceled():
    order = sent()
    claim = approved(order, 2)
    receive(claim, restocked=1)

    with pytest.raises(ReturnClosed):
        cancel_return(claim, actor=GUEST, at=LATER)

    assert counts(order) == (1, 1, 1)


def test_closing_frees_what_never_came():
    order = sent()
    claim = approved(order, 2)
    receive(claim, restocked=1)

    claim = close_return(claim, actor=CAROL, at=LATER)

    assert (claim.status, counts(order)) == ("closed", (0, 1, 1))
    assert ask(order, 2).status == "requested"


# The period ---------------------------------------------------------------------------------------
def test_a_return_counts_from_the_arrival(settings):
    settings.RETURN_DAYS = 30
    order = sent()

    late = datetime(2026, 12, 23, 22, 59, tzinfo=UTC)
    assert return_period(order, ReturnKind.RETURN, at=late).is_open
    with pytest.raises(ReturnNotPossible) as refusal:
        ask(order, 1, at=late + timedelta(minutes=2))

    assert refusal.value.details == {"until": "2026-12-23"}
    assert Return.objects.count() == 0


def test_staff_may_take_things_back_after_the_period(settings):
    settings.RETURN_DAYS = 14

    assert ask(sent(), 1, at=NOON + timedelta(days=90), actor=CAROL).status == "requested"


def test_a_country_may_have_another_period(settings):
    settings.RETURN_DAYS, settings.RETURN_DAYS_BY_COUNTRY = 14, {"DE": 100}

    assert ask(sent(), 1, at=NOON + timedelta(days=99)).status == "requested"


@pytest.mark.parametrize(
    ("days", "is_open"), [(0, True), (13, True), (14, True), (15, False), (60, False)]
)
def test_a_withdrawal_has_fourteen_days(days, is_open):
    order = sent()  # on a Monday, so that the fourteenth day is one too

    period = return_period(order, ReturnKind.WITHDRAWAL, at=NOON + timedelta(days=days))

    assert (period.is_open, f"{period.last_day}") == (is_open, "2026-12-07")


def test_no_legal_period_ends_on_a_weekend():
    friday = datetime(2026, 12, 4, tzinfo=UTC).date()

    days = [working_day(friday + timedelta(days=days)) for days in range(4)]

    assert [f"{day:%a}" for day in days] == ["Fri", "Mon", "Mon", "Mon"]


def test_a_withdrawal_stays_open_until_everything_has_arrived():
    order = sent(1)

    period = return_period(order, ReturnKind.WITHDRAWAL, at=NOON + timedelta(days=400))

    assert (period.is_open, period.last_day) == (True, None)


# What the state allows, and the last word
# -----------------------------------------------------------
def test_acts_follow_the_returns_of_an_order():
    from orders.permissions import possible_acts

    order = sent()
    returns = {Act.REQUEST_RETURN, Act.ANSWER_RETURN, Act.RECEIVE_RETURN}

    assert possible_acts(order) & returns == {Act.REQUEST_RETURN}
    claim = ask(order, 1)
    assert possible_acts(order) & returns == {Act.REQUEST_RETURN, Act.ANSWER_RETURN}
    approve_return(claim, actor=CAROL, at=LATER)
    assert possible_acts(order) & returns == returns


@pytest.mark.parametrize(
    "changes",
    [
        {"returning_quantity": 4},
        {"returning_quantity": 2, "returned_quantity": 2},
        {"returning_quantity": 2, "credited_quantity": 2},
    ],
)
def test_the_database_has_the_last_word_on_an_item(changes):
    sent()

    with pytest.raises(IntegrityError), transaction.atomic():
        OrderItem.objects.update(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"approved_quantity": 3},
        {"received_quantity": 1, "restocked_quantity": 1},
        {"approved_quantity": 1, "received_quantity": 1},
        {"quantity": 0},
    ],
)
def test_the_database_has_the_last_word_on_a_return(changes):
    claim = ask(sent(), 2)

    with pytest.raises(IntegrityError), transaction.atomic():
        claim.items.update(**changes)
