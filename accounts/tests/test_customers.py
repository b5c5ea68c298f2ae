"""One's own profile and address book, and what others cannot see of it."""

from __future__ import annotations

import pytest

from accounts.models import Address, Consent, Customer
from accounts.tests.factories import (
    AddressFactory,
    CustomerFactory,
    StaffFactory,
    address_input,
)

pytestmark = pytest.mark.django_db
BOOK = "/api/customers/me/addresses"


def test_the_first_address_becomes_usual_for_both(api_of, alice):
    answer = api_of(alice).post(BOOK, address_input())

    assert answer.status_code == 201
    data = answer.json()["data"]
    assert (data["is_default_shipping"], data["is_default_billing"]) == (True, True)
    assert data["city"] == "Berlin"


def test_a_new_usual_address_replaces_the_old_one(api_of, alice):
    old = AddressFactory(customer=alice.customer, is_default_shipping=True, is_default_billing=True)

    api_of(alice).post(BOOK, address_input(is_default_shipping=True))

    old.refresh_from_db()
    assert (old.is_default_shipping, old.is_default_billing) == (False, True)
    assert Address.objects.filter(is_default_shipping=True).count() == 1


def test_an_address_changes_in_part_by_its_countrys_rules(api_of, alice):
    address = AddressFactory(customer=alice.customer)
    client = api_of(alice)

    changed = client.patch(f"{BOOK}/{address.pk}", {"city": "Potsdam", "postal_code": "14467"})
    refused = client.patch(f"{BOOK}/{address.pk}", {"country": "US"})

    assert changed.status_code == 200
    assert refused.status_code == 400
    address.refresh_from_db()
    assert (address.city, address.postal_code, address.country) == ("Potsdam", "14467", "DE")


def test_deleting_the_usual_address_hands_the_role_on(api_of, alice):
    usual = AddressFactory(customer=alice.customer, is_default_shipping=True)
    heir = AddressFactory(customer=alice.customer)

    answer = api_of(alice).delete(f"{BOOK}/{usual.pk}")

    assert answer.status_code == 200
    heir.refresh_from_db()
    assert heir.is_default_shipping


def test_a_book_holds_fifty_addresses(api_of, alice):
    for _ in range(50):
        AddressFactory(customer=alice.customer)

    answer = api_of(alice).post(BOOK, address_input())

    assert (answer.status_code, answer.json()["code"]) == (409, "address_book_full")
    assert Address.objects.count() == 50


@pytest.mark.parametrize("method", ["get", "patch", "put", "delete"])
def test_nobody_reaches_anothers_address(api_of, alice, mallory, method):
    address = AddressFactory(customer=alice.customer, city="Berlin")

    call = getattr(api_of(mallory), method)
    body = [] if method == "get" else [address_input(city="Bonn")]

    answer = call(f"{BOOK}/{address.pk}", *body)
    missing = call(f"{BOOK}/999999", *body)

    assert answer.status_code == missing.status_code == 404
    assert {**answer.json(), "request_id": ""} == {**missing.json(), "request_id": ""}
    assert Address.objects.get().city == "Berlin"


@pytest.mark.parametrize("pk", ["0", "-1", "1e3", "9" * 30, "x", "%00"])
def test_odd_ids_find_nothing(api_of, alice, pk):
    AddressFactory(customer=alice.customer)

    assert api_of(alice).get(f"{BOOK}/{pk}").status_code in {400, 404}


def test_fields_that_are_not_the_clients_are_refused(api_of, alice, bob):
    answer = api_of(alice).post(BOOK, address_input(customer=bob.customer.pk, id=7))

    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {"customer", "id"}
    assert not Address.objects.exists()


@pytest.mark.parametrize("count", [1, 10])
def test_a_book_costs_the_same_for_one_and_for_ten(api_of, alice, count, django_assert_num_queries):
    for _ in range(count):
        AddressFactory(customer=alice.customer)
    client = api_of(alice)

    with django_assert_num_queries(3):  # sign-in, count, rows
        answer = client.get(BOOK)

    assert answer.json()["total"] == count


