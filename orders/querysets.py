"""Every question asked of the orders' tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.db.models import (
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, Concat

from accounts.identity import email_key
from orders.permissions import ORDERS
from orders.states import LIVE_RETURNS, OFFLINE, OrderStatus, ReturnStatus
from pricing.models import GiftCard
from shop.core.append_only import AppendOnlyQuerySet
from shop.core.models import OutboxDelivery, OutboxEvent
from shop.core.permissions import may
from shop.core.querysets import LockingQuerySet

if TYPE_CHECKING:
    from accounts.people import Person
    from orders.models import CreditItem, Invoice, Order, OrderItem, Return, Withdrawal

# What pages and the API show of an order's returns.
RETURNS = ("returns__items__replacement", "returns__receipts__credit")


class OrderQuerySet(LockingQuerySet["Order"]):
    """Every question the shop asks about orders."""

    def visible_to(self, user: Any) -> Self:
        """Orders that `user` may see: all for staff with the right, else their own."""
        return self.all() if may(user, ORDERS.view) else self.of_user(user)

    def of_user(self, user: Any) -> Self:
        """A person's own orders."""
        return self.filter(customer__user=user) if user.is_authenticated else self.none()

    def held_by(self, user: Any, *, tokens: Sequence[str]) -> Self:
        """Orders of a person's account, and those whose secret tokens they hold."""
        held = Q(token__in=tokens)
        return self.filter(held | Q(customer__user=user) if user.is_authenticated else held)

    def awaiting_payment(self, *, at: datetime) -> Self:
        """Unpaid orders that are paid online, whose stock is still held at `at` and of
        which no payment is checked.
        """
        return self.filter(
            status=OrderStatus.PENDING, hold_expires_at__gt=at, has_payment_under_way=False
        ).exclude(payment_provider__in=OFFLINE)

    def placed_between(self, start: datetime, end: datetime) -> Self:
        """Orders placed from `start` on and before `end`."""
        return self.filter(placed_at__gte=start, placed_at__lt=end)

    def reachable_by(self, user: Any, *, token: str = "") -> Self:
        """Orders a caller may see: those of `visible_to`, or the one whose
        secret token they hold.
        """
        return self.filter(token=token) if token else self.visible_to(user)

    def of_person(self, person: Person) -> Self:
        """Orders that count as a person's earlier ones: not canceled, of the account
        or by any of the e-mails.
        """
        mine = Q(email__in=person.emails)
        if person.account_id is not None:
            mine |= Q(customer=person.account_id)
        return self.filter(mine).exclude(status="canceled")

    def of_guest(self, email: str) -> Self:
        """Orders that nobody's account holds yet, by e-mail."""
        unclaimed = Q(customer__isnull=True) | Q(customer__user__isnull=True)
        return self.filter(unclaimed, email__iexact=email_key(email))

    def find(self, number: str, email: str) -> Self:
        """The order with this number if it was placed with this e-mail."""
        return self.filter(number=number.strip().upper(), email__iexact=email_key(email))

    def containing(self, text: str) -> Self:
        """Orders whose number, or the name of something in them, contains `text`."""
        return self.filter(
            Q(number__icontains=text) | Q(items__product_name__icontains=text)
        ).distinct()

    def found_by(self, text: str) -> Self:
        """Orders that staff mean by `text`: each of its words must be in what the
        list and the page show.

        That is the number, the e-mail, recipient, postal code and city of either address, the
        customer's name, the name or SKU of something in it, and the tracking number of a
        parcel. No order is found twice.
        """
        found = self
        for word in text.split()[:8]:
            found = found.filter(
                Q(number__icontains=word)
                | Q(email__icontains=word)
                | Q(customer__name__icontains=word)
                | Q(shipping_address__name__icontains=word)
                | Q(shipping_address__postal_code__icontains=word)
                | Q(shipping_address__city__icontains=word)
                | Q(billing_address__name__icontains=word)
                | Q(billing_address__postal_code__icontains=word)
                | Q(items__product_sku__icontains=word)
                | Q(items__product_name__icontains=word)
                | Q(fulfillments__tracking_number__icontains=word)
            )
        return self.filter(pk__in=found.order_by().values("pk"))

    def open(self) -> Self:
        """Orders that still need something from the shop."""
        return self.filter(status__in=["pending", "confirmed"])

    def to_ship(self) -> Self:
        """Confirmed orders with units that have not left."""
        return self.filter(status="confirmed", fulfillment_status__in=["unfulfilled", "partial"])

    def lacking_documents(self) -> Self:
        """Orders of which more has left than is invoiced, or whose documents say
        something else than is owed.
        """
        item, line = (apps.get_model("orders", name) for name in ("OrderItem", "InvoiceLine"))
        invoiced_units = (
            line._default_manager.filter(order_item=OuterRef("pk"), invoice__kind="invoice")
            .order_by()
            .values("order_item")
            .annotate(units=Sum("quantity"))
            .values("units")
        )
        left_uninvoiced = item._default_manager.filter(
            order=OuterRef("pk"), shipped_quantity__gt=Coalesce(Subquery(invoiced_units), 0)
        )
        owed = Q(status="canceled", credit_noted_minor=F("invoiced_minor")) | (
            ~Q(status="canceled")
            & (~Q(invoiced_minor=F("total_minor")) | Q(credit_noted_minor=F("credited_minor")))
        )
        return self.filter(Exists(left_uninvoiced) | (Q(invoiced_at__isnull=False) & ~owed))

    def for_list(self) -> Self:
        """With items, for a row of a list: 2 queries, whatever the page size."""
        return self.prefetch_related("items")

    def for_page(self) -> Self:
        """As `for_detail`, with the pictures of what is in it: 2 queries more."""
        return self.select_related("customer").prefetch_related(
            "items__variant__image",
            "items__variant__product__images",
            "fulfillments__items",
            "events",
            *RETURNS,
        )

    def for_detail(self) -> Self:
        """With items, parcels, timeline and returns: 6 queries, up to 4 more where
        there are returns.
        """
        return self.select_related("customer").prefetch_related(
            "items", "fulfillments__items", "events", *RETURNS
        )


