"""Saved views: a name for what a list shows, as a tab for its owner alone."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import SavedView
from accounts.tests.factories import AdminFactory

pytestmark = pytest.mark.django_db

LIST = "/admin/orders/order/"
QUERY = "payment_status__exact=paid"


@pytest.fixture
def carol() -> Client:
    client = Client()
    client.user = AdminFactory()
    client.force_login(client.user)
    return client


def save_address(model: str = "orders.order", query: str = QUERY) -> str:
    return f"{reverse('admin:save_view')}?{urlencode({'model': model, 'query': query})}"


def test_a_filtered_list_offers_to_save_the_view(carol):
    page = carol.get(f"{LIST}?{QUERY}&o=1").content.decode()

    assert "+ Save view" in page
    assert "+ Save view" not in carol.get(LIST).content.decode()
    assert "+ Save view" not in carol.get(f"{LIST}?waits=to_ship").content.decode()


def test_a_saved_view_is_a_tab_above_its_list(carol):
    response = carol.post(save_address(), {"name": "Paid"})

    view = SavedView.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"{LIST}?{QUERY}")
    assert (view.owner, view.model, view.name, view.query) == (
        carol.user,
        "orders.order",
        "Paid",
        QUERY,
    )
    page = carol.get(f"{LIST}?{QUERY}").content.decode()
    assert ">Paid<" in page.replace("\n", "").replace("  ", "")
    assert "+ Save view" not in page


def test_any_list_has_views(carol):
    carol.post(save_address("catalog.product", "status__exact=draft"), {"name": "Drafts"})

    assert "Drafts" in carol.get("/admin/catalog/product/").content.decode()
    assert "Drafts" not in carol.get(LIST).content.decode()


def test_a_view_is_its_owners_alone(carol):
    other = AdminFactory(email="dora@example.com")
    view = SavedView.objects.create(owner=other, model="orders.order", name="Hers", query=QUERY)

    assert "Hers" not in carol.get(LIST).content.decode()
    assert carol.post(reverse("admin:remove_view", args=[view.pk])).status_code == 404
    assert SavedView.objects.count() == 1


def test_a_view_is_removed_after_a_question(carol):
    view = SavedView.objects.create(
        owner=carol.user, model="orders.order", name="Paid", query=QUERY
    )
    address = reverse("admin:remove_view", args=[view.pk])
    assert address in carol.get(f"{LIST}?{QUERY}").content.decode()
    assert carol.get(address).status_code == 200
    assert SavedView.objects.count() == 1

    response = carol.post(address)

    assert response.status_code == 302
    assert SavedView.objects.count() == 0


@pytest.mark.parametrize(("name", "status"), [("", 422), ("Paid", 422), ("x" * 41, 422)])
def test_a_name_is_needed_once_a_list(carol, name, status):
    SavedView.objects.create(owner=carol.user, model="orders.order", name="Paid", query="q=a")

    response = carol.post(save_address(), {"name": name})

    assert response.status_code == status
    assert SavedView.objects.count() == 1


@pytest.mark.parametrize(
    ("model", "query"),
    [
        ("", QUERY),
        ("orders", QUERY),
        ("x.y", QUERY),
        ("orders.credititem", QUERY),
        ("orders.order", ""),
        ("orders.order", "p=2"),
    ],
)
def test_what_is_no_view_of_a_list_is_not_saved(carol, model, query):
    assert carol.post(save_address(model, query), {"name": "Odd"}).status_code == 404
    assert SavedView.objects.count() == 0


def test_shoppers_have_no_views(client, alice):
    client.force_login(alice)

    assert client.get(save_address()).status_code in {302, 403}
    assert client.post(save_address(), {"name": "Mine"}).status_code in {302, 403}
    assert SavedView.objects.count() == 0