def test_the_own_profile_shows_and_changes(api_of, alice, django_assert_num_queries):
    client = api_of(alice)

    changed = client.patch(
        "/api/customers/me", {"phone": "030 901820", "has_newsletter": True, "language": "en"}
    )

    assert changed.status_code == 200, changed.json()
    data = changed.json()["data"]
    assert (data["phone"], data["has_newsletter"], data["language"]) == ("030 901820", True, "en")
    assert Consent.objects.get().is_given
    with django_assert_num_queries(4):  # sign-in, the customer made sure of, read, addresses
        client.get("/api/customers/me")


def test_both_profiles_are_the_same_person(api_of, alice):
    client = api_of(alice)

    client.patch("/api/auth/me", {"first_name": "Alice", "last_name": "Linden"})

    assert client.get("/api/customers/me").json()["data"]["name"] == "Alice Linden"


@pytest.mark.parametrize("field", ["role", "email", "is_staff", "password", "customer_id"])
def test_rights_and_identity_are_not_part_of_the_profile(api_of, alice, field):
    answer = api_of(alice).patch("/api/auth/me", {field: "admin"})

    assert answer.status_code == 400
    alice.refresh_from_db()
    assert (alice.role, alice.email) == ("customer", "alice@example.com")


@pytest.mark.parametrize("name", ["A\u202eB", "A\x07B", "A\r\nBcc: x"])
def test_a_name_with_tricks_is_refused(api_of, alice, name):
    assert api_of(alice).patch("/api/auth/me", {"first_name": name}).status_code == 400


@pytest.mark.parametrize("count", [1, 10])
def test_administrators_list_customers_at_a_flat_cost(
    api_of, carol, count, django_assert_num_queries
):
    for _ in range(count):
        CustomerFactory()
    client = api_of(carol)

    with django_assert_num_queries(3):
        answer = client.get("/api/customers")

    assert answer.json()["total"] == count


def test_administrators_find_and_read_a_customer(api_of, carol, alice, bob):
    CustomerFactory(user=None, email="guest@example.com")
    client = api_of(carol)

    found = client.get("/api/customers?q=alice").json()["items"]
    guests = client.get("/api/customers?is_guest=true").json()["items"]
    detail = client.get(f"/api/customers/{alice.customer.pk}").json()["data"]

    assert [row["email"] for row in found] == ["alice@example.com"]
    assert [row["email"] for row in guests] == ["guest@example.com"]
    assert detail["addresses"] == []


@pytest.mark.parametrize("query", ["x=1", "q=a&q=b", "is_guest=maybe", "user__password=x"])
def test_an_unknown_query_is_400(api_of, carol, query):
    assert api_of(carol).get(f"/api/customers?{query}").status_code == 400


@pytest.mark.parametrize("path", ["", "/{pk}"])
def test_customers_are_read_by_staff_with_the_right_only(api, api_of, alice, bob, path):
    url = f"/api/customers{path}".format(pk=alice.customer.pk)

    assert api.get(url).status_code == 401
    assert api_of(bob).get(url).status_code == 403
    assert api_of(StaffFactory(groups=["catalog"])).get(url).status_code == 403
    assert api_of(StaffFactory(groups=["support"])).get(url).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/api/auth/me"),
        ("post", "/api/auth/logout"),
        ("post", "/api/auth/password/change"),
        ("post", "/api/auth/email/change"),
        ("get", "/api/customers/me"),
        ("delete", "/api/customers/me"),
        ("get", "/api/customers/me/export"),
        ("get", BOOK),
        ("post", BOOK),
    ],
)
def test_private_routes_need_sign_in(api, method, path):
    assert getattr(api, method)(path).status_code == 401
    assert not Customer.objects.exists()