class OrderItemQuerySet(LockingQuerySet["OrderItem"]):
    """Every question the shop asks about order items.

    Counters move by one conditional UPDATE each.
    """

    def without_their_cards(self) -> Self:
        """Gift cards that were paid, whose units have too few cards, too many, or
        cards of another worth.

        Not those whose cards are just being issued. A lost dispute may leave more
        cards in use than are paid.
        """
        cards = GiftCard.objects.filter(
            order_number=OuterRef("order__number"),
            source__startswith=Concat(
                Value("order-item:"), Cast(OuterRef("pk"), CharField()), Value(":")
            ),
        ).order_by()
        counted = cards.values("order_number")
        other = cards.exclude(
            initial_minor=OuterRef("unit_price_minor"), currency=OuterRef("order__currency")
        )
        under_way = OutboxEvent.objects.filter(
            type="OrderPaid", deliveries__status=OutboxDelivery.Status.PENDING
        ).annotate(paid_order=Cast(KT("payload__order_id"), IntegerField()))
        items = self.filter(is_gift_card=True, unit_price_minor__gt=0).annotate(
            issued=Coalesce(Subquery(counted.annotate(n=Count("pk")).values("n")), 0),
            voided=Coalesce(Subquery(counted.annotate(n=Count("voided_at")).values("n")), 0),
        )
        is_paid = Q(
            order__total_minor__lte=F("order__credited_minor")
            + F("order__amount_paid_minor")
            - F("order__amount_refunded_minor")
        ) & ~Q(order__status=OrderStatus.CANCELED)
        has_too_few = Q(quantity__gt=F("issued") - F("voided") + F("credited_quantity"))
        return items.filter(
            (is_paid & has_too_few) | Q(issued__gt=F("quantity")) | Exists(other),
            ~Exists(under_way.filter(paid_order=OuterRef("order"))),
        )

    def claim(self, pk: int, units: int) -> bool:
        """Claim units for a return: only what was shipped, is not back, not
        credited, not claimed yet.
        """
        return bool(
            self.filter(
                pk=pk,
                shipped_quantity__gte=F("returning_quantity") + F("returned_quantity") + units,
                quantity__gte=F("returning_quantity") + F("credited_quantity") + units,
            ).update(returning_quantity=F("returning_quantity") + units)
        )

    def unclaim(self, pk: int, units: int) -> bool:
        """Let go of units that a return had claimed."""
        return bool(
            self.filter(pk=pk, returning_quantity__gte=units).update(
                returning_quantity=F("returning_quantity") - units
            )
        )

    def take_claimed(self, pk: int, units: int) -> bool:
        """Units that a return had claimed are back."""
        return bool(
            self.filter(pk=pk, returning_quantity__gte=units).update(
                returning_quantity=F("returning_quantity") - units,
                returned_quantity=F("returned_quantity") + units,
            )
        )

    def cancel(self, pk: int, units: int) -> bool:
        """Units stay in stock that have not left it."""
        return bool(
            self.filter(
                pk=pk, quantity__gte=F("shipped_quantity") + F("canceled_quantity") + units
            ).update(canceled_quantity=F("canceled_quantity") + units)
        )

    def take_back(self, pk: int, units: int) -> bool:
        """Units are back that no return had claimed."""
        return bool(
            self.filter(
                pk=pk,
                shipped_quantity__gte=F("returning_quantity") + F("returned_quantity") + units,
            ).update(returned_quantity=F("returned_quantity") + units)
        )

    def credit(self, pk: int, units: int) -> bool:
        """Units are credited that no return under way has claimed."""
        return bool(
            self.filter(
                pk=pk, quantity__gte=F("returning_quantity") + F("credited_quantity") + units
            ).update(credited_quantity=F("credited_quantity") + units)
        )


