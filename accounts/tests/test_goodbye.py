"""Taking one's data along, and deleting the account."""

from __future__ import annotations

import pytest
from django.db import connection
from django.utils import timezone

from accounts import profile, sign_in
from accounts.errors import LastAdministrator, PasswordWrong
from accounts.models import Address, Consent, Customer, RefreshFamily, User
from accounts.profile.exports import _sections, exports
from accounts.tests.factories import PASSWORD, AddressFactory, AdminFactory
from shop.core.models import OutboxEvent

pytestmark = pytest.mark.django_db


def test_deleting_takes_the_person_and_all_that_is_only_theirs(api_of, alice, mails):
    client = api_of(alice)
    AddressFactory(customer=alice.customer)
    profile.update_profile(alice, has_newsletter=True, at=timezone.now())

    answer = client.delete("/api/customers/me", {"current_password": PASSWORD})

    assert answer.status_code == 200
    assert not User.objects.exists()
    assert not Customer.objects.exists()
    assert not Address.objects.exists()
    assert not RefreshFamily.objects.exists()
    assert "alice" not in Consent.objects.get().email
    assert client.get("/api/auth/me").status_code == 401
    assert mails() == [("account_deleted", "alice@example.com")]
    assert OutboxEvent.objects.get(type="AccountDeleted").payload == {"customer_id": None}


def test_a_customer_with_orders_stays_without_identity(alice, monkeypatch):
    from django.db.models import ProtectedError

    customer = alice.customer

    def protected(self, *args, **kwargs):
        raise ProtectedError("orders", set())

    monkeypatch.setattr(Customer, "delete", protected)
    profile.delete_account(alice, current_password=PASSWORD, at=timezone.now())

    customer.refresh_from_db()
    assert (customer.user, customer.name, customer.phone) == (None, "", "")
    assert customer.email == f"deleted-{customer.pk}@deleted.invalid"
    assert OutboxEvent.objects.get(type="AccountDeleted").payload == {"customer_id": customer.pk}


def test_deleting_needs_the_password(api_of, alice):
    answer = api_of(alice).delete("/api/customers/me", {"current_password": "wrong"})

    assert answer.status_code == 400
    assert User.objects.filter(pk=alice.pk).exists()
    with pytest.raises(PasswordWrong):
        profile.delete_account(alice, current_password="", at=timezone.now())


def test_the_last_administrator_stays(carol):
    with pytest.raises(LastAdministrator):
        profile.delete_account(carol, current_password=PASSWORD, at=timezone.now())

    assert User.objects.filter(pk=carol.pk).exists()
    AdminFactory()
    profile.delete_account(carol, current_password=PASSWORD, at=timezone.now())
    assert not User.objects.filter(pk=carol.pk).exists()


def test_the_export_holds_what_is_known_of_one_person_and_of_no_other(api_of, alice, bob):
    AddressFactory(customer=alice.customer, city="Berlin")
    AddressFactory(customer=bob.customer, city="Bonn")

    data = api_of(alice).get("/api/customers/me/export").json()["data"]

    assert data["account"]["email"] == "alice@example.com"
    assert [address["city"] for address in data["addresses"]] == ["Berlin"]
    assert len(data["api_sign_ins"]) == 1
    assert "password" not in str(data)


def test_higher_apps_add_a_section(alice):
    @exports("things")
    def things(customer: Customer) -> list[int]:
        return [customer.pk]

    try:
        assert profile.export_data(alice)["things"] == [alice.customer.pk]
    finally:
        del _sections["things"]


def test_no_foreign_key_to_a_user_is_left_dangling(alice):
    sign_in.issue_tokens(alice, at=timezone.now())

    profile.delete_account(alice, current_password=PASSWORD, at=timezone.now())

    connection.check_constraints()
