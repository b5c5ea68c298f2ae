"""The first page: figures from `reports`, kept for a minute, drawn as plain SVG paths."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from babel.numbers import format_currency
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from inventory.models import StockItem
from inventory.permissions import STOCK
from orders.models import Order
from orders.permissions import ORDERS, RETURNS
from pricing.configuration.coverage import tax_gaps
from pricing.permissions import ZONES
from reports.figures import BestSeller, Sales, Span, best_sellers, sales, span_of
from reports.permissions import VIEW_SALES
from shop.admin.navigation import counts
from shop.core import caching
from shop.core.clock import shop_time, show_tick
from shop.core.money import exponent, format_minor
from shop.core.permissions import may

SECONDS = 60
PERIODS = {"today": 1, "7": 7, "30": 30, "90": 90}


@dataclass(frozen=True, slots=True)
class Tick:
    """A label beside the chart; `place` is in the drawing's own units."""

    place: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A line chart in a drawing of `width` by `height`: paths, grid and labels."""

    width: int
    height: int
    left: int
    bottom: int
    line: str
    area: str
    before: str
    rows: list[Tick]
    columns: list[Tick]


@dataclass(frozen=True, slots=True)
class Figure:
    """A headline figure with its change and, where it has one, a line of its own."""

    label: str
    value: str
    change: str
    tone: str
    spark: str


@dataclass(frozen=True)
class Review:
    """Everything about one period, as the first page draws it."""

    figures: list[Figure]
    charts: list[tuple[str, Chart]]
    # When, sales, orders
    table: list[tuple[str, str, int]]
    # Name, units, sales
    best_sellers: list[tuple[str, int, str]]


def dashboard(request: HttpRequest, *, at: datetime) -> dict[str, Any]:
    """The context of the first page: figures, orders and stock, each for whoever may see it."""
    key = request.GET.get("period", "30")
    key = key if key in PERIODS else "30"
    local = shop_time(at)
    context: dict[str, Any] = {
        "title": _("Home"),
        "greeting": greeting(local.hour, request.user),
        "sees_orders": may(request.user, ORDERS.view),
        "sees_returns": may(request.user, RETURNS.view),
        "sees_stock": may(request.user, STOCK.view),
    }
    if may(request.user, VIEW_SALES):
        context["period"] = key
        context["periods"] = [
            ("today", _("Today")),
            ("7", _("7 days")),
            ("30", _("30 days")),
            ("90", _("90 days")),
        ]
        held = caching.kept(
            Review,
            f"backoffice.dashboard.{key}.{get_language()}",
            SECONDS,
            lambda: review(span_of(PERIODS[key], at=at)),
        )
        context |= vars(held)
    if context["sees_orders"]:
        context["latest_orders"] = caching.kept(
            list[tuple[int, str, str, str]], "backoffice.latest_orders", SECONDS, latest_orders
        )
    if context["sees_stock"]:
        context["low_stock"] = caching.kept(
            list[tuple[int, str, int]], "backoffice.low_stock", SECONDS, low_stock
        )
    if may(request.user, ZONES.view):
        context["tax_gaps"] = caching.kept(
            int,
            "backoffice.tax_gaps",
            SECONDS,
            lambda: len({gap.country for gap in tax_gaps(at=at)}),
        )
    context["waits"] = counts()
    return context


def greeting(hour: int, user: Any) -> str:
    """Good morning, afternoon or evening, by first name."""
    name = user.first_name or user.get_username()
    if hour < 12:
        return _("Good morning, %(name)s") % {"name": name}
    if hour < 18:
        return _("Good afternoon, %(name)s") % {"name": name}
    return _("Good evening, %(name)s") % {"name": name}


def review(span: Span) -> Review:
    """Everything about one period: 5 queries when nothing is kept."""
    now, before = sales(span), sales(span.before())
    currency = settings.DEFAULT_CURRENCY
    best: list[BestSeller] = best_sellers(span)
    return Review(
        figures=[
            Figure(
                _("Sales"),
                format_minor(now.total_minor, currency),
                *change(now.total_minor, before.total_minor),
                spark(now.sales_minor),
            ),
            Figure(
                _("Orders"),
                f"{now.order_count:,}",
                *change(now.order_count, before.order_count),
                spark(now.order_counts),
            ),
            Figure(
                _("Average order"),
                format_minor(now.average_minor, currency),
                *change(now.average_minor, before.average_minor),
                spark(_averages(now)),
            ),
            Figure(
                _("Refunded"),
                format_minor(now.refunded_minor, currency),
                *change(now.refunded_minor, before.refunded_minor, less_is_good=True),
                "",
            ),
        ],
        charts=[
            ("wide", chart(now, before, span, width=640, height=200)),
            ("narrow", chart(now, before, span, width=320, height=190)),
        ],
        table=[
            (show_tick(point, is_hourly=span.is_hourly), format_minor(minor, currency), orders)
            for point, minor, orders in zip(
                now.points, now.sales_minor, now.order_counts, strict=True
            )
        ],
        best_sellers=[
            (seller.name, seller.quantity, format_minor(seller.sales_minor, currency))
            for seller in best
        ],
    )


def _averages(now: Sales) -> list[int]:
    return [
        minor // count if count else 0
        for minor, count in zip(now.sales_minor, now.order_counts, strict=True)
    ]


def latest_orders() -> list[tuple[int, str, str, str]]:
    """Key, number, who and amount of the newest orders."""
    return [
        (
            order.pk,
            order.number,
            order.shipping_address.get("name") or order.email,
            format_minor(order.total_minor, order.currency),
        )
        for order in Order.objects.order_by("-placed_at", "-pk")[:6]
    ]


def low_stock() -> list[tuple[int, str, int]]:
    """Key, SKU and available units of what runs low, the scarcest first."""
    return [
        (item.pk, item.sku, item.available)
        for item in StockItem.objects.low().order_by("on_hand", "sku")[:6]
    ]


def change(now: int, before: int, *, less_is_good: bool = False) -> tuple[str, str]:
    """The change in words, and its tone."""
    if not before:
        return _("no earlier figure"), "quiet"
    percent = int(
        (Decimal(now - before) * 100 / before).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    )
    tone = "quiet" if percent == 0 else "ok" if (percent > 0) != less_is_good else "danger"
    sign = "−" if percent < 0 else "+"
    return _("%(change)s%% vs. previous period") % {"change": f"{sign}{abs(percent)}"}, tone


def spark(values: list[int], *, width: int = 86, height: int = 20) -> str:
    """The path of a small line."""
    return path(values, top=max(values, default=0), width=width, height=height)


def path(values: list[int], *, top: int, width: float, height: float, left: float = 0) -> str:
    """`M x y L x y …` of values between 0 and `top`, drawn upwards from the bottom."""
    if len(values) < 2 or not top:
        return ""
    step = width / (len(values) - 1)
    return "M" + "L".join(
        f"{left + index * step:.1f} {height - value / top * height:.1f}"
        for index, value in enumerate(values)
    )


def chart(now: Sales, before: Sales, span: Span, *, width: int, height: int) -> Chart:
    """Sales of a span with the span before it, for one width of drawing."""
    top = nice_top(max([*now.sales_minor, *before.sales_minor, 1]))
    left, bottom = 58, height - 24
    inner = width - left - 6
    line = path(now.sales_minor, top=top, width=inner, height=bottom, left=left)
    wanted = 6 if width > 400 else 4
    every = max(1, -(-len(now.points) // wanted))
    step = inner / max(1, len(now.points) - 1)
    return Chart(
        width=width,
        height=height,
        left=left,
        bottom=bottom,
        line=line,
        area=f"{line}L{left + inner} {bottom}L{left} {bottom}Z" if line else "",
        before=path(before.sales_minor, top=top, width=inner, height=bottom, left=left),
        rows=[
            Tick(round(bottom - bottom * part / 4, 1), short_money(top * part // 4))
            for part in range(5)
        ],
        columns=[
            Tick(round(left + index * step, 1), show_tick(point, is_hourly=span.is_hourly))
            for index, point in enumerate(now.points)
            if index % every == 0 and left + index * step < width - 30
        ],
    )


def nice_top(most: int) -> int:
    """The smallest of 1, 2, 2.5, 4, 5 or 8 times a power of ten that holds `most`;
    divisible by four.
    """
    power = 1
    while power * 10 <= most:
        power *= 10
    return next(
        (step for part in (10, 20, 25, 40, 50, 80) if (step := power * part // 10) >= most),
        power * 10,
    )


def short_money(minor: int) -> str:
    """An amount of the scale, without cents."""
    amount = Decimal(minor).scaleb(-exponent(settings.DEFAULT_CURRENCY))
    return format_currency(
        amount.quantize(Decimal(1), rounding=ROUND_HALF_UP),
        settings.DEFAULT_CURRENCY,
        format="¤#,##0",
        locale=(get_language() or "en").replace("-", "_"),
        currency_digits=False,
    )
