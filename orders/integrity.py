"""What must always hold about orders."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    FloatField,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
    Window,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Abs, Cast, Coalesce, Concat, Lag

from inventory.models import Movement, Reservation
from inventory.states import MovementKind
from orders.models import (
    Credit,
    CreditDelivery,
    CreditItem,
    Invoice,
    InvoiceLine,
    InvoiceSeries,
    InvoiceTax,
    Order,
    OrderAdjustment,
    OrderEvent,
    OrderItem,
    Return,
    ReturnItem,
    ReturnReceipt,
)
from orders.states import EXPECTED_RETURNS, InvoiceKind, OrderStatus, ReturnStatus
from shop.core.integrity import invariant
from shop.core.models import OutboxDelivery, OutboxEvent


def _numbers(rows: object) -> Iterable[object]:
    return rows.order_by("number").values_list("number", flat=True)  # type: ignore[attr-defined, no-any-return]


def _sum_of_items(field: str) -> Subquery:
    items = OrderItem.objects.filter(order=OuterRef("pk")).order_by().values("order")
    return Subquery(items.annotate(figure=Sum(field)).values("figure"))


@invariant("I7", "An order's total is subtotal − discount + shipping + added tax")
def totals_add_up(at: datetime) -> Iterable[object]:
    """Numbers of orders that do not add up."""
    return _numbers(
        Order.objects.exclude(
            total_minor=F("subtotal_minor")
            - F("discount_minor")
            + F("shipping_minor")
            + F("tax_added_minor")
        )
    )


@invariant("I8", "Items sum to the order's subtotal and discount")
def items_sum_to_the_order(at: datetime) -> Iterable[object]:
    """Numbers of orders whose items tell another story."""
    return _numbers(
        Order.objects.annotate(
            lines=Coalesce(_sum_of_items("total_minor"), 0),
            lowered=Coalesce(_sum_of_items("discount_minor"), 0),
        ).exclude(lowered=F("discount_minor"), lines=F("subtotal_minor") - F("discount_minor"))
    )


@invariant("I9", "The tax of an order is the sum of its tax adjustments")
def taxes_sum(at: datetime) -> Iterable[object]:
    """Numbers of orders whose tax is not explained by its parts."""
    taxes = OrderAdjustment.objects.filter(order=OuterRef("pk"), kind="tax").order_by()
    summed = taxes.values("order").annotate(figure=Sum("amount_minor")).values("figure")
    return _numbers(
        Order.objects.annotate(parts=Coalesce(Subquery(summed), 0)).exclude(parts=F("tax_minor"))
    )


@invariant("I9b", "Each row of tax is what it is counted from at its rate, rounded once")
def taxes_follow_from_their_rates(at: datetime) -> Iterable[object]:
    """Ids of rows of tax that differ from their base at their rate by more than
    half a minor unit.
    """
    percent, amount, base = (
        Cast(name, FloatField()) for name in ("percent", "amount_minor", "base_minor")
    )
    whole = Case(When(is_included=True, then=percent + 100.0), default=Value(100.0))
    return (
        OrderAdjustment.objects.filter(kind=OrderAdjustment.Kind.TAX)
        .annotate(off=Abs(amount * whole - base * percent) * 2.0 - whole)
        .filter(off__gt=0.01)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


@invariant("I9c", "An item's tax, its rate and its mode are those of its rows of tax")
def items_keep_their_taxes(at: datetime) -> Iterable[object]:
    """Ids of items that say something else about their tax than its rows."""
    rows = OrderAdjustment.objects.filter(
        item=OuterRef("pk"), kind=OrderAdjustment.Kind.TAX
    ).order_by()
    told = rows.values("item").annotate(figure=Sum("amount_minor")).values("figure")
    is_included = Case(When(tax_mode="included", then=Value(True)), default=Value(False))
    return (
        OrderItem.objects.annotate(told=Coalesce(Subquery(told), 0), is_included=is_included)
        .filter(
            ~Q(told=F("tax_minor"))
            | Exists(rows.exclude(percent=OuterRef("tax_percent")))
            | Exists(rows.exclude(is_included=OuterRef("is_included")))
        )
        .order_by("pk")
        .values_list("pk", flat=True)
    )


@invariant("I10", "No discount exceeds what it lowers, no total is below zero")
def discounts_stay_within(at: datetime) -> Iterable[object]:
    """Numbers of orders with an impossible discount."""
    return _numbers(
        Order.objects.filter(
            Q(total_minor__lt=0)
            | Q(discount_minor__lt=0)
            | Q(discount_minor__gt=F("subtotal_minor"))
            | Q(shipping_minor__lt=0)
        )
    )


@invariant("I2b", "An open order's unshipped units are reserved, a closed order's are not")
def open_orders_have_their_stock(at: datetime) -> Iterable[object]:
    """Numbers of confirmed orders without full reservations, and of canceled ones
    that still hold stock.
    """
    live = (
        Reservation.objects.live()
        .filter(holder=Concat(Value("order:"), OuterRef("number")))
        .order_by()
        .values("holder")
        .annotate(units=Sum("quantity"))
        .values("units")
    )
    orders = Order.objects.annotate(
        reserved_units=Coalesce(Subquery(live, output_field=IntegerField()), 0),
        open_units=Coalesce(_sum_of_items("quantity"), 0)
        - Coalesce(_sum_of_items("shipped_quantity"), 0)
        - Coalesce(_sum_of_items("canceled_quantity"), 0),
    )
    return _numbers(
        orders.filter(
            (Q(status=OrderStatus.CONFIRMED) & ~Q(reserved_units=F("open_units")))
            | (Q(status__in=[OrderStatus.CANCELED, OrderStatus.COMPLETED]) & ~Q(reserved_units=0))
        )
    )


@invariant("I22", "A timeline has no gaps and only allowed moves")
def timelines_are_chains(at: datetime) -> Iterable[object]:
    """Numbers of orders whose timeline has a gap or ends elsewhere than the order stands."""
    last_move = (
        OrderEvent.objects.filter(order=OuterRef("pk"))
        .exclude(to_status="")
        .order_by("-sequence")
        .values("to_status")[:1]
    )
    return _numbers(
        Order.objects.annotate(
            event_count=Count("events"),
            last_sequence=Max("events__sequence"),
            last_status=Subquery(last_move),
        ).filter(
            Q(event_count=0) | ~Q(last_sequence=F("event_count")) | ~Q(last_status=F("status"))
        )
    )


@invariant("I22b", "Each move of an order starts where the last one ended")
def moves_follow_each_other(at: datetime) -> Iterable[object]:
    """Ids of timeline entries whose `from_status` is not the `to_status` before."""
    moves = OrderEvent.objects.exclude(to_status="").annotate(
        before=Window(
            Lag("to_status", default=Value("")),
            partition_by=[F("order_id")],
            order_by=[F("sequence").asc()],
        )
    )
    return [
        pk
        for pk, before, from_status in moves.values_list("pk", "before", "from_status").iterator()
        if before != from_status
    ]


@invariant(
    "I12b", "An order's credits sum to what it was credited with, and their parts to each of them"
)
def credits_add_up(at: datetime) -> Iterable[object]:
    """Numbers of orders whose credits tell another story."""
    granted = Credit.objects.filter(order=OuterRef("pk")).order_by().values("order")
    parts = CreditItem.objects.filter(credit__order=OuterRef("pk")).order_by()
    by_order = parts.values("credit__order")
    return _numbers(
        Order.objects.annotate(
            credited=Coalesce(
                Subquery(granted.annotate(figure=Sum("amount_minor")).values("figure")), 0
            ),
            for_delivery=Coalesce(
                Subquery(granted.annotate(figure=Sum("shipping_minor")).values("figure")), 0
            ),
            for_items=Coalesce(
                Subquery(by_order.annotate(figure=Sum("amount_minor")).values("figure")), 0
            ),
        ).exclude(credited=F("credited_minor"), for_items=F("credited_minor") - F("for_delivery"))
    )


@invariant("I12c", "No item is credited with more money, tax or units than it was sold with")
def items_are_not_overcredited(at: datetime) -> Iterable[object]:
    """Ids of items that were credited beyond their sale."""
    return (
        OrderItem.objects.annotate(
            credited=Coalesce(Sum("credit_items__amount_minor"), 0),
            credited_tax=Coalesce(Sum("credit_items__tax_minor"), 0),
            credited_units=Coalesce(Sum("credit_items__quantity"), 0),
        )
        .filter(
            Q(credited_units__gt=F("quantity"))
            | Q(credited_tax__gt=F("tax_minor"))
            | Q(tax_mode="added", credited__gt=F("total_minor") + F("tax_minor"))
            | Q(tax_mode="included", credited__gt=F("total_minor"))
        )
        .order_by("pk")
        .values_list("pk", flat=True)
    )


@invariant("I12g", "What a credit takes of delivery is the sum of its parts, rate by rate")
def credited_delivery_adds_up(at: datetime) -> Iterable[object]:
    """Ids of credits whose parts of delivery tell another story.

    One without any was split when it was read.
    """
    parts = CreditDelivery.objects.filter(credit=OuterRef("pk")).order_by().values("credit")
    return (
        Credit.objects.annotate(
            amount=Subquery(parts.annotate(figure=Sum("amount_minor")).values("figure")),
            tax=Subquery(parts.annotate(figure=Sum("tax_minor")).values("figure")),
        )
        .filter(amount__isnull=False)
        .exclude(amount=F("shipping_minor"), tax=F("shipping_tax_minor"))
        .order_by("pk")
        .values_list("pk", flat=True)
    )


@invariant("I12h", "At no rate more of delivery is credited than was charged at it")
def delivery_is_not_overcredited(at: datetime) -> Iterable[object]:
    """Ids of credited parts of delivery that together exceed what their order
    charged at their rate.
    """
    charged = (
        OrderAdjustment.objects.filter(
            order=OuterRef("credit__order"),
            item__isnull=True,
            kind=OrderAdjustment.Kind.TAX,
            percent=OuterRef("percent"),
        )
        .order_by()
        .values("order")
    )
    added = Case(When(is_included=False, then=F("amount_minor")), default=Value(0))
    taken = (
        CreditDelivery.objects.filter(
            credit__order=OuterRef("credit__order"), percent=OuterRef("percent")
        )
        .order_by()
        .values("percent")
    )
    return (
        CreditDelivery.objects.filter(percent__gt=0)
        .annotate(
            charged=Coalesce(
                Subquery(charged.annotate(figure=Sum(F("base_minor") + added)).values("figure")),
                0,
            ),
            charged_tax=Coalesce(
                Subquery(charged.annotate(figure=Sum("amount_minor")).values("figure")), 0
            ),
            taken=Subquery(taken.annotate(figure=Sum("amount_minor")).values("figure")),
            taken_tax=Subquery(taken.annotate(figure=Sum("tax_minor")).values("figure")),
        )
        .filter(Q(taken__gt=F("charged")) | Q(taken_tax__gt=F("charged_tax")))
        .order_by("pk")
        .values_list("pk", flat=True)
    )


@invariant("I12d", "Each item counts the units that its credits paid back")
def credited_units_are_counted(at: datetime) -> Iterable[object]:
    """Ids of items whose count differs from their credits."""
    return (
        OrderItem.objects.annotate(units=Coalesce(Sum("credit_items__quantity"), 0))
        .exclude(units=F("credited_quantity"))
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def _moved(kind: str) -> Coalesce:
    """Units of an item's SKU that moved with its order's number as their
    reference; out is negative.
    """
    moves = Movement.objects.filter(
        kind=kind, reference=OuterRef("order__number"), stock_item__sku=OuterRef("product_sku")
    )
    summed = moves.order_by().values("reference").annotate(units=Sum("quantity")).values("units")
    return Coalesce(Subquery(summed, output_field=IntegerField()), 0)


@invariant("I5", "What left, came back and was written off of each item is what its stock says")
def units_are_somewhere(at: datetime) -> Iterable[object]:
    """Ids of items whose counts differ from the movements. With I1: received = on
    hand + shipped − returned
    + written off, of every unit that was ever in stock.
    """
    lost = ReturnItem.objects.filter(order_item=OuterRef("pk")).order_by().values("order_item")
    written_off = Subquery(lost.annotate(n=Sum("written_off_quantity")).values("n"))
    return (
        # Gift cards are sent by e-mail and move nothing.
        OrderItem.objects.filter(shipped_quantity__gt=0, is_gift_card=False)
        .annotate(
            left=-_moved(MovementKind.SHIPPED),
            back=_moved(MovementKind.RETURNED),
            lost=-_moved(MovementKind.WRITTEN_OFF),
            written_off=Coalesce(written_off, 0),
        )
        .exclude(left=F("shipped_quantity"), back=F("returned_quantity"), lost=F("written_off"))
        .order_by("pk")
        .values_list("pk", flat=True)
    )


@invariant("I31", "The units on their way back are those that live returns have claimed")
def claims_are_counted(at: datetime) -> Iterable[object]:
    """Ids of items whose claims no live return explains, or not all of them."""
    asked = Q(return_items__parent__status=ReturnStatus.REQUESTED)
    expected = Q(return_items__parent__status__in=EXPECTED_RETURNS)
    return (
        OrderItem.objects.annotate(
            claimed=Coalesce(Sum("return_items__quantity", filter=asked), 0)
            + Coalesce(Sum("return_items__approved_quantity", filter=expected), 0)
            - Coalesce(Sum("return_items__received_quantity", filter=expected), 0)
        )
        .exclude(claimed=F("returning_quantity"))
        .order_by("pk")
        .values_list("pk", flat=True)
    )


@invariant(
    "I31b", "A return received what its receipts say, and is closed once nothing is expected"
)
def receipts_sum_to_returns(at: datetime) -> Iterable[object]:
    """Numbers of returns that tell another story than their receipts."""
    receipts = ReturnReceipt.objects.filter(parent=OuterRef("pk")).order_by().values("parent")
    return _numbers(
        Return.objects.annotate(
            got=Coalesce(Sum("items__received_quantity"), 0),
            expected=Coalesce(Sum("items__approved_quantity"), 0),
            told=Coalesce(Subquery(receipts.annotate(n=Sum("units")).values("n")), 0),
        ).filter(
            ~Q(got=F("told"))
            | Q(status=ReturnStatus.RECEIVED, got__gte=F("expected"))
            | Q(status__in=EXPECTED_RETURNS, expected=0)
            | (Q(got__gt=0) & ~Q(status__in=[ReturnStatus.RECEIVED, ReturnStatus.CLOSED]))
        )
    )


@invariant("I26", "Each order has told that it was placed, once")
def orders_have_told(at: datetime) -> Iterable[object]:
    """Numbers of orders without exactly one `OrderPlaced` in the outbox."""
    told = (
        OutboxEvent.objects.filter(type="OrderPlaced")
        .annotate(placed_order=Cast(KT("payload__order_id"), IntegerField()))
        .filter(placed_order=OuterRef("pk"))
    )
    return _numbers(Order.objects.filter(~Exists(told)))


@invariant("I18", "A cart that an order came from is closed")
def ordered_carts_are_closed(at: datetime) -> Iterable[object]:
    """Numbers of orders whose cart is still open."""
    return _numbers(Order.objects.filter(cart__isnull=False, cart__closed_at__isnull=True))


@invariant("I17d", "Each paid unit of a gift card has its card, worth what was paid for it")
def bought_cards_are_issued(at: datetime) -> Iterable[object]:
    """Numbers of orders whose gift cards were paid and not issued, or issued
    otherwise than they were paid.
    """
    items = OrderItem.objects.without_their_cards()
    return _numbers(Order.objects.filter(pk__in=items.values("order")))


@invariant("I24", "The numbers of invoices and of credit notes have no gaps")
def numbers_have_no_gaps(at: datetime) -> Iterable[object]:
    """Prefixes of series with a gap, or whose next number is not the one after the last."""
    return (
        InvoiceSeries.objects.annotate(
            documents=Count("invoices"),
            first=Min("invoices__sequence"),
            last=Max("invoices__sequence"),
        )
        .filter(documents__gt=0)
        .exclude(documents=F("last") - F("first") + 1, next_number=F("last") + 1)
        .order_by("pk")
        .values_list("prefix", flat=True)
    )


def _sum_of(model: type[InvoiceLine | InvoiceTax], field: str) -> Coalesce:
    parts = model.objects.filter(invoice=OuterRef("pk")).order_by().values("invoice")
    return Coalesce(Subquery(parts.annotate(figure=Sum(field)).values("figure")), 0)


@invariant("I24b", "The lines of an invoice and its table of rates sum to it, rate by rate")
def invoices_add_up(at: datetime) -> Iterable[object]:
    """Numbers of invoices whose parts tell another story."""
    at_rate = InvoiceLine.objects.filter(
        invoice=OuterRef("invoice"), tax_percent=OuterRef("percent")
    ).order_by()
    by_rate = at_rate.values("invoice")
    wrong_rates = InvoiceTax.objects.filter(invoice=OuterRef("pk")).exclude(
        net_minor=Coalesce(
            Subquery(by_rate.annotate(figure=Sum("net_minor")).values("figure")), -1
        ),
        tax_minor=Coalesce(
            Subquery(by_rate.annotate(figure=Sum("tax_minor")).values("figure")), -1
        ),
    )
    return _numbers(
        Invoice.objects.annotate(
            line_net=_sum_of(InvoiceLine, "net_minor"),
            line_tax=_sum_of(InvoiceLine, "tax_minor"),
            rate_net=_sum_of(InvoiceTax, "net_minor"),
            rate_tax=_sum_of(InvoiceTax, "tax_minor"),
        ).exclude(
            ~Exists(wrong_rates),
            line_net=F("net_minor"),
            line_tax=F("tax_minor"),
            rate_net=F("net_minor"),
            rate_tax=F("tax_minor"),
        )
    )


@invariant("I24c", "An order knows the sums of its invoices and of its credit notes")
def orders_know_their_invoices(at: datetime) -> Iterable[object]:
    """Numbers of orders whose documents sum to something else."""
    documents = Invoice.objects.filter(order=OuterRef("pk")).order_by().values("order")
    sums = {
        kind: Coalesce(
            Subquery(
                documents.filter(kind=kind).annotate(figure=Sum("total_minor")).values("figure")
            ),
            0,
        )
        for kind in InvoiceKind
    }
    return _numbers(
        Order.objects.annotate(
            asked=sums[InvoiceKind.INVOICE], taken_off=sums[InvoiceKind.CREDIT_NOTE]
        ).exclude(asked=F("invoiced_minor"), taken_off=F("credit_noted_minor"))
    )


@invariant("I24d", "What has left is invoiced, and invoices less credit notes are what is owed")
def documents_say_what_is_owed(at: datetime) -> Iterable[object]:
    """Numbers of orders whose documents lack something, once the handlers that issue
    them are through.
    """
    waiting = (
        OutboxEvent.objects.filter(
            type__in=["OrderShipped", "CreditGranted", "OrderCanceled"],
            deliveries__status=OutboxDelivery.Status.PENDING,
            deliveries__handler__startswith="orders.handlers.",
        )
        .annotate(of_order=Cast(KT("payload__order_id"), IntegerField()))
        .filter(of_order=OuterRef("pk"))
    )
    return _numbers(Order.objects.lacking_documents().filter(~Exists(waiting)))
