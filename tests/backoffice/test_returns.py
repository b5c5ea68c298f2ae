"""Returns in the back office: answered by support, received by fulfillment, on the
page of their order.
"""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from inventory.models import StockItem
from orders.fulfillment import fulfill_order
from orders.models import Credit, Return, ReturnReceipt
from orders.returns import Wanted, approve_return, request_return
from orders.tests.factories import CAROL, make_order
from shop.core.actors import GUEST
from tests.backoffice.forms import staff

pytestmark = pytest.mark.django_db


def asked(units: int = 2, **options: Any) -> Return:
    options.setdefault("items", {"MUG": 3})
    order = make_order(payment_method="cash", at=timezone.now(), **options)
    fulfill_order(order, actor=CAROL, at=timezone.now())
    items = [Wanted(item.pk, min(units, item.quantity)) for item in order.items.all()]
    return request_return(order, items=items, actor=GUEST, at=timezone.now())


def approved(units: int = 2) -> Return:
    return approve_return(asked(units), actor=CAROL, at=timezone.now())


def page(claim: Return) -> str:
    return reverse("admin:orders_return_change", args=[claim.pk])


def parcel(claim: Return, shelf: int, lost: int = 0, **changes: Any) -> dict[str, Any]:
    row = claim.items.get()
    return {
        "act": "receive",
        "receive-key": str(uuid.uuid4()),
        f"receive-restock_{row.pk}": shelf,
        f"receive-write_off_{row.pk}": lost,
        **{f"receive-{name}": value for name, value in changes.items()},
    }


def test_what_waits_stands_first_and_is_counted(carol):
    waits = asked(email="bob@example.com")
    approved()

    html = carol.get(reverse("admin:orders_return_changelist")).content.decode()
    home = carol.get("/admin/").content.decode()

    assert html.index(waits.number) < html.index(Return.objects.exclude(pk=waits.pk).get().number)
    assert re.search(r"Returns to review\s*<b>1</b>", home)


def test_support_approves_a_part_with_a_message():
    claim = asked()
    row = claim.items.get()

    response = staff("support").post(
        page(claim),
        {"act": "approve", f"answer-quantity_{row.pk}": 1, "answer-message": "One of them."},
    )

    claim.refresh_from_db()
    assert response.status_code == 302
    assert (claim.status, claim.answer) == ("approved", "One of them.")
    assert claim.items.get().approved_quantity == 1


def test_support_declines_with_a_reason_only():
    claim, client = asked(), staff("support")

    silent = client.post(page(claim), {"act": "decline", "answer-message": ""})
    client.post(page(claim), {"act": "decline", "answer-message": "Worn."})

    claim.refresh_from_db()
    assert silent.status_code == 422
    assert "Enter a reason." in silent.content.decode()
    assert (claim.status, claim.answer) == ("declined", "Worn.")


def test_fulfillment_receives_in_parts_and_a_double_click_counts_once():
    claim, client = approved(), staff("fulfillment")
    data = parcel(claim, 1, deduction="2.50", message="A scratch.")

    first = client.post(page(claim), data)
    client.post(page(claim), data)
    client.post(page(claim), parcel(claim, 0, 1))

    claim.refresh_from_db()
    assert first.status_code == 302
    assert claim.status == "closed"
    assert [credit.amount_minor for credit in Credit.objects.all()] == [1750, 2000]
    assert ReturnReceipt.objects.count() == 2
    assert StockItem.objects.get(sku="MUG").on_hand == 8


@pytest.mark.parametrize(
    ("shelf", "lost", "changes"),
    [(0, 0, {}), (3, 0, {}), (2, 1, {}), (-1, 0, {}), (1, 0, {"deduction": "20.01"})],
)
def test_a_parcel_that_cannot_be_stands_on_the_form(shelf, lost, changes):
    claim = approved()

    response = staff("fulfillment").post(page(claim), parcel(claim, shelf, lost, **changes))

    assert response.status_code == 422
    assert (ReturnReceipt.objects.count(), Credit.objects.count()) == (0, 0)


def test_support_closes_what_never_came():
    claim = approved()

    staff("support").post(page(claim), {"act": "close"})

    claim.refresh_from_db()
    assert claim.status == "closed"


@pytest.mark.parametrize(
    ("group", "act"),
    [("fulfillment", "approve"), ("finance", "decline"), ("support", "receive")],
)
def test_an_act_without_the_right_is_refused(group, act):
    claim = approved() if act == "receive" else asked()

    response = staff(group).post(page(claim), {"act": act})

    claim.refresh_from_db()
    assert response.status_code == 403
    assert claim.status == ("approved" if act == "receive" else "requested")


def test_an_act_that_comes_too_late_is_told():
    claim = approved()

    response = staff("support").post(page(claim), {"act": "approve"}, follow=True)

    assert "no longer possible because the return has changed" in response.content.decode()


def test_the_page_of_the_order_shows_its_returns(carol):
    claim = asked()

    html = carol.get(reverse("admin:orders_order_change", args=[claim.order_id])).content.decode()

    assert page(claim) in html


def test_who_may_not_see_orders_sees_no_returns():
    claim = asked()
    client = staff("catalog")

    assert client.get(page(claim)).status_code == 403
    assert client.get(reverse("admin:orders_return_changelist")).status_code == 403


@pytest.mark.parametrize("path", ["0", "99999", "abc"])
def test_there_is_no_such_return(path, carol):
    assert carol.get(f"/admin/orders/return/{path}/change/").status_code == 404


@pytest.mark.parametrize("count", [1, 12])
def test_the_page_costs_the_same_for_one_thing_and_for_many(
    count, django_assert_num_queries, carol
):
    claim = asked(items={f"SKU{number}": 1 for number in range(count)})
    carol.get(page(claim))

    with django_assert_num_queries(6):
        carol.get(page(claim))


def test_the_list_costs_the_same_for_one_return_and_for_many(django_assert_num_queries, carol):
    url = reverse("admin:orders_return_changelist")
    asked()
    carol.get(url)
    with django_assert_num_queries(6):
        carol.get(url)
    for number in range(5):
        asked(email=f"guest{number}@example.com", items={f"SKU{number}": 1})

    with django_assert_num_queries(6):
        carol.get(url)
