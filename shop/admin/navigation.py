"""The side bar and the saved views above lists, built for who is signed in."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from accounts.models import SavedView
from orders.models import Order
from reports.figures import ToDo, payment_failed, to_do, to_ship, unpaid
from shop.admin.saved_views import plain_query
from shop.core import caching
from shop.core.permissions import acts_on, may

# Counts are for orientation, not for decisions: two queries a minute serve the whole staff.
COUNTS_SECONDS = 60

Item = dict[str, Any]
Group = tuple[str, list[Item | None]]


def counts() -> ToDo:
    """What waits, at most a minute old."""
    return caching.kept(ToDo, "backoffice.counts", COUNTS_SECONDS, to_do)


class Menu:
    """Entries of the side bar that `request`'s user may follow."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    def item(
        self, title: str, icon: str, model: str, *, key: str = "", count: int = 0
    ) -> Item | None:
        """A link to the list of `model` ("orders.order"), or None where it is forbidden."""
        app, _dot, name = model.partition(".")
        if not may(self.request.user, acts_on(model).view):
            return None
        link = reverse(f"admin:{app}_{name}_changelist")
        # A badge of zero would still show as a pill: the key is left out instead.
        badge = {"badge": f"{count:,}"} if count else {}
        return {
            "title": title,
            "icon": icon,
            "link": link,
            "key": key,
            "active": self.request.path.startswith(link),
            **badge,
        }


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups of the side bar; groups without an allowed entry are left out."""
    menu, home = Menu(request), reverse("admin:index")
    first: Item = {
        "title": _("Home"),
        "icon": "home",
        "link": home,
        "key": "h",
        "active": request.path == home,
    }
    groups: list[Group] = [("", [first]), *_trade(menu), *_setup(menu)]
    shown = [{"title": title, "items": [item for item in items if item]} for title, items in groups]
    return [group for group in shown if group["items"]]


def _trade(menu: Menu) -> list[Group]:
    """What is sold, and to whom."""
    waits = counts()
    return [
        (
            _("Sales"),
            [
                menu.item(
                    _("Orders"), "receipt_long", "orders.order", key="o", count=waits.to_ship
                ),
                menu.item(_("Returns"), "undo", "orders.return", count=waits.returns),
                menu.item(_("Withdrawals"), "article", "orders.withdrawal"),
                menu.item(_("Invoices"), "article", "orders.invoice"),
                menu.item(_("Customers"), "group", "accounts.customer", key="c"),
                menu.item(_("Promotions"), "percent", "pricing.promotion"),
                menu.item(_("Coupon codes"), "sell", "pricing.coupon"),
                menu.item(_("Gift cards"), "card_giftcard", "pricing.giftcard"),
                menu.item(_("Payments"), "payments", "payments.payment"),
                menu.item(_("Refunds"), "undo", "payments.refund"),
            ],
        ),
        (
            _("Catalog"),
            [
                menu.item(_("Products"), "inventory_2", "catalog.product", key="p"),
                menu.item(_("Categories"), "account_tree", "catalog.category"),
                menu.item(_("Collections"), "collections_bookmark", "catalog.collection"),
                menu.item(_("Makers"), "handyman", "catalog.maker"),
                menu.item(_("Product types"), "category", "catalog.producttype"),
                menu.item(
                    _("Stock"), "warehouse", "inventory.stockitem", key="s", count=waits.low_stock
                ),
                menu.item(_("Stock movements"), "swap_vert", "inventory.movement"),
            ],
        ),
    ]


def _setup(menu: Menu) -> list[Group]:
    """What pages say, how the shop is set up, and who works in it."""
    return [
        (
            _("Content"),
            [
                menu.item(_("Home page"), "view_agenda", "catalog.homeblock"),
                menu.item(_("Help and legal pages"), "article", "catalog.page"),
            ],
        ),
        (
            _("Settings"),
            [
                menu.item(_("Delivery"), "local_shipping", "pricing.shippingzone"),
                menu.item(_("Taxes"), "percent", "pricing.taxrate"),
                menu.item(_("Payment methods"), "credit_card", "pricing.paymentmethod"),
                menu.item(_("Exchange rates"), "currency_exchange", "catalog.exchangerate"),
            ],
        ),
        (
            _("Administration"),
            [
                menu.item(_("Staff and users"), "badge", "accounts.user"),
                menu.item(_("Groups"), "groups", "auth.group"),
                menu.item(_("Audit log"), "history", "core.auditentry"),
                menu.item(_("E-mails"), "mail", "notifications.outgoingmail"),
                menu.item(_("Event deliveries"), "outbox", "core.outboxdelivery"),
                menu.item(_("Provider events"), "inbox", "payments.providerevent"),
            ],
        ),
    ]


# The order list's views: a word, the query that makes them, and what they count.
def order_views() -> list[tuple[str, str, Q | None]]:
    """The views everybody has of the orders."""
    return [
        (_("All"), "", None),
        (_("To ship"), "waits=to_ship", to_ship()),
        (_("Unpaid"), "waits=unpaid", unpaid()),
        (_("Payment failed"), "waits=payment_failed", payment_failed()),
        (_("Canceled"), "status__exact=canceled", Q(status="canceled")),
    ]


def tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """The views above a list: everybody's with counts, one's own, and "+ Save view".

    Asked for twice a page.
    """
    held: list[dict[str, Any]] | None = getattr(request, "_backoffice_tabs", None)
    if held is None:
        held = _tabs(request)
        request._backoffice_tabs = held  # type: ignore[attr-defined]
    return held


def _tabs(request: HttpRequest) -> list[dict[str, Any]]:
    match = request.resolver_match
    site_of_list = getattr(match.func, "model_admin", None) if match else None
    if match is None or site_of_list is None or not str(match.url_name).endswith("_changelist"):
        return []
    if not site_of_list.has_view_or_change_permission(request):
        return []
    model, base = site_of_list.opts.label_lower, request.path
    asked = plain_query(request.GET.urlencode())
    items = _shared_views(base, asked) if model == "orders.order" else []
    own = list(SavedView.objects.above(model, owner=request.user))  # type: ignore[arg-type]
    if not items and (own or asked):
        items = [{"title": _("All"), "link": base, "active": not asked}]
    for view in own:
        is_shown = view.query == asked
        items.append({"title": view.name, "link": f"{base}?{view.query}", "active": is_shown})
        if is_shown:
            link = reverse("admin:remove_view", args=[view.pk])
            items.append({"title": _("Remove view"), "link": link, "active": False})
    if asked and not any(item["active"] for item in items):
        link = f"{reverse('admin:save_view')}?{urlencode({'model': model, 'query': asked})}"
        items.append({"title": _("+ Save view"), "link": link, "active": False})
    return [{"models": [model], "items": items}] if items else []


def _shared_views(base: str, asked: str) -> list[Item]:
    found = caching.kept(dict[str, int], "backoffice.views", COUNTS_SECONDS, _count_views)
    items = []
    for name, query, _filter in order_views():
        count = found.get(query)
        title = (
            name
            if count is None
            else format_html('{} <span class="n">{}</span>', name, f"{count:,}")
        )
        link = f"{base}?{query}" if query else base
        items.append({"title": title, "link": link, "active": asked == query})
    return items


def _count_views() -> dict[str, int]:
    """One query for all views."""
    filters = {query: condition for _name, query, condition in order_views() if condition}
    names = {f"view_{index}": query for index, query in enumerate(filters)}
    row = Order.objects.aggregate(
        **{name: Count("pk", filter=filters[query]) for name, query in names.items()}
    )
    return {query: row[name] for name, query in names.items()}
