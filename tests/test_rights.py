"""Every act of staff, for everybody, over the API and in the back office: one answer each.

The entry points are found, not written down: API routes by their permission classes, pages and
actions of the back office by their admin classes. A route or an action without an act fails here
until it names one. What an answer should be is derived from the rows of users, groups and
permissions alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.contrib.messages import get_messages
from django.db import transaction
from django.db.models import UUIDField
from django.template.response import SimpleTemplateResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.groups import ROLE_PERMISSIONS, STAFF_GROUPS
from accounts.models import Customer, User
from accounts.states import Role
from accounts.tests.factories import AdminFactory, CustomerFactory, StaffFactory
from inventory.models import StockItem
from orders.invoices import issue_invoice
from orders.models import Order, Return
from orders.permissions import CANCEL_PAID, EDIT_PAYING_BACK, ORDERS, STAFF_ACTS
from orders.states import Act
from payments.models import Payment
from pricing.models import GiftCard
from pricing.tests.factories import make_gift_card
from reports.permissions import VIEW_SALES
from shop.admin.base import StaffAdmin
from shop.admin.site import BackOffice
from shop.api.permissions import _OwnOr, staff_act_of
from shop.core.actors import SYSTEM
from shop.core.permissions import StaffAct, acts_on, all_acts
from tests.backoffice.data import order as make_order
from tests.test_permissions import key, routes

pytestmark = [pytest.mark.django_db, pytest.mark.once]

# Routes of the API that serve everybody, or each caller with what is their own.
OPEN = """
GET schema
POST auth/register
POST auth/login
POST auth/refresh
POST auth/logout
POST auth/password/change
POST auth/password/forgot
POST auth/password/reset
POST auth/email/verify
POST auth/email/change
GET auth/me
PATCH auth/me
GET customers/me
PATCH customers/me
DELETE customers/me
GET customers/me/export
GET customers/me/addresses
POST customers/me/addresses
GET customers/me/addresses/{pk}
PUT customers/me/addresses/{pk}
PATCH customers/me/addresses/{pk}
DELETE customers/me/addresses/{pk}
GET categories
GET categories/{ref}
GET products
GET products/suggest
GET products/{ref}
GET products/{ref}/variants
GET products/{ref}/variants/{pk}
GET products/{ref}/images
GET products/{ref}/images/{pk}
GET cart
DELETE cart
PATCH cart
POST cart/items
PATCH cart/items/{item_id}
DELETE cart/items/{item_id}
POST cart/coupon
DELETE cart/coupon
POST cart/gift-cards
DELETE cart/gift-cards
POST cart/merge
GET cart/quote
POST orders
POST orders/lookup
GET payments/methods
POST payments/webhooks/{provider}
POST orders/{number}/pay
GET makers
GET makers/{ref}
GET product-types
GET product-types/{ref}
GET products/{ref}/images/{pk}
"""
# Pages of the back office that belong to no table: for all staff, each with what they may see.
SHARED = {
    "index",
    "login",
    "logout",
    "password_change",
    "password_change_done",
    "autocomplete",
    "jsi18n",
    "view_on_site",
    "app_list",
    "search",
    "save_view",
    "remove_view",
}
REFUSED = {401, 403}


@dataclass
class World:
    """What stands in the paths."""

    paid: Order
    unpaid: Order
    objects: dict[str, Any]
    paths: dict[str, Any]


@dataclass
class Caller:
    """Somebody, signed in to the API and to the back office."""

    user: User | None
    api: APIClient
    pages: Client


@dataclass(frozen=True)
class EntryPoint:
    """A way to an act: `opens` tries it in a transaction that is undone."""

    name: str
    act: StaffAct | None
    opens: Callable[[Caller, World], bool]


@pytest.fixture
def world(settings: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    """One of everything that an act needs.

    Pages are worked out, but not drawn: drawing is what takes time.
    """
    settings.BACKOFFICE_REQUIRE_MFA = False
    monkeypatch.setattr(SimpleTemplateResponse, "rendered_content", "")
    monkeypatch.setattr(BackOffice, "each_context", lambda self, request: {})
    unpaid, paid = make_order("CUP", is_paid=False), make_order("POT")
    Order.objects.filter(pk=paid.pk).update(amount_paid_minor=3000)
    invoiced = make_order("JUG")
    invoice = issue_invoice(invoiced, actor=SYSTEM, at=timezone.now())
    item = paid.items.get()
    claim = Return.objects.create(
        order=paid, sequence=1, number=f"{paid.number}-R1", kind="return", requested_by="Alice"
    )
    captured = Payment.objects.get(order=paid)
    authorized = Payment.objects.create(
        order=unpaid, provider="manual", state="authorized", amount_minor=100, currency="EUR"
    )
    card, off = make_gift_card(), make_gift_card()
    GiftCard.objects.filter(pk=off.pk).update(is_active=False)
    customer = Customer.objects.get(email="alice@example.com")
    Customer.objects.update(has_newsletter=True)
    return World(
        paid=paid,
        unpaid=unpaid,
        objects={
            "orders.order": paid.pk,
            "orders.return": claim.pk,
            "orders.invoice": invoice.pk,
            "inventory.stockitem": StockItem.objects.get(sku="POT").pk,
            "catalog.category": item.variant.product.category_id,
            "accounts.customer": customer.pk,
            "pricing.giftcard": card.pk,
            "pricing.giftcard switch_on": off.pk,
            "payments.payment": authorized.pk,
            "payments.payment pay_back": captured.pk,
        },
        paths={
            "number": paid.number,
            "return_number": claim.number,
            "invoiced": invoiced.number,
            "invoice_number": invoice.number,
            "sku": "POT",
            "customer": customer.pk,
            "variant": item.variant_id,
            "ref": item.variant.product.slug,
            "category": item.variant.product.category.slug,
        },
    )


def caller(user: User | None) -> Caller:
    found = Caller(user, APIClient(), Client())
    if user is not None:
        found.api.force_authenticate(user)
        found.pages.force_login(user)
    return found


# The entry points
# -----------------------------------------------------------------------------------------
def api_entry_points(found_routes: Any = None) -> Iterator[EntryPoint]:
    """An entry point for each method of a route that names an act.

    Raises for one that names none and is not open.
    """
    is_open = set(OPEN.strip().splitlines())
    for method, pattern, view in found_routes or routes(with_view=True):
        route = key(pattern)
        act = staff_act_of(view.permission_classes, method)
        # Paying names an act, by which it finds the order for whom it refuses; only the owner pays.
        if act is None or route == "orders/{number}/pay":
            assert f"{method} {route}" in is_open, f"{method} {route} names no act, and is not OPEN"
            continue
        hides = any(issubclass(each, _OwnOr) for each in view.permission_classes)
        yield EntryPoint(
            f"{method} /api/{route}", act, api_request(method, route, act, hides=hides)
        )


def api_request(
    method: str, route: str, act: StaffAct, *, hides: bool
) -> Callable[[Caller, World], bool]:
    def opens(who: Caller, world: World) -> bool:
        paths = dict(world.paths)
        if route.startswith("customers/"):
            paths["pk"] = paths["customer"]
        if route.startswith("categories/"):
            paths["ref"] = paths["category"]
        if "/variants/" in route:
            paths["pk"] = paths["variant"]
        if act is STAFF_ACTS[Act.CANCEL]:
            paths["number"] = world.unpaid.number
        if "{invoice_number}" in route:
            paths["number"] = paths["invoiced"]
        path = re.sub(r"\{(\w+)\}", lambda found: str(paths.get(found[1], 1)), f"/api/{route}")
        answer = ask(who, method, path, {})
        if (method, route) == ("GET", "orders"):
            return answer.status_code == 200 and answer.json()["total"] == 3
        # What is not the caller's own looks as if it were not there.
        return answer.status_code not in ({*REFUSED, 404} if hides else REFUSED)

    return opens


def ask(who: Caller, method: str, path: str, body: dict[str, Any]) -> Any:
    headers = {"Idempotency-Key": "entry-points", "If-Match": "*"}
    with transaction.atomic():
        answer = who.api.generic(
            method, path, json.dumps(body), content_type="application/json", headers=headers
        )
        transaction.set_rollback(True)
    return answer


def admin_entry_points(registry: dict[Any, Any] | None = None) -> Iterator[EntryPoint]:
    """An entry point for each page and action of each table. Raises for one without an act."""
    for model, page in (registry or admin.site._registry).items():
        assert isinstance(page, StaffAdmin), f"{page} asks Django's own rules and not the table"
        label = model._meta.label_lower
        prefix = f"{label.replace('.', '_')}_"
        for pattern in page.get_urls():
            if pattern.name is None:  # Django's redirect from the old address of a form
                continue
            kind = pattern.name.removeprefix(prefix)
            yield from page_entry_points(page, label, kind, pattern)
        for name in page.actions or []:
            yield EntryPoint(
                f"{label}: {name} in the list", action_act(page, name), bulk_request(label, name)
            )
        if page.act_on_model("delete") and "delete_selected" not in (page.actions or []):
            yield EntryPoint(
                f"{label}: delete_selected in the list",
                page.act_on_model("delete"),
                bulk_request(label, "delete_selected"),
            )


def page_entry_points(page: Any, label: str, kind: str, pattern: Any) -> Iterator[EntryPoint]:
    verbs = {"changelist": "view", "add": "add", "history": "view", "delete": "delete"}
    if kind in verbs:
        act = page.act_on_model(verbs[kind])
        yield EntryPoint(f"{label}: {kind}", act, page_request(label, kind, pattern, "GET"))
    elif kind == "change":
        view, change = page.act_on_model("view"), page.act_on_model("change")
        yield EntryPoint(f"{label}: page", view, page_request(label, kind, pattern, "GET"))
        if change is not None:
            yield EntryPoint(f"{label}: save", change, page_request(label, kind, pattern, "POST"))
    elif kind == "auth_user_password_change":
        act = page.act_on_model("change")
        yield EntryPoint(f"{label}: password", act, page_request(label, kind, pattern, "GET"))
    elif hasattr(page, f"{kind}_view"):
        named = getattr(getattr(page, f"{kind}_view"), "act", None)
        assert named is not None, f"{page}.{kind}_view names no act"
        act = page.act_on_model(named) if isinstance(named, str) else named
        yield EntryPoint(f"{label}: {kind}", act, page_request(label, kind, pattern, "POST"))
    else:
        yield EntryPoint(
            f"{label}: {kind}", action_act(page, kind), page_request(label, kind, pattern, "GET")
        )


def action_act(page: Any, name: str) -> StaffAct:
    """The act that an action names by its permissions."""
    names = getattr(getattr(page, name), "allowed_permissions", None)
    assert names, f"{page}.{name} names no permission"
    (named,) = names
    if named in {"view", "add", "change", "delete"}:
        return page.act_on_model(named)
    act = getattr(getattr(page, f"has_{named}_permission"), "act", None)
    assert act is not None, f"{page}.has_{named}_permission names no act"
    return act


def page_request(
    label: str, kind: str, pattern: Any, method: str
) -> Callable[[Caller, World], bool]:
    def opens(who: Caller, world: World) -> bool:
        pk = world.objects.get(f"{label} {kind}", world.objects.get(label, missing(label)))
        if (label, kind) == ("orders.order", "cancel"):
            pk = world.unpaid.pk
        values = {"object_id": pk, "id": pk, "number": 1}
        names = pattern.pattern.regex.groupindex
        name = pattern.name
        path = reverse(f"admin:{name}", kwargs={each: values[each] for each in names})
        return is_entered(visit(who, method, path, {}))

    return opens


def missing(label: str) -> Any:
    """A key that no row has: who may not enter is refused all the same."""
    is_uuid = isinstance(apps.get_model(label)._meta.pk, UUIDField)
    return uuid4() if is_uuid else 0


def bulk_request(label: str, name: str) -> Callable[[Caller, World], bool]:
    def opens(who: Caller, world: World) -> bool:
        path = reverse(f"admin:{label.replace('.', '_')}_changelist")
        pk = world.objects.get(label, missing(label))
        body = {"action": name, "_selected_action": [str(pk)], "index": "0"}
        answer = visit(who, "POST", path, body)
        texts = [str(each) for each in get_messages(answer.wsgi_request)]
        # An action that is not offered is passed over, or answered by a message;
        # either way the list comes.
        is_ignored = "cl" in (getattr(answer, "context_data", None) or {})
        return is_entered(answer) and not is_ignored and "No action selected." not in texts

    return opens


def visit(who: Caller, method: str, path: str, body: dict[str, Any]) -> Any:
    with transaction.atomic():
        answer = who.pages.get(path) if method == "GET" else who.pages.post(path, body)
        transaction.set_rollback(True)
    who.pages.cookies.pop("messages", None)  # which no rollback takes back
    return answer


def is_entered(answer: Any) -> bool:
    to = answer.headers.get("Location", "")
    return answer.status_code not in REFUSED and not to.startswith(
        (reverse("account_login"), "/admin/login")
    )


def written_entry_points() -> Iterator[EntryPoint]:
    """Acts that depend on what an order holds, and figures on a page for all
    staff: told by what came of it.
    """

    def canceled_over_the_api(who: Caller, world: World) -> bool:
        with transaction.atomic():
            who.api.post(f"/api/orders/{world.paid.number}/cancel", {}, format="json")
            status = Order.objects.get(pk=world.paid.pk).status
            transaction.set_rollback(True)
        return status == "canceled"

    def canceled_on(path: str, body: dict[str, Any]) -> Callable[[Caller, World], bool]:
        def opens(who: Caller, world: World) -> bool:
            sent = body | {"reason": "Changed their mind"}
            if "action" in body:
                sent["_selected_action"] = [str(world.paid.pk)]
            with transaction.atomic():
                who.pages.post(path.format(pk=world.paid.pk), sent)
                status = Order.objects.get(pk=world.paid.pk).status
                transaction.set_rollback(True)
            return status == "canceled"

        return opens

    def figures_shown(who: Caller, world: World) -> bool:
        answer = who.pages.get(reverse("admin:index"))
        return answer.status_code == 200 and "figures" in answer.context_data

    bulk = {"action": "cancel_selected", "index": "0", "apply": "1"}
    one = {"_form_submitted": "True"}
    yield EntryPoint("POST /api/orders/{paid}/cancel", CANCEL_PAID, canceled_over_the_api)
    yield EntryPoint(
        "orders.order: cancel a paid one",
        CANCEL_PAID,
        canceled_on("/admin/orders/order/{pk}/cancel/", one),
    )
    yield EntryPoint(
        "orders.order: cancel a paid one in the list",
        CANCEL_PAID,
        canceled_on("/admin/orders/order/", bulk),
    )
    yield EntryPoint("admin: figures on the first page", VIEW_SALES, figures_shown)


def all_entry_points() -> list[EntryPoint]:
    return [*api_entry_points(), *admin_entry_points(), *written_entry_points()]


# What the answer should be
# -------------------------------------------------------------------------
def held_by(user: User | None) -> set[str] | None:
    """The permissions in the rows of the user and the groups, for staff; None for all of them."""
    if user is None or not user.is_active:
        return set()
    if user.role == Role.ADMIN:
        return None
    if user.role not in {Role.STAFF, Role.MODERATOR}:
        return set()
    rows = user.user_permissions.all() | Permission.objects.filter(group__user=user)
    held = {
        f"{app}.{code}" for app, code in rows.values_list("content_type__app_label", "codename")
    }
    return held | set(ROLE_PERMISSIONS.get(user.role, ()))


def should_open(act: StaffAct | None, held: set[str] | None) -> bool:
    if act is None:
        return False
    return held is None or set(act.permissions) <= held or bool(set(act.implied_by) & held)


def wrong_answers(user: User | None, world: World, entry_points: list[EntryPoint]) -> list[str]:
    """The entry points that answered this person otherwise than the table says."""
    who, held = caller(user), held_by(user)
    return [
        f"{entry_point.name} is {'closed' if should_open(entry_point.act, held) else 'open'}"
        for entry_point in entry_points
        if entry_point.opens(who, world) != should_open(entry_point.act, held)
    ]


def in_group(name: str, *permissions: str, maker: Any = StaffFactory) -> User:
    """Somebody in a group of this name that holds these permissions."""
    group, _new = Group.objects.get_or_create(name=name)
    for permission in permissions:
        app, _dot, codename = permission.partition(".")
        group.permissions.add(
            Permission.objects.get(content_type__app_label=app, codename=codename)
        )
    user = maker()
    user = user.user if isinstance(user, Customer) else user
    user.groups.add(group)
    return user


def everything() -> User:
    user = StaffFactory()
    user.user_permissions.set(Permission.objects.all())
    return user


PEOPLE: dict[str, Callable[[], User | None]] = {
    "a visitor": lambda: None,
    "a customer": lambda: CustomerFactory().user,
    "a customer in the group finance": lambda: in_group("finance", maker=CustomerFactory),
    "staff without a group": StaffFactory,
    "staff in a group named like ours": lambda: in_group("Finance"),
    "a moderator": lambda: StaffFactory(role=Role.MODERATOR),
    "a deactivated administrator": lambda: AdminFactory(is_active=False),
    "an administrator": AdminFactory,
    "staff with every permission": everything,
    **{name: lambda name=name: StaffFactory(groups=[name]) for name in STAFF_GROUPS},
}


@pytest.mark.parametrize("person", PEOPLE)
def test_every_door_answers_as_the_table_says(person: str, world: World):
    user = PEOPLE[person]()

    assert wrong_answers(user, world, all_entry_points()) == []


def test_one_permission_opens_its_doors_whatever_the_group_is_called(world: World):
    wrong, entry_points = [], all_entry_points()
    by_permission: dict[str, list[EntryPoint]] = {}
    for entry_point in entry_points:
        if "delete_selected" in entry_point.name:  # its list takes the right to see besides
            continue
        for permission in (
            (*entry_point.act.permissions, *entry_point.act.implied_by) if entry_point.act else ()
        ):
            by_permission.setdefault(permission, []).append(entry_point)

    for permission, its_doors in by_permission.items():
        user = in_group(f"Those with {permission}", permission)
        wrong += [f"{permission}: {each}" for each in wrong_answers(user, world, its_doors)]

    assert wrong == []


def test_every_act_has_a_door_and_those_on_orders_one_on_each_side():
    over_api = {entry_point.act for entry_point in api_entry_points()}
    in_back_office = {
        entry_point.act for entry_point in [*admin_entry_points(), *written_entry_points()]
    }
    on_tables = {
        act
        for label in {model._meta.label_lower for model in admin.site._registry}
        for act in (getattr(acts_on(label), verb) for verb in ("view", "add", "change", "delete"))
    }

    behind_none = set(all_acts()) - over_api - in_back_office - on_tables
    # A change that pays back is an edit by another total: see `orders.tests.test_editing_api`.
    assert behind_none == {EDIT_PAYING_BACK, *NOT_ADMIN_TABLES()}
    on_orders = {act for name, act in STAFF_ACTS.items() if name not in ANSWERED_ON_THE_RETURN}
    assert on_orders <= over_api & in_back_office
    assert {STAFF_ACTS[name] for name in ANSWERED_ON_THE_RETURN} <= over_api


# Tables whose rows are written on the page of another one, by way of Django's own inline rules.
def NOT_ADMIN_TABLES() -> set[StaffAct]:
    acts: set[StaffAct] = set()
    for label in ("catalog.variant", "catalog.productimage"):
        acts.add(acts_on(label).view)
    return acts


# One form on the page of a return: see `test_a_return_is_answered_by_whom_the_table_says`.
ANSWERED_ON_THE_RETURN = {"request_return", "answer_return", "receive_return"}


@pytest.mark.parametrize(
    ("act", "name"),
    [("approve", "answer_return"), ("close", "answer_return"), ("receive", "receive_return")],
)
def test_a_return_is_answered_by_whom_the_table_says(act: str, name: str, world: World):
    path = reverse("admin:orders_return_change", args=[world.objects["orders.return"]])
    for user in [*(StaffFactory(groups=[group]) for group in STAFF_GROUPS), StaffFactory()]:
        who, held = caller(user), held_by(user)
        opened = is_entered(visit(who, "POST", path, {"act": act}))
        assert opened == should_open(STAFF_ACTS[name], held), user.groups.all()


# Controls
# ------------------------------------------------------------------------------------------
def test_a_route_that_ignores_the_table_is_found(world: World, monkeypatch: pytest.MonkeyPatch):
    from inventory.api.views import StockViewSet

    (permission,) = StockViewSet.permission_classes
    monkeypatch.setattr(permission, "has_permission", lambda self, request, view: True)

    wrong = wrong_answers(StaffFactory(), world, list(api_entry_points()))

    assert wrong == [
        "GET /api/stock is open",
        "GET /api/stock/{sku} is open",
        "POST /api/stock/{sku}/adjust is open",
    ]


def test_a_page_that_ignores_the_table_is_found(world: World, monkeypatch: pytest.MonkeyPatch):
    page = admin.site._registry[StockItem]
    monkeypatch.setattr(page, "has_view_permission", lambda request, obj=None: True)

    wrong = wrong_answers(StaffFactory(), world, list(admin_entry_points({StockItem: page})))

    assert wrong == [
        f"inventory.stockitem: {kind} is open" for kind in ("changelist", "history", "page")
    ]


def test_a_route_without_an_act_is_found():
    from rest_framework.permissions import IsAuthenticated

    from shop.api.views import ShopViewSet

    class Secrets(ShopViewSet):
        permission_classes = [IsAuthenticated]

    with pytest.raises(AssertionError, match="GET secrets names no act"):
        list(api_entry_points([("GET", "secrets", Secrets)]))


def test_an_action_without_an_act_is_found():
    class Pages(StaffAdmin):
        actions = ["burn"]

        @admin.action(description="Burn")
        def burn(self, request: Any, queryset: Any) -> None:
            """Gone."""

    with pytest.raises(AssertionError, match="burn names no permission"):
        list(admin_entry_points({StockItem: Pages(StockItem, admin.site)}))


def test_a_page_of_the_back_office_that_belongs_to_no_table_is_listed_here():
    tables = {pattern for page in admin.site._registry.values() for pattern in page.get_urls()}
    tables_names = {pattern.name for pattern in tables}

    names = {pattern.name for pattern in admin.site.get_urls() if hasattr(pattern, "name")}

    assert {name for name in names - tables_names if name} == SHARED


def test_a_list_of_orders_holds_what_its_reader_may_see(world: World):
    reader = in_group("Readers", *ORDERS.view.permissions)

    assert caller(reader).api.get("/api/orders").json()["total"] == 3
    assert caller(in_group("Finance")).api.get("/api/orders").json()["total"] == 0
