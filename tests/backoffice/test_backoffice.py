"""The back office: who may enter and see what, what each act does, and what a page costs."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import unfold
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from fontTools.ttLib import TTFont
from PIL import Image

from accounts.models import Consent, Customer, User
from accounts.states import Role
from accounts.tests.factories import AdminFactory, CustomerFactory, StaffFactory
from catalog.models import (
    Attribute,
    Category,
    Maker,
    PriceChange,
    Product,
    ProductType,
    Variant,
)
from catalog.products import Value, set_options, update_variant
from inventory.models import Movement, StockItem
from notifications.models import OutgoingMail
from orders.models import Order, OrderAdjustment
from payments.models import Refund
from reports.figures import sales, span_of
from shop.core.actors import SYSTEM
from shop.core.models import AuditEntry, OutboxDelivery, OutboxEvent
from tests.backoffice import data as make
from tests.backoffice.icons import SUBSET, icons_in_use, ligatures

pytestmark = pytest.mark.django_db

TEMPLATES = Path(unfold.__file__).parent / "templates"
# Unfold's templates that ours replace, as they were when ours were written. A change here means:
# read what moved upstream, mend ours, then write the new sum.
REPLACED = {
    "admin/actions.html": "b5332aace8e69192",
    "admin/base.html": "2ce9250b3c649e3a",
    "admin/change_list.html": "5885c39760f6085d",
    "admin/change_list_results.html": "1a2a072727ae72f9",
    "admin/object_history.html": "276be0d3eb1c5eaa",
    "admin/search_form.html": "32c57965802858bd",
    "unfold/helpers/actions_row.html": "a322f5b53d779840",
    "unfold/helpers/app_list.html": "6ab83ac498b2f50f",
    "unfold/helpers/change_list_filter.html": "9606a6123fb48b05",
    "unfold/helpers/change_list_headers.html": "fe918b6eb4eece69",
    "unfold/helpers/command.html": "ae6ce324d8536613",
    "unfold/helpers/dialog.html": "e961b19a9a2f2175",
    "unfold/helpers/edit_inline/inline_delete.html": "aa81c3c8f5a2c86a",
    "unfold/helpers/edit_inline/inline_drag.html": "1801fc63f70fdbc7",
    "unfold/helpers/edit_inline/tabular_heading.html": "eef46d03bc1655ad",
    "unfold/helpers/edit_inline/tabular_table.html": "57d22471b10cefc8",
    "unfold/helpers/fieldsets_tabs.html": "277e79c595b0f4df",
    "unfold/helpers/header_title.html": "b126ed2ab9ca1680",
    "unfold/helpers/modal.html": "fa0832c6ded6a26b",
    "unfold/helpers/navigation.html": "fd819dae3473c0be",
    "unfold/helpers/navigation_header.html": "35139b9d94580be9",
    "unfold/helpers/navigation_user.html": "4c9ba58b3f215326",
    "unfold/helpers/search.html": "91996c27181d14ad",
    "unfold/helpers/tab_action.html": "6728db375499fab6",
    "unfold/helpers/tab_actions.html": "2883f8c5b35d3085",
    "unfold/helpers/tab_items.html": "d23095f9525ae751",
    "unfold/helpers/theme_switch.html": "c8e659df65f5aa78",
    "unfold/helpers/welcomemsg.html": "e8eab02522ba2319",
    "unfold/layouts/skeleton.html": "66af9f0bb45f98ba",
}


@pytest.fixture(autouse=True)
def _no_second_factor(settings: Any) -> None:
    settings.BACKOFFICE_REQUIRE_MFA = False


@pytest.fixture
def carol() -> Client:
    """Carol runs the shop."""
    client = Client()
    client.force_login(AdminFactory(email="carol@example.com", first_name="Carol"))
    return client


def staff(*groups: str) -> Client:
    """A member of staff in these groups."""
    client = Client()
    client.force_login(StaffFactory(groups=list(groups)))
    return client


# What Unfold's dialogs send along.
SENT = {"_form_submitted": "True"}


def page_of(order: Order, name: str = "change") -> str:
    return reverse(f"admin:orders_order_{name}", args=[order.pk])


# The site
# ------------------------------------------------------------------------------------------
def test_the_templates_we_replace_are_still_the_ones_we_know():
    now = {
        name: hashlib.sha256((TEMPLATES / name).read_bytes()).hexdigest()[:16] for name in REPLACED
    }

    assert now == REPLACED


def test_every_template_of_ours_that_stands_over_one_of_unfolds_is_known():
    ours = Path(__file__).parent.parent / "templates"
    shared = {
        str(path.relative_to(ours))
        for folder in ("admin", "unfold")
        for path in (ours / folder).rglob("*.html")
        if (TEMPLATES / path.relative_to(ours)).exists()
    }

    assert shared == set(REPLACED)


def test_every_icon_in_use_is_in_the_font():
    known = ligatures(TTFont(SUBSET))

    assert {name for name in icons_in_use() if name not in known} == set()


def test_the_icon_font_is_small():
    assert SUBSET.stat().st_size < 24_000


# Who may enter
# --------------------------------------------------------------------------------------
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


# What pages cost
# ------------------------------------------------------------------------------------
LISTS = [
    f"{model._meta.app_label}_{model._meta.model_name}"
    for model in apps.get_models()
    if model._meta.app_label
    in {
        "accounts",
        "auth",
        "catalog",
        "core",
        "inventory",
        "notifications",
        "orders",
        "payments",
        "pricing",
    }
]


@pytest.mark.parametrize("name", LISTS)
def test_every_list_opens_empty_and_keeps_to_the_policy(name, carol):
    if apps.get_model(*name.split("_", 1)) in admin.site._registry:
        assert_strict(carol.get(reverse(f"admin:{name}_changelist")))


@pytest.mark.parametrize("name", LISTS)
def test_every_add_page_opens_or_is_forbidden(name, carol):
    model = apps.get_model(*name.split("_", 1))
    if model not in admin.site._registry:
        return

    response = carol.get(reverse(f"admin:{name}_add"))

    assert response.status_code in {200, 403}
    assert_strict(response, status=response.status_code)


def assert_strict(response: Any, status: int = 200) -> None:
    """No inline script, style or handler: the strict policy would refuse them."""
    html = response.content.decode()
    assert response.status_code == status
    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", html) == []
    assert "<style" not in html
    assert re.findall(r'\sstyle="', html) == []
    assert re.findall(r'\son[a-z]+="', html) == []


def queries_of(client: Client, url: str, counter: Any) -> int:
    client.get(url)
    with counter() as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@pytest.fixture
def count_queries():
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    return lambda: CaptureQueriesContext(connection)


def seed_rows(start: int, stop: int) -> None:
    """Rows `start` to `stop` of everything that grows."""
    at = timezone.now()
    event = OutboxEvent.objects.create(type="Test", payload={})
    for number in range(start, stop):
        make.order(f"SKU-{number}", placed_at=at - timedelta(minutes=number))
        OutboxDelivery.objects.create(event=event, handler=f"handler-{start}-{number}")
        OutgoingMail.objects.create(
            key=f"mail-{number}", kind="test", to="a@example.com", subject="Hi", text="t", html="h"
        )
        AuditEntry.objects.create(
            actor_kind="staff",
            actor_label="Carol",
            action="changed",
            object_type="t",
            object_id=str(number),
            object_label="t",
        )
        CustomerFactory()


GROWING = [
    "orders_order",
    "catalog_product",
    "inventory_stockitem",
    "inventory_movement",
    "accounts_customer",
    "accounts_user",
    "payments_payment",
    "core_auditentry",
    "core_outboxdelivery",
    "notifications_outgoingmail",
]


def test_lists_cost_the_same_for_one_row_and_for_fifty(carol, count_queries):
    seed_rows(0, 1)
    before = {
        name: queries_of(carol, reverse(f"admin:{name}_changelist"), count_queries)
        for name in GROWING
    }
    seed_rows(1, 50)

    after = {
        name: queries_of(carol, reverse(f"admin:{name}_changelist"), count_queries)
        for name in GROWING
    }

    assert after == before
    assert max(after.values()) <= 8


def test_the_order_page_explains_each_figure(carol):
    order = make.order("ONE", quantity=1)
    item = order.items.get()
    OrderAdjustment.objects.bulk_create(
        OrderAdjustment(order=order, item=item, **row)
        for row in (
            {
                "kind": "discount",
                "label": "Spring",
                "reason": "10 % off",
                "source": "coupon:TEN",
                "amount_minor": -190,
                "base_minor": 1900,
                "percent": 10,
            },
            {
                "kind": "tax",
                "label": "Tax 19 %",
                "reason": "included in prices",
                "amount_minor": 273,
                "base_minor": 1710,
                "percent": 19,
                "is_included": True,
            },
        )
    )

    html = carol.get(page_of(order)).content.decode()

    card = html[html.index('id="explain-title"') :]
    card = " ".join(re.sub(r"<[^>]+>", " ", card[: card.index("</section>")]).split())
    assert (
        "1 × Teapot ONE €19.00 €19.00 TEN 10 % off 10 % of €19.00 -€1.90"
        " Tax 19 % included in prices 19 % of €17.10 (€2.73)" in card
    )


def test_the_order_page_costs_the_same_for_one_line_and_for_twenty(carol, count_queries):
    small = make.order("ONE")
    large = make.order(*[f"MANY-{number}" for number in range(20)])

    costs = {queries_of(carol, page_of(order), count_queries) for order in (small, large)}

    assert len(costs) == 1
    assert costs.pop() <= 20


def test_the_product_page_costs_the_same_for_one_variant_and_for_twenty(carol, count_queries):
    small = make.variant("ONE").product
    large = make.variant("MANY-0").product
    for number in range(1, 20):
        Variant.objects.create(
            product=large,
            stock_item=StockItem.objects.create(sku=f"MANY-{number}"),
            sku=f"MANY-{number}",
            price_minor=1900,
            currency="EUR",
        )

    costs = {
        queries_of(carol, reverse("admin:catalog_product_change", args=[each.pk]), count_queries)
        for each in (small, large)
    }

    assert len(costs) == 1
    assert costs.pop() <= 24


# The dashboard
# --------------------------------------------------------------------------------------
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


# Orders
# ---------------------------------------------------------------------------------------------
def test_shipping_calls_the_service_and_writes_the_timeline(carol):
    order = make.order("POT")
    item = order.items.get()

    response = carol.post(
        page_of(order, "ship"),
        {**SENT, f"quantity_{item.pk}": "2", "tracking_number": "00340", "carrier": "DHL"},
    )

    order.refresh_from_db()
    assert response.status_code == 302
    assert order.fulfillment_status == "fulfilled"
    assert order.fulfillments.get().tracking_number == "00340"
    assert StockItem.objects.get(sku="POT").on_hand == 8
    assert order.events.filter(kind="shipped").count() == 1


def test_shipping_part_of_an_order_leaves_the_rest(carol):
    order = make.order("POT")
    item = order.items.get()

    carol.post(page_of(order, "ship"), {**SENT, f"quantity_{item.pk}": "1"})

    order.refresh_from_db()
    assert order.fulfillment_status == "partial"


def test_the_dialog_answers_htmx_with_a_way_back(carol):
    order = make.order("POT")
    item = order.items.get()

    response = carol.post(
        page_of(order, "ship"), {**SENT, f"quantity_{item.pk}": "2"}, headers={"HX-Request": "true"}
    )

    assert response["HX-Redirect"] == page_of(order)


def test_support_may_not_ship(carol):
    order = make.order("POT")

    response = staff("support").post(
        page_of(order, "ship"), {**SENT, f"quantity_{order.items.get().pk}": "2"}
    )

    order.refresh_from_db()
    assert response.status_code == 403
    assert order.fulfillment_status == "unfulfilled"
    assert StockItem.objects.get(sku="POT").on_hand == 10


def test_an_unpaid_order_is_not_shipped(carol):
    order = make.order("POT", is_paid=False)

    response = carol.post(page_of(order, "ship"), {**SENT, f"quantity_{order.items.get().pk}": "2"})

    order.refresh_from_db()
    assert response.status_code == 403
    assert order.fulfillment_status == "unfulfilled"


def test_marking_as_paid_confirms_the_order(carol):
    order = make.order("POT", is_paid=False)

    response = carol.post(
        page_of(order, "mark_paid"), {**SENT, "amount": "38.00", "reference": "IBAN 7"}
    )

    order.refresh_from_db()
    assert response.status_code == 302
    assert (order.payment_status, order.status) == ("paid", "confirmed")
    assert order.amount_paid_minor == 3800


def test_the_cancel_dialog_names_what_follows(carol):
    order = make.order("POT")

    html = carol.get(page_of(order, "cancel")).content.decode()

    assert "2 units become available for sale again." in html
    assert "€38.00 is refunded." in html
    assert "alice@example.com gets an e-mail." in html


def test_canceling_frees_the_stock(carol):
    order = make.order("POT")

    carol.post(page_of(order, "cancel"), {**SENT, "reason": "changed their mind"})

    order.refresh_from_db()
    assert order.status == "canceled"
    assert StockItem.objects.get(sku="POT").reserved == 0


def refund_data(order: Order, **changes: str) -> dict[str, str]:
    item = order.items.get()
    return {
        f"quantity_{item.pk}": "1",
        "amount": "",
        "reason": "arrived late",
        "key": "3f1c6e2a-8d7b-4c55-9a3e-0b1d2c3e4f50",
        **changes,
    }


def test_a_refund_pays_the_chosen_units_back(carol):
    order = make.order("POT")

    response = carol.post(page_of(order, "refund"), refund_data(order))

    refund = Refund.objects.get()
    assert response.status_code == 302
    assert (refund.amount_minor, refund.reason) == (1900, "arrived late")
    assert refund.credit.items.get().quantity == 1


def test_a_refund_sent_twice_is_made_once(carol):
    order = make.order("POT")
    data = refund_data(order)

    carol.post(page_of(order, "refund"), data)
    carol.post(page_of(order, "refund"), data)

    assert Refund.objects.count() == 1


def test_more_than_was_paid_is_not_refunded(carol):
    order = make.order("POT")

    response = carol.post(page_of(order, "refund"), refund_data(order, amount="38.01"))

    assert response.status_code == 422
    assert "You can refund at most €38.00." in response.content.decode()
    assert Refund.objects.count() == 0


def test_a_note_goes_into_the_timeline(carol):
    order = make.order("POT")

    carol.post(page_of(order, "note"), {"note": "Rang them up."})

    note = order.events.get(kind="note")
    assert (note.message, note.is_public) == ("Rang them up.", False)


def test_saving_the_packers_note_writes_nothing_else(carol):
    order = make.order("POT")
    Order.objects.filter(pk=order.pk).update(amount_refunded_minor=100)

    carol.post(page_of(order), {"packing_note": "Gift wrap", "_continue": "1"})

    order.refresh_from_db()
    assert (order.packing_note, order.amount_refunded_minor) == ("Gift wrap", 100)
    assert AuditEntry.objects.get(object_type="orders.order", action="changed").changes == {
        "packing_note": ["", "Gift wrap"]
    }


def test_orders_are_shipped_in_bulk_after_a_page_that_lists_them(carol):
    orders = [make.order("A"), make.order("B")]
    url = reverse("admin:orders_order_changelist")
    data = {
        "action": "ship_selected",
        "_selected_action": [str(order.pk) for order in orders],
        "select_across": "0",
        "index": "0",
    }

    asked = carol.post(url, data)
    done = carol.post(url, {**data, "apply": "1"})

    assert all(order.number in asked.content.decode() for order in orders)
    assert done.status_code == 302
    assert Order.objects.filter(fulfillment_status="fulfilled").count() == 2


def test_shipping_in_bulk_warns_of_what_is_not_paid_as_the_dialog_does(carol):
    paid, partly = make.order("A"), make.order("B")
    Order.objects.filter(pk=partly.pk).update(amount_paid_minor=2800)
    keys = [str(paid.pk), str(partly.pk)]
    data = {"action": "ship_selected", "_selected_action": keys, "index": "0"}
    warning = "€10.00 of this order is not paid yet."

    asked = carol.post(reverse("admin:orders_order_changelist"), data).content.decode()
    dialog = carol.get(reverse("admin:orders_order_ship", args=[partly.pk])).content.decode()

    assert asked.count("of this order is not paid yet.") == 1
    assert asked.index(partly.number) < asked.index(warning)
    assert warning in dialog
    assert not Order.objects.exclude(fulfillment_status="unfulfilled").exists()


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


# Stock, products, categories
# ------------------------------------------------------------------------
def test_stock_is_adjusted_with_a_reason(carol):
    item = make.variant("POT").stock_item

    carol.post(
        reverse("admin:inventory_stockitem_adjust", args=[item.pk]),
        {**SENT, "set_to": "7", "kind": "adjusted", "reason": "three broke"},
    )

    item.refresh_from_db()
    movement = Movement.objects.latest("pk")
    assert item.on_hand == 7
    assert (movement.quantity, movement.cause) == (-3, "three broke")


def test_stock_is_not_adjusted_without_a_reason(carol):
    item = make.variant("POT").stock_item

    response = carol.post(
        reverse("admin:inventory_stockitem_adjust", args=[item.pk]),
        {**SENT, "set_to": "7", "kind": "adjusted", "reason": ""},
    )

    item.refresh_from_db()
    assert response.status_code == 200
    assert item.on_hand == 10


def product_data(variant: Variant, **changes: str) -> dict[str, str]:
    product = variant.product
    return {
        "name": product.name,
        "slug": product.slug,
        "category": str(product.category_id),
        "tax_class": str(product.tax_class_id),
        "guarantee_months": "0",
        "is_returnable": "on",
        "status": "active",
        "published_at_0": timezone.localtime(product.published_at).strftime("%Y-%m-%d"),
        "published_at_1": timezone.localtime(product.published_at).strftime("%H:%M:%S"),
        "variants-TOTAL_FORMS": "1",
        "variants-INITIAL_FORMS": "1",
        "variants-0-id": str(variant.pk),
        "variants-0-product": str(product.pk),
        "variants-0-price": "19.00",
        "initial-variants-0-price": "19.00",
        "variants-0-was": "",
        "initial-variants-0-was": "",
        "variants-0-stock": "10",
        "initial-variants-0-stock": "10",
        "variants-0-weight_g": "0",
        "variants-0-is_active": "on",
        "variants-0-position": "0",
        "images-TOTAL_FORMS": "0",
        "images-INITIAL_FORMS": "0",
        "_continue": "1",
        **changes,
    }


def test_one_form_saves_texts_price_and_stock_through_their_services(carol):
    variant = make.variant("POT")
    url = reverse("admin:catalog_product_change", args=[variant.product_id])

    response = carol.post(
        url,
        product_data(
            variant,
            **{
                "name": "Quiet teapot",
                "variants-0-price": "21.50",
                "variants-0-stock": "12",
                "stock_reason": "A box from the maker",
            },
        ),
    )

    variant.refresh_from_db()
    assert response.status_code == 302
    assert variant.product.name == "Quiet teapot"
    assert variant.price_minor == 2150
    assert PriceChange.objects.latest("pk").price_minor == 2150
    assert StockItem.objects.get(sku="POT").on_hand == 12
    assert Movement.objects.latest("pk").cause == "A box from the maker"


def test_a_sale_while_the_form_was_open_is_not_undone(carol):
    variant = make.variant("POT")
    StockItem.objects.filter(sku="POT").update(on_hand=9)
    url = reverse("admin:catalog_product_change", args=[variant.product_id])

    carol.post(url, product_data(variant, name="Quiet teapot"))

    assert StockItem.objects.get(sku="POT").on_hand == 9


def test_a_refusal_of_a_service_stands_on_the_form(carol):
    make.variant("OTHER")
    variant = make.variant("POT")
    url = reverse("admin:catalog_product_change", args=[variant.product_id])

    response = carol.post(url, product_data(variant, **{"variants-0-was": "5.00"}))

    assert response.status_code == 200
    assert "compare-at price must be higher than the price" in response.content.decode()
    assert Variant.objects.get(sku="POT").compare_at_minor is None


def test_pictures_are_uploaded_and_described_on_the_same_form(carol):
    variant = make.variant("POT")
    url = reverse("admin:catalog_product_change", args=[variant.product_id])
    drawn = BytesIO()
    Image.new("RGB", (400, 300), "#884466").save(drawn, "PNG")
    file = SimpleUploadedFile("pot.png", drawn.getvalue(), content_type="image/png")

    response = carol.post(
        url,
        {
            **product_data(variant),
            "images-TOTAL_FORMS": "1",
            "images-0-product": str(variant.product_id),
            "images-0-file": file,
            "images-0-alt": "A pot, seen from the front",
            "images-0-hue": "300",
            "images-0-is_cutout": "on",
            "images-0-position": "0",
        },
    )

    image = variant.product.images.get()
    assert response.status_code == 302
    assert image.alt == "A pot, seen from the front"
    assert (image.picture_width, image.picture_height) == (400, 300)


def test_a_variant_is_added_on_the_same_form(carol):
    variant = make.variant("POT")
    url = reverse("admin:catalog_product_change", args=[variant.product_id])
    new = {
        "variants-TOTAL_FORMS": "2",
        "variants-1-product": str(variant.product_id),
        "variants-1-sku": "POT-L",
        "variants-1-choices": "Large",
        "variants-1-price": "25.00",
        "variants-1-stock": "3",
        "variants-1-weight_g": "0",
        "variants-1-is_active": "on",
        "variants-1-position": "0",
    }

    carol.post(url, product_data(variant, options_text="Size: Small, Large"))
    response = carol.post(
        url,
        product_data(
            variant, options_text="Size: Small, Large", **new, **{"variants-0-choices": "Small"}
        ),
    )

    added = Variant.objects.get(sku="POT-L")
    assert response.status_code == 302
    assert (added.label, added.price_minor, added.stock_item.on_hand) == ("Large", 2500, 3)
    assert added.position > variant.position


def test_choices_stand_in_the_order_of_the_options_and_can_be_saved_again(carol):
    variant = make.variant("SHIRT")
    # Values are made in another order than the options stand in.
    options = {"Color": [Value("Sage"), Value("Ink")], "Size": [Value("S"), Value("1/2 L")]}
    product = variant.product
    set_options(product, {"Size": options["Size"]}, actor=SYSTEM, at=timezone.now())
    set_options(product, options, actor=SYSTEM, at=timezone.now())
    chosen = {"Color": "Ink", "Size": "S"}
    update_variant(variant, options=chosen, actor=SYSTEM, at=timezone.now())
    url = reverse("admin:catalog_product_change", args=[product.pk])
    text = "Color: Sage, Ink\nSize: S, 1/2 L"

    page = carol.get(url).content.decode()
    kept = carol.post(
        url, product_data(variant, options_text=text, **{"variants-0-choices": "Ink / S"})
    )
    slashed = carol.post(
        url, product_data(variant, options_text=text, **{"variants-0-choices": "Sage / 1/2 L"})
    )

    assert 'value="Ink / S"' in page
    assert (kept.status_code, slashed.status_code) == (302, 302)
    assert Variant.objects.get().label == "Sage, 1/2 L"


def test_a_group_named_in_letters_that_keyboards_lack_gets_a_readable_slug(carol):
    carol.post(reverse("admin:catalog_maker_add"), {"name": "山田窯", "slug": "", "story": ""})
    carol.post(reverse("admin:catalog_maker_add"), {"name": "Numbers", "slug": "30", "story": ""})

    assert list(Maker.objects.values_list("name", "slug")) == [("山田窯", "shan-tian-yao")]


def test_the_facts_of_a_type_are_fields_of_the_form(carol):
    variant = make.variant("POT")
    kind = ProductType.objects.create(code="pot", name="Pot")
    volume = Attribute.objects.create(
        product_type=kind, code="volume", label="Volume", kind="decimal", unit="l"
    )
    Attribute.objects.create(product_type=kind, code="lid", label="Lid", kind="boolean")
    Product.objects.filter(pk=variant.product_id).update(product_type=kind)
    variant.product.refresh_from_db()
    url = reverse("admin:catalog_product_change", args=[variant.product_id])
    data = {"product_type": str(kind.pk), "fact_volume": "1.5", "fact_lid": "true"}

    response = carol.post(url, product_data(variant, **data))
    refused = carol.post(url, product_data(variant, **{**data, "fact_volume": "much"}))

    values = {value.attribute.code: value.value for value in variant.product.attribute_values.all()}
    assert response.status_code == 302
    assert (values["volume"], values["lid"]) == (Decimal("1.5"), True)
    assert "The value is not valid for this attribute." in refused.content.decode()
    assert volume.values.count() == 1


def test_a_new_product_is_a_draft_with_one_variant(carol):
    variant = make.variant("OTHER")

    carol.post(
        reverse("admin:catalog_product_add"),
        {
            "name": "Loud teapot",
            "category": str(variant.product.category_id),
            "tax_class": str(variant.product.tax_class_id),
            "sku": "LOUD",
            "price": "12.00",
            "stock": "4",
        },
    )

    product = Product.objects.get(name="Loud teapot")
    assert product.status == "draft"
    assert product.variants.get().price_minor == 1200
    assert StockItem.objects.get(sku="LOUD").on_hand == 4


def test_a_dropped_category_is_moved_by_the_locked_service(carol):
    from catalog.categories import create_category

    kitchen, music = create_category(name="Kitchen"), create_category(name="Music")

    response = carol.post(
        reverse("admin:catalog_category_place"),
        {"item": str(music.pk), "target": str(kitchen.pk), "place": "inside"},
    )

    assert response.status_code == 204
    assert Category.objects.get(pk=music.pk).parent_id == kitchen.pk


def test_a_category_does_not_go_inside_itself(carol):
    from catalog.categories import create_category

    kitchen = create_category(name="Kitchen")
    tea = create_category(name="Tea", parent=kitchen)

    carol.post(
        reverse("admin:catalog_category_place"),
        {"item": str(kitchen.pk), "target": str(tea.pk), "place": "inside"},
    )

    assert Category.objects.get(pk=kitchen.pk).parent_id is None


# The log
# --------------------------------------------------------------------------------------------
def test_a_change_is_in_the_history_with_old_and_new_value(carol):
    customer = CustomerFactory(name="Alice")
    url = reverse("admin:accounts_customer_change", args=[customer.pk])
    formset = {"addresses-TOTAL_FORMS": "0", "addresses-INITIAL_FORMS": "0"}

    carol.post(url, {"name": "Alice Lind", **formset})

    entry = AuditEntry.objects.get(object_type="accounts.customer")
    assert (entry.actor_label, entry.changes["name"]) == (
        "carol@example.com",
        ["Alice", "Alice Lind"],
    )
    history = carol.get(reverse("admin:accounts_customer_history", args=[customer.pk]))
    assert "Alice Lind" in history.content.decode()


def test_a_parked_delivery_is_tried_again(carol):
    event = OutboxEvent.objects.create(type="Test", payload={})
    delivery = OutboxDelivery.objects.create(
        event=event, handler="h", status=OutboxDelivery.Status.PARKED, attempt_count=5
    )

    carol.post(
        reverse("admin:core_outboxdelivery_changelist"),
        {"action": "try_again", "_selected_action": [str(delivery.pk)], "index": "0"},
    )

    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempt_count) == ("pending", 0)
    assert AuditEntry.objects.get(object_type="core.outboxdelivery").action == "retried"
