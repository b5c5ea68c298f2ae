"""The dashboard, counted views and the palette."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from reports.figures import sales, span_of
from tests.backoffice import data as make
from tests.backoffice.forms import page_of, queries_of

pytestmark = pytest.mark.django_db


def test_the_dashboard_counts_what_was_sold(carol):
    at = timezone.now()
    make.order("A", placed_at=at)
    make.order("B", placed_at=at - timedelta(days=40))
    make.order("C", is_paid=False, placed_at=at)

    now = sales(span_of(30, at=at))

    assert (now.total_minor, now.order_count, now.average_minor) == (3800, 1, 3800)
    assert "€38.00" in carol.get("/admin/").content.decode()


def test_a_warm_dashboard_asks_only_who_is_there(carol, count_queries):
    make.order("A")

    assert queries_of(carol, "/admin/", count_queries) <= 3


def test_views_count_what_waits(carol):
    make.order("A")
    make.order("B", is_paid=False)

    html = carol.get(reverse("admin:orders_order_changelist") + "?waits=to_ship").content.decode()

    assert re.search(r'aria-current="page"\s*>\s*To ship <span class="n">1</span>', html)
    assert re.search(r'>\s*Unpaid <span class="n">1</span>', html)
    assert html.count('class="data-row"') == 1


def test_the_palette_finds_orders_products_and_customers(carol):
    order = make.order("POT")

    html = carol.get("/admin/search/", {"s": order.number[:8], "extended": "1"}).content.decode()
    names = carol.get("/admin/search/", {"s": "teapot", "extended": "1"}).content.decode()

    assert page_of(order) in html
    assert "Teapot POT" in names
