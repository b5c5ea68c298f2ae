"""Half past midnight on New Year's Day in the shop, when UTC still has the old year."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tests.factories import PASSWORD
from catalog.models import Product
from catalog.pages.cards import cards_for
from inventory.models import StockItem
from notifications.services.gift_cards import write_gift_card_mail
from orders.fulfillment import fulfill_order
from orders.invoices import settle_invoices
from orders.models import Invoice, Order
from orders.tests.factories import CAROL, make_order, make_shop, variant
from pricing.gift_cards import Greeting
from pricing.models import TaxRate
from pricing.price_book import PriceBook
from pricing.promotions.descriptions import summary
from pricing.quotes import arrival
from pricing.tests.factories import PromotionFactory, TaxRateFactory, make_gift_card
from reports.figures import span_of
from shop.core import clock

pytestmark = pytest.mark.django_db

NEW_YEAR = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)  # 00:30 in Berlin
FIRST = date(2027, 1, 1)


def test_the_day_is_the_shops():
    assert clock.shop_day(NEW_YEAR) == FIRST
    assert clock.start_of_day(FIRST) == datetime(2026, 12, 31, 23, tzinfo=UTC)
    assert clock.end_of_day(FIRST) == datetime(2027, 1, 1, 23, tzinfo=UTC)


def test_a_day_on_which_clocks_change_is_as_long_as_it_is():
    short, long = date(2027, 3, 28), date(2026, 10, 25)

    assert clock.end_of_day(short).astimezone(UTC) - clock.start_of_day(short).astimezone(
        UTC
    ) == timedelta(hours=23)
    assert clock.end_of_day(long).astimezone(UTC) - clock.start_of_day(long).astimezone(
        UTC
    ) == timedelta(hours=25)


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (clock.show_moment, "Friday 1 January, 00:30"),
        (clock.show_exact, "1 January 2027, 00:30 CET"),
        (clock.show_day, "Friday 1 January"),
        (clock.show_date, "1 January 2027"),
        (clock.show_day_and_month, "1 January"),
        (clock.show_start, "1 January 2027, 00:30"),
        (clock.show_short, "1 Jan 2027, 00:30"),
        (clock.show_short_date, "1 Jan 2027"),
    ],
)
def test_moments_are_shown_on_the_shops_clock(shown, text):
    assert shown(NEW_YEAR) == text


def test_a_period_is_shown_with_the_days_that_belong_to_it():
    midnight = clock.start_of_day(FIRST)

    assert clock.show_start(midnight) == "1 January 2027"
    assert clock.show_end(midnight) == "31 December 2026"


def test_a_tax_rate_begins_with_the_day_in_the_shop():
    old = TaxRateFactory(percent=19, valid_to=FIRST)
    new = TaxRateFactory(percent=21, valid_from=FIRST)

    def in_force(at: datetime) -> list[TaxRate]:
        return PriceBook().tax_rates("DE", at=at)

    assert in_force(NEW_YEAR) == [new]
    assert in_force(clock.start_of_day(FIRST) - timedelta(seconds=1)) == [old]


def test_delivery_is_counted_from_the_day_in_the_shop():
    make_shop()

    first, last = arrival("standard", country="DE", at=NEW_YEAR)

    # New Year's Day is a Friday.
    assert (first, last) == (date(2027, 1, 5), date(2027, 1, 7))


def test_a_sold_out_card_does_not_promise_a_day_that_has_come():
    sold_out = variant("MUG", on_hand=0)
    StockItem.objects.filter(sku="MUG").update(backorder_until=FIRST)
    product = Product.objects.for_listing().get(pk=sold_out.product_id)

    cards = cards_for([product], currency="EUR", at=NEW_YEAR)

    assert cards[product.pk].back_on is None


def test_a_promotion_says_the_last_day_on_which_it_works():
    promotion = PromotionFactory(ends_at=clock.start_of_day(FIRST))

    assert "until 31 December 2026" in summary(promotion)


def test_a_gift_card_mail_says_the_last_day_on_which_it_can_be_spent():
    card = make_gift_card(
        at=NEW_YEAR,
        expires_at=clock.end_of_day(FIRST),
        greeting=Greeting(recipient_email="alice@example.com"),
    )

    mail = write_gift_card_mail(card.pk, at=NEW_YEAR)

    assert mail is not None
    assert "Valid until 1 January 2027." in mail.text


def test_an_invoice_belongs_to_the_year_of_the_shop():
    order = make_order(payment_method="cash", at=NEW_YEAR)
    fulfill_order(order, actor=CAROL, at=NEW_YEAR)
    settle_invoices(order.pk, at=NEW_YEAR)

    invoice = Invoice.objects.get()

    assert "2027" in invoice.number
    assert invoice.supplied_on == FIRST


def test_a_report_of_today_begins_at_the_shops_midnight():
    span = span_of(1, at=NEW_YEAR)

    assert (span.start, span.end) == (clock.start_of_day(FIRST), clock.end_of_day(FIRST))


@time_machine.travel(NEW_YEAR, tick=False)
def test_the_back_office_shows_one_day_in_list_and_page(carol: User):
    order = make_order(at=NEW_YEAR)
    client = Client()
    client.force_login(carol)

    pages = [
        client.get(path).content.decode()
        for path in ("/admin/orders/order/", f"/admin/orders/order/{order.pk}/change/")
    ]

    for page in pages:
        assert "1 Jan 2027, 00:30" in page
        assert "31 Dec" not in page


@time_machine.travel(NEW_YEAR, tick=False)
def test_the_shopper_sees_one_day_in_list_and_page(alice: User):
    order = make_order(customer=alice.customer, at=NEW_YEAR)
    make_order(customer=alice.customer, at=NEW_YEAR + timedelta(hours=1))  # shown at length
    client = Client()
    client.force_login(alice)

    listed = client.get("/account/orders/").content.decode()
    shown = client.get(f"/account/orders/{order.number}/").content.decode()

    assert "1 Jan 2027" in listed
    assert "Friday 1 January, 00:30" in shown


@time_machine.travel(NEW_YEAR, tick=False)
def test_devices_signed_in_are_told_on_the_shops_clock(alice: User):
    client = Client()
    client.post("/account/login/", {"login": alice.email, "password": PASSWORD})

    page = client.get("/account/sessions/").content.decode()

    assert "1 Jan 2027, 00:30" in page


def test_the_api_writes_utc(alice: User):
    order = make_order(customer=alice.customer, at=NEW_YEAR)
    client = APIClient()
    client.force_authenticate(alice)

    data: Any = client.get(f"/api/orders/{order.number}").json()["data"]

    assert data["created_at"] == "2026-12-31T23:30:00Z"


def test_the_database_keeps_utc():
    order = make_order(at=NEW_YEAR)

    kept = Order.objects.values_list("placed_at", flat=True).get(pk=order.pk)

    assert kept == NEW_YEAR
    assert kept.tzinfo == UTC
