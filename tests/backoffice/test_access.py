"""Who may enter the back office, and who may do and see what."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.models import Consent, Customer, User
from accounts.states import Role
from accounts.tests.factories import AdminFactory, CustomerFactory, StaffFactory
from catalog.models import (
    Product,
)
from inventory.models import StockItem
from orders.models import Order
from shop.core.models import AuditEntry
from tests.backoffice import data as make
from tests.backoffice.forms import staff

pytestmark = pytest.mark.django_db


def test_strangers_are_sent_to_the_sign_in_page():
    response = Client().get("/admin/", follow=True)

    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))


def test_a_customer_may_not_enter():
    client = Client()
    client.force_login(CustomerFactory().user)

    assert client.get("/admin/", follow=True).status_code == 403


def test_staff_without_a_second_factor_are_sent_to_set_one_up(settings):
    settings.BACKOFFICE_REQUIRE_MFA = True

    response = staff("support").get("/admin/")

    assert response.status_code == 302
    assert response["Location"] == reverse("mfa_activate_totp")


def test_staff_without_rights_see_home_only_and_learn_who_can_help():
    AdminFactory(email="carol@example.com")
    client = staff()

    home = client.get("/admin/")
    refusal = client.get(reverse("admin:orders_order_changelist"))

    assert home.status_code == 200
    assert home.content.decode().count("data-go=") == 1
    assert refusal.status_code == 403
    assert "carol@example.com" in refusal.content.decode()


@pytest.mark.parametrize(
    ("group", "sees", "not_sees"),
    [
        ("catalog", "catalog_product", "orders_order"),
        ("fulfillment", "orders_order", "pricing_taxrate"),
        ("support", "accounts_customer", "core_auditentry"),
        ("finance", "payments_payment", "accounts_user"),
    ],
)
def test_groups_see_their_own_rooms(group, sees, not_sees):
    client = staff(group)
    home = client.get("/admin/").content.decode()

    assert client.get(reverse(f"admin:{sees}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:{not_sees}_changelist")).status_code == 403
    assert reverse(f"admin:{sees}_changelist") in home
    assert f'href="{reverse(f"admin:{not_sees}_changelist")}"' not in home


def test_staff_cannot_make_themselves_administrators():
    from django.contrib.auth.models import Permission

    mallory = StaffFactory(email="mallory@example.com")
    mallory.user_permissions.add(*Permission.objects.filter(codename__endswith="_user"))
    client = Client()
    client.force_login(mallory)

    response = client.post(
        reverse("admin:accounts_user_change", args=[mallory.pk]),
        {"email": mallory.email, "username": mallory.username, "role": Role.ADMIN},
    )

    assert response.status_code == 403
    assert User.objects.get(pk=mallory.pk).role == Role.STAFF


NO_REFUNDS = "You need the permission “Can refund orders”. Ask an administrator to grant it."


def test_who_may_not_refund_does_not_cancel_what_is_paid():
    packer, paid, unpaid = staff("fulfillment"), make.order("A"), make.order("B", is_paid=False)
    reason = {"_form_submitted": "True", "reason": "Out of stock"}

    dialog = packer.get(reverse("admin:orders_order_cancel", args=[paid.pk])).content.decode()
    refused = packer.post(
        reverse("admin:orders_order_cancel", args=[paid.pk]), reason, follow=True
    ).content.decode()
    packer.post(reverse("admin:orders_order_cancel", args=[unpaid.pk]), reason)

    assert NO_REFUNDS in dialog
    assert NO_REFUNDS in refused
    assert [each.status for each in Order.objects.order_by("pk")] == ["confirmed", "canceled"]


def test_canceling_in_bulk_leaves_out_what_its_reader_may_not_pay_back():
    packer, paid, unpaid = staff("fulfillment"), make.order("A"), make.order("B", is_paid=False)
    data = {
        "action": "cancel_selected",
        "_selected_action": [str(paid.pk), str(unpaid.pk)],
        "index": "0",
    }
    url = reverse("admin:orders_order_changelist")

    asked = packer.post(url, data).content.decode()
    done = packer.post(url, {**data, "apply": "1", "reason": "Fire"}, follow=True)

    assert asked.count(NO_REFUNDS) == 1
    assert f"{paid.number}: {NO_REFUNDS}" in done.content.decode()
    assert [each.status for each in Order.objects.order_by("pk")] == ["confirmed", "canceled"]


def test_sales_figures_are_for_those_who_may_see_them():
    make.order("A")

    for group, sees_figures, sees_orders in [
        ("finance", True, True),
        ("support", False, True),
        ("fulfillment", False, True),
        ("catalog", False, False),
    ]:
        home = staff(group).get("/admin/").content.decode()
        assert ("Sales over time" in home, "Latest orders" in home) == (sees_figures, sees_orders)
        assert ("Top products" in home, "Average order" in home) == (sees_figures, sees_figures)


def test_a_moderator_writes_the_shops_texts_and_nothing_else():
    client = Client()
    client.force_login(StaffFactory(role=Role.MODERATOR))

    shown = {
        name: client.get(reverse(f"admin:{name}_changelist")).status_code
        for name in ("catalog_page", "catalog_homeblock", "orders_order", "accounts_customer")
    }

    assert shown == {
        "catalog_page": 200,
        "catalog_homeblock": 200,
        "orders_order": 403,
        "accounts_customer": 403,
    }
    assert client.get(reverse("admin:catalog_page_add")).status_code == 200


def test_staff_cannot_subscribe_anybody_to_the_newsletter():
    client, customer = staff("support"), Customer.objects.create(email="alice@example.com")
    page = reverse("admin:accounts_customer_change", args=[customer.pk])
    unsubscribe = reverse("admin:accounts_customer_unsubscribe", args=[customer.pk])
    sent = {
        "name": "Alice Lind",
        "has_newsletter": "on",
        "newsletter": "on",
        "addresses-TOTAL_FORMS": "0",
        "addresses-INITIAL_FORMS": "0",
    }

    saved = client.post(page, sent)
    refused = client.post(unsubscribe, {"_form_submitted": "True"})

    customer.refresh_from_db()
    assert (saved.status_code, refused.status_code) == (302, 403)
    assert (customer.name, customer.has_newsletter) == ("Alice Lind", False)
    assert not Consent.objects.exists()


def test_staff_unsubscribe_who_asks_for_it_and_it_stays_on_record():
    client = staff("support")
    customer = Customer.objects.create(email="alice@example.com", has_newsletter=True)
    url = reverse("admin:accounts_customer_unsubscribe", args=[customer.pk])

    client.post(url, {"_form_submitted": "True"})

    customer.refresh_from_db()
    assert customer.has_newsletter is False
    assert list(Consent.objects.values_list("email", "kind", "is_given")) == [
        ("alice@example.com", "newsletter", False)
    ]
    entry = AuditEntry.objects.get(action="unsubscribed")
    assert entry.changes == {"has_newsletter": [True, False]}


def test_pages_that_libraries_bring_with_rules_of_their_own_stay_out():
    for name in ("account_emailaddress", "usersessions_usersession"):
        with pytest.raises(NoReverseMatch):
            reverse(f"admin:{name}_changelist")


def test_who_may_not_count_stock_does_not_do_it_on_a_product(carol):
    clerk = StaffFactory()
    clerk.user_permissions.add(
        *Permission.objects.filter(
            content_type__app_label="catalog", codename__in=["add_product", "view_product"]
        )
    )
    client = Client()
    client.force_login(clerk)
    make.variant("OLD")
    old = Product.objects.get()

    client.post(
        reverse("admin:catalog_product_add"),
        {
            "name": "Kettle",
            "category": old.category_id,
            "tax_class": old.tax_class_id,
            "sku": "KETTLE",
            "price": "20.00",
            "stock": "7",
        },
    )

    assert StockItem.objects.get(sku="KETTLE").on_hand == 0
