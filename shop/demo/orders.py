"""The demo's people, and what they bought: past orders in every state, made by the
shop's own services.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone

from accounts.addresses import AddressData
from accounts.models import Address, Customer, User
from cart.services import add_to_cart, apply_coupon, clear_cart, open_cart
from catalog.models import Variant
from catalog.prices.lookup import available_currencies
from inventory.models import StockItem
from inventory.services import adjust_stock
from inventory.states import MovementKind
from orders.checkout import CheckoutData, place_order
from orders.models import Order
from pricing.models import PaymentMethod
from pricing.quotes import payment_methods
from pricing.states import Settlement
from shop.core.actors import SYSTEM, Actor
from shop.core.errors import DomainError
from shop.core.languages import speaking
from shop.core.models import OutboxDelivery
from shop.core.outbox import deliver_due
from shop.demo.files import read
from shop.demo.logins import SHOPPER
from shop.demo.stories import STORIES

DAYS = 150
TRIES = 5
# What a story does with an order; the last word is how it stands at the end.
_OLD = (
    ["completed"] * 14
    + ["delivered_cash", "transfer_completed", "refunded", "part_refunded"]
    + ["canceled", "canceled_paid", "expired", "returned", "exchanged"]
)
_RECENT = [
    "shipped",
    "return_asked",
    "return_approved",
    "part_shipped",
    "return_in_part",
    "withdrawn",
    "exchange_asked",
    "return_declined",
    "shipped_cash",
    "part_withdrawn",
    "completed",
    "part_refunded",
]
_NEW = [
    "paid",
    "edited_upward",
    "transfer",
    "paid",
    "cash",
    "part_shipped",
    "edited_cheaper",
    "canceled_paid",
]
_JUST_NOW = ["failed", "pending", "paid", "processing"]


class Steps(Protocol):
    """Tells how far it is: `shop.core.progress.Progress` or anything like it."""

    def __call__(self, done: int, total: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Shopper:
    """Somebody of the demo who buys."""

    customer: Customer
    address: AddressData


@transaction.atomic
def make_customers(data_dir: Path, *, at: datetime) -> int:
    """Make the customers of `customers.json` that do not exist; nobody can sign in as them.

    Returns how many are new.
    """
    count = 0
    for row in read(data_dir, "customers"):
        if User.objects.filter(email__iexact=row["email"]).exists():
            continue
        joined = at - timedelta(days=row["joined_days_ago"])
        first, _space, last = row["name"].rpartition(" ")
        user = User(
            email=row["email"],
            username=row["email"].partition("@")[0],
            first_name=first[:150],
            last_name=last[:150],
            date_joined=joined,
        )
        user.set_unusable_password()
        user.save()
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        customer = Customer.objects.create(
            user=user,
            email=user.email,
            name=row["name"],
            language=row["language"],
            currency=row["currency"],
            has_newsletter=row["newsletter"],
            created_at=joined,
        )
        fields = dict(row["address"])
        fields["postal_code"] = fields.pop("postcode")
        Address.objects.create(
            customer=customer,
            is_default_shipping=True,
            is_default_billing=True,
            created_at=joined,
            **fields,
        )
        count += 1
    return count


def make_orders(
    count: int = 200, *, at: datetime, seed: int = 7, progress: Steps | None = None
) -> int:
    """Make `count` orders of the last months, in every state an order can be in.

    No e-mails are written for them. Returns how many were made.
    """
    dice = random.Random(seed)  # noqa: S311 - it plays, it guards nothing
    before = OutboxDelivery.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    shoppers = find_shoppers()
    goods = Variant.objects.sold(at=at).filter(product__is_gift_card=False)
    variants = list(goods.select_related("product", "stock_item"))
    made = 0
    for number, moment in enumerate(_moments(count, at, dice)):
        story = _story(number, at - moment)
        on_sale = [each for each in variants if each.product.is_published(at=moment)]
        for _try in range(TRIES):
            shopper = _whose(number, count, shoppers, dice)
            with speaking(shopper.customer.language), transaction.atomic():
                is_made = _tell(story, shopper, on_sale or variants, moment, now=at, dice=dice)
                if not is_made:
                    transaction.set_rollback(True)
            if is_made:
                made += 1
                break
        if progress:
            progress(number + 1, count)
    catch_up(before)
    return made


def find_shoppers() -> list[Shopper]:
    """Everybody with an address, the shopper who can sign in among them."""
    ines = Customer.objects.filter(user__email=SHOPPER).first()
    if ines is not None and not ines.addresses.exists():
        Address.objects.create(
            customer=ines,
            name=ines.name or "Ines Vogel",
            line1="Linienstraße 40",
            postal_code="10119",
            city="Berlin",
            country="DE",
            is_default_shipping=True,
            is_default_billing=True,
        )
    addresses = (
        Address.objects.filter(is_default_shipping=True)
        .select_related("customer__user")
        .order_by("customer__created_at", "pk")
    )
    return [Shopper(address.customer, address.data) for address in addresses]


def _whose(number: int, count: int, shoppers: Sequence[Shopper], dice: random.Random) -> Shopper:
    """Some come back often; the demo's own shopper has one in twenty, and one of the newest."""
    own = [each for each in shoppers if each.customer.email == SHOPPER]
    if own and (number % 20 == 7 or number == count - 6):
        return own[0]
    others = [each for each in shoppers if each.customer.email != SHOPPER] or list(shoppers)
    return others[min(int(dice.paretovariate(0.7)) - 1, len(others) - 1)]


