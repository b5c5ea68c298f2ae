"""The documents of random orders, whatever is returned and refunded of them: together they are
what the order still costs.
"""

from __future__ import annotations

import random
from collections import defaultdict

import pytest
from django.utils import timezone

from orders.credits.services import open_parts
from orders.invoices import settle_invoices
from orders.models import Invoice, Order
from shop.core.errors import DomainError
from shop.core.integrity import invariants
from tests.test_random_returns import COUNT, finish, make, step

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(3600)]
# Currencies of 0, 2 and 3 decimals, tax in the prices or on top, promotions of every
# kind: `make` draws the cart.
PROMISES = {"I24", "I24b", "I24c", "I24d"}


def documents_say(order: Order) -> dict[int | None, tuple[int, int]]:
    """What invoices less credit notes leave of each item and of delivery: amount and tax in it."""
    left: dict[int | None, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for document in Invoice.objects.of_order(order).for_document():
        sign = -1 if document.is_credit_note else 1
        for line in document.lines.all():
            amount, tax = left[line.order_item_id]
            left[line.order_item_id] = (
                amount + sign * line.total_minor,
                tax + sign * line.tax_minor,
            )
    return {key: figures for key, figures in left.items() if figures != (0, 0)}


def books_say(order: Order) -> dict[int | None, tuple[int, int]]:
    """What credits leave of each item and of delivery."""
    return {
        part.key: (part.amount_minor, part.tax_minor)
        for part in open_parts(order)
        if (part.amount_minor, part.tax_minor) != (0, 0)
    }


@pytest.mark.parametrize("batch", range(4))
def test_invoices_less_credit_notes_are_what_credits_leave(batch: int):
    for number in range(batch, COUNT // 2, 4):
        dice = random.Random(number)
        order = make(number)
        for _step in range(dice.randint(2, 10)):
            try:
                step(order, dice)
            except DomainError:
                continue
            if dice.random() < 0.6:
                settle_invoices(order.pk, at=timezone.now())
                order.refresh_from_db()
                assert documents_say(order) == books_say(order), f"seed {number}"
        finish(order)
        settle_invoices(order.pk, at=timezone.now())

        order.refresh_from_db()
        assert documents_say(order) == books_say(order) == {}, f"seed {number}"
        assert order.invoiced_minor == order.credit_noted_minor == order.total_minor
        assert settle_invoices(order.pk, at=timezone.now()) == []

    broken = [
        (promise.code, list(promise.query(timezone.now())))
        for promise in invariants()
        if promise.code in PROMISES
    ]
    assert [row for row in broken if row[1]] == []