class InvoiceQuerySet(AppendOnlyQuerySet["Invoice"]):
    """Every question the shop asks about invoices and credit notes."""

    def of_order(self, order: Order) -> Self:
        """Those of one order, in the order in which they were issued."""
        return self.filter(order=order).order_by("pk")

    def for_document(self) -> Self:
        """With all that the document shows: 4 queries."""
        return self.select_related("order", "corrects").prefetch_related(
            "lines__order_item", "taxes"
        )


class CreditItemQuerySet(AppendOnlyQuerySet["CreditItem"]):
    """Every question the shop asks about credited items."""

    def sums_by_item(self, order_id: int) -> dict[int, tuple[int, int, int, int]]:
        """Of each credited item of an order: amount, tax, units and what was withheld; 1 query."""
        rows = self.filter(credit__order_id=order_id).order_by().values_list("order_item")
        return {
            pk: (amount, tax, units, withheld)
            for pk, amount, tax, units, withheld in rows.annotate(
                amount=Sum("amount_minor"),
                tax=Sum("tax_minor"),
                units=Sum("quantity"),
                withheld=Sum("withheld_minor"),
            )
        }


class ReturnQuerySet(LockingQuerySet["Return"]):
    """Every question the shop asks about returns."""

    def live(self) -> Self:
        """Returns that still hold on to units."""
        return self.filter(status__in=LIVE_RETURNS)

    def waiting(self) -> Self:
        """Returns that staff have to answer."""
        return self.filter(status=ReturnStatus.REQUESTED)

    def for_detail(self) -> Self:
        """With its order, what is in both, and what arrived: 6 queries."""
        return self.select_related("order").prefetch_related(
            "order__items", "items__replacement", "receipts__credit"
        )


class WithdrawalQuerySet(LockingQuerySet["Withdrawal"]):
    """Every question the shop asks about notices of withdrawal."""