def _moments(count: int, at: datetime, dice: random.Random) -> list[datetime]:
    """Moments of the last months, more of them lately, the newest of the last minutes."""
    newest = [at - timedelta(minutes=minutes) for minutes in (2, 4, 7, 9)][: max(count // 20, 1)]
    seconds = DAYS * 86400
    older = [
        at - timedelta(seconds=int(seconds * dice.random() ** 1.7) + 1800)
        for _order in range(max(count - len(newest), 0))
    ]
    return sorted([*older, *newest])[:count]


def _story(number: int, age: timedelta) -> str:
    if age < timedelta(minutes=15):
        return _JUST_NOW[number % len(_JUST_NOW)]
    if age < timedelta(days=4):
        return _NEW[number % len(_NEW)]
    if age < timedelta(days=12):
        return _RECENT[number % len(_RECENT)]
    return _OLD[number % len(_OLD)]


def _tell(
    story: str,
    shopper: Shopper,
    variants: Sequence[Variant],
    moment: datetime,
    *,
    now: datetime,
    dice: random.Random,
) -> bool:
    """Place one order and let it go its way.

    False if the shop could not take it (a sofa by letter post).
    """
    settlement = {
        "cash": Settlement.ON_DELIVERY,
        "delivered_cash": Settlement.ON_DELIVERY,
        "shipped_cash": Settlement.ON_DELIVERY,
        "transfer": Settlement.TRANSFER,
        "transfer_completed": Settlement.TRANSFER,
    }.get(story, Settlement.ONLINE)
    order = _place(shopper, variants, settlement, moment, dice=dice)
    if order is None:
        return False
    STORIES[story](order, moment, now, dice)
    return True


def _place(
    shopper: Shopper,
    variants: Sequence[Variant],
    settlement: str,
    moment: datetime,
    *,
    dice: random.Random,
) -> Order | None:
    currency = shopper.customer.currency
    if currency not in available_currencies():
        currency = ""
    cart = open_cart(customer=shopper.customer, currency=currency, at=moment)
    clear_cart(cart, at=moment)
    for variant in dice.sample(variants, k=min(dice.choice([1, 1, 1, 2, 2, 3]), len(variants))):
        quantity = dice.choice([1, 1, 1, 1, 2])
        # What was sold had come before: today's shelves stay as the data files fill them.
        adjust_stock(
            variant.sku,
            delta=quantity,
            reason="Delivery of the maker",
            kind=MovementKind.RECEIVED,
            actor=SYSTEM,
            at=moment - timedelta(days=1),
        )
        variant.stock_item = StockItem.objects.get(sku=variant.sku)
        add_to_cart(cart, variant, quantity=quantity, at=moment)
    if dice.random() < 0.12:
        _try_coupon(cart, shopper, moment)
    method = method_for(shopper.address.country, settlement)
    for shipping in ("standard", "express", "freight"):
        try:
            return place_order(
                cart,
                CheckoutData(
                    email=shopper.customer.email,
                    shipping_address=shopper.address,
                    shipping_method=shipping,
                    payment_method=method.code,
                ),
                actor=Actor("customer", shopper.customer.email, shopper.customer.user_id),
                at=moment,
            )
        except DomainError:
            continue
    return None


def _try_coupon(cart: Any, shopper: Shopper, moment: datetime) -> None:
    try:
        apply_coupon(
            cart,
            "FREESHIP",
            country=shopper.address.country,
            customer_key=shopper.customer.email.lower(),
            at=moment,
        )
    except DomainError:
        return


def method_for(country: str, settlement: str) -> PaymentMethod:
    """The way to pay that settles so, or the first one that is offered there."""
    offered = payment_methods(country=country)
    return next((each for each in offered if each.settlement == settlement), offered[0])


def catch_up(before: int) -> None:
    """Let stored facts follow what happened, but write no e-mails about the past."""
    mine = OutboxDelivery.objects.filter(pk__gt=before, status=OutboxDelivery.Status.PENDING)
    for floor in ("notifications.", "payments."):
        mine.filter(handler__startswith=floor).update(
            status=OutboxDelivery.Status.DONE, done_at=timezone.now()
        )
    while deliver_due(limit=500):
        continue
