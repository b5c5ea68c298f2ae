"""The figures of the dashboard: what was sold, what waits, what runs low."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import TruncDay, TruncHour

from inventory.models import StockItem
from orders.models import Order, OrderItem, Return
from orders.states import FulfillmentStatus, OrderStatus
from payments.models import PaymentEntry
from payments.states import EntryKind
from shop.core.clock import end_of_day, shop_day, shop_zone, start_of_day
from shop.core.money import convert_minor

# What counts as sold: confirmed orders. Pending ones may never be paid, canceled ones are gone.
SOLD = (OrderStatus.CONFIRMED, OrderStatus.COMPLETED)


@dataclass(frozen=True, slots=True)
class Span:
    """Equal steps of time up to `end`: days, or hours where `is_hourly`."""

    start: datetime
    end: datetime
    is_hourly: bool

    @property
    def step(self) -> timedelta:
        """How long one point of a line lasts."""
        return timedelta(hours=1) if self.is_hourly else timedelta(days=1)

    @property
    def points(self) -> list[datetime]:
        """The moments at which the steps begin, in the shop's time zone."""
        points, at = [], self.start
        while at < self.end:
            points.append(at)
            at += self.step
        return points

    def before(self) -> Span:
        """The span of the same length that ends where this one begins."""
        return Span(self.start - (self.end - self.start), self.start, self.is_hourly)


def span_of(days: int, *, at: datetime) -> Span:
    """The last `days` days up to the end of today in the shop's time zone; one
    day counts by hours.
    """
    day = shop_day(at)
    return Span(start_of_day(day - timedelta(days=days - 1)), end_of_day(day), is_hourly=days == 1)


@dataclass(frozen=True, slots=True)
class Sales:
    """Sales of a span in the shop's currency, with one figure for each of its points."""

    points: list[datetime]
    sales_minor: list[int]
    order_counts: list[int]
    refunded_minor: int

    @property
    def total_minor(self) -> int:
        """Minor units sold."""
        return sum(self.sales_minor)

    @property
    def order_count(self) -> int:
        """Orders sold."""
        return sum(self.order_counts)

    @property
    def average_minor(self) -> int:
        """Minor units of an average order; 0 without orders."""
        return self.total_minor // self.order_count if self.order_count else 0


def in_shop_currency(minor: int, currency: str, exchange_rate: Decimal) -> int:
    """An amount at the rate of its order, in minor units of the shop's currency."""
    if currency == settings.DEFAULT_CURRENCY:
        return minor
    return convert_minor(minor, currency, settings.DEFAULT_CURRENCY, 1 / exchange_rate)


def sales(span: Span) -> Sales:
    """What was sold and refunded in a span: 2 queries, whatever its length."""
    zone = shop_zone()
    trunc = TruncHour if span.is_hourly else TruncDay
    rows = (
        Order.objects.filter(placed_at__gte=span.start, placed_at__lt=span.end, status__in=SOLD)
        .annotate(step=trunc("placed_at", tzinfo=zone))
        .order_by()
        .values_list("step", "currency", "exchange_rate")
        .annotate(total=Sum("total_minor"), orders=Count("pk"))
    )
    sums: dict[datetime, list[int]] = {}
    for step, currency, rate, total, orders in rows:
        held = sums.setdefault(step, [0, 0])
        held[0] += in_shop_currency(total, currency, rate)
        held[1] += orders
    points = span.points
    return Sales(
        points=points,
        sales_minor=[sums.get(point, [0, 0])[0] for point in points],
        order_counts=[sums.get(point, [0, 0])[1] for point in points],
        refunded_minor=_refunded(span),
    )


def _refunded(span: Span) -> int:
    rows: Iterable[tuple[str, Decimal, int]] = (
        PaymentEntry.objects.filter(kind=EntryKind.REFUNDED, at__gte=span.start, at__lt=span.end)
        .order_by()
        .values_list("currency", "payment__order__exchange_rate")
        .annotate(total=Sum("amount_minor"))
    )
    return sum(in_shop_currency(total, currency, rate) for currency, rate, total in rows)


@dataclass(frozen=True, slots=True)
class BestSeller:
    """A product with what was sold of it."""

    name: str
    quantity: int
    sales_minor: int


def best_sellers(span: Span, *, limit: int = 6) -> list[BestSeller]:
    """The products that brought most: 1 query. Amounts are in the shop's currency."""
    rows = (
        OrderItem.objects.filter(
            order__placed_at__gte=span.start,
            order__placed_at__lt=span.end,
            order__status__in=SOLD,
            order__currency=settings.DEFAULT_CURRENCY,
        )
        .values("product_name")
        .annotate(units=Sum("quantity"), brought=Sum("total_minor"))
        .order_by("-brought", "product_name")[:limit]
    )
    return [BestSeller(row["product_name"], row["units"], row["brought"]) for row in rows]


@dataclass(frozen=True, slots=True)
class ToDo:
    """What waits for staff."""

    to_ship: int
    unpaid: int
    failed_payments: int
    low_stock: int
    returns: int


def to_ship() -> Q:
    """Orders that may leave the warehouse: confirmed, and not all of it sent."""
    return Q(
        status=OrderStatus.CONFIRMED,
        fulfillment_status__in=[FulfillmentStatus.UNFULFILLED, FulfillmentStatus.PARTIAL],
    )


def unpaid() -> Q:
    """Orders that still owe money and were not canceled: `Order.due_minor` as a condition."""
    held = F("amount_paid_minor") - F("amount_refunded_minor")
    return Q(total_minor__gt=F("credited_minor") + held) & ~Q(status=OrderStatus.CANCELED)


def payment_failed() -> Q:
    """Orders whose payment failed and that nobody canceled."""
    return Q(payment_status="failed") & ~Q(status=OrderStatus.CANCELED)


def to_do() -> ToDo:
    """What waits for staff: 3 queries."""
    counts = Order.objects.aggregate(
        to_ship=Count("pk", filter=to_ship()),
        unpaid=Count("pk", filter=unpaid()),
        failed=Count("pk", filter=payment_failed()),
    )
    return ToDo(
        to_ship=counts["to_ship"],
        unpaid=counts["unpaid"],
        failed_payments=counts["failed"],
        low_stock=StockItem.objects.low().count(),
        returns=Return.objects.waiting().count(),
    )
