"""What a quote is made from, read from the price book and from the tables that count."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import Count
from django.utils.translation import gettext as _

from accounts.addresses import region_key
from accounts.models import CustomerGroup
from accounts.people import Person
from catalog.prices.lookup import convert, exchange_rates
from pricing.calculator import (
    CodeFacts,
    GoodsFacts,
    LineFacts,
    PromotionFacts,
    QuoteContext,
    ShippingOption,
    TaxFacts,
)
from pricing.models import (
    Coupon,
    CouponUse,
    Promotion,
    PromotionUse,
    ShippingMethod,
    ShippingRate,
    ShippingZone,
    TaxRate,
)
from pricing.price_book import BookPromotion, PriceBook
from shop.core.clock import shop_day

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Shopper:
    """Whose cart it is, as far as it is known.

    `person` is asked only where a limit depends on it; `customer_id` is the customer who has signed
    in, whose groups count: an e-mail alone can be anybody's. `is_first_order` is asked only where a
    promotion depends on it; None where nobody can tell.
    """

    person: Callable[[], Person] | None = None
    customer_id: int | None = None
    is_first_order: Callable[[], bool] | None = None


NOBODY = Shopper()


@dataclass(frozen=True, slots=True)
class SoldWith:
    """What lowered an order that is being changed: its codes, and the ids of what
    applied by itself.

    These count whatever their limits say now. Besides, an order that `may_gain` gets what applied
    to everybody at the moment it was placed, without any limit, once it reaches what that asks for.
    """

    codes: tuple[str, ...] = ()
    promotion_ids: frozenset[int] = frozenset()
    may_gain: bool = False

    def includes(self, row: Promotion, at: datetime) -> bool:
        """Whether a promotion that needs no code may lower the order."""
        is_for_all = not (row.is_limited or row.customer_group_id or row.is_first_order_only)
        gains = self.may_gain and row.is_active and is_for_all and _is_running(row, at)
        return row.is_automatic and (gains or row.pk in self.promotion_ids)


def load_context(
    lines: Sequence[LineFacts],
    *,
    currency: str,
    country: str,
    region: str,
    shipping_method: str | None,
    codes: Sequence[str],
    shopper: Shopper,
    sold_with: SoldWith | None = None,
    at: datetime,
    book: PriceBook,
) -> QuoteContext:
    """Taxes, ways to deliver, promotions and codes for a cart.

    1 query for the codes; and where a promotion asks for it 1 each for limits
    of promotions, who the shopper is (2), their uses of promotions, uses of codes, and groups:
    however many lines, codes and promotions.
    """
    region = region_key(country, region)
    rates = exchange_rates() if currency != settings.DEFAULT_CURRENCY else {}
    zone = book.zone_of(country)
    is_export = zone is not None and zone.is_export
    offers = _Offers(book, currency, rates, at)
    promotions, coded = (
        offers.for_cart(codes, shopper) if sold_with is None else offers.for_order(sold_with)
    )
    return QuoteContext(
        currency=currency,
        at=at,
        country=country,
        region=region,
        tax_rates={} if is_export else _tax_rates(book.tax_rates(country, at=at), region),
        is_export=is_export,
        delivery_tax=settings.DELIVERY_TAX,
        shipping_options=_shipping_options(zone, currency, lines, rates, at) if zone else (),
        shipping_method=shipping_method,
        promotions=promotions,
        codes=coded,
    )


def _tax_rates(rows: Iterable[TaxRate], region: str) -> dict[str, TaxFacts]:
    """Rate by tax class; a rate of the region goes before one of the whole country."""
    facts: dict[str, TaxFacts] = {}
    for rate in sorted(rows, key=lambda rate: (rate.region != "", rate.valid_from)):
        if not rate.region or region_key(rate.country, rate.region) == region:
            note_id = None if rate.was_used else rate.pk
            facts[rate.tax_class.code] = TaxFacts(rate.percent, rate.mode, note_id)
    return facts


def _shipping_options(
    zone: ShippingZone,
    currency: str,
    lines: Sequence[LineFacts],
    rates: Mapping[str, Decimal],
    at: datetime,
) -> list[ShippingOption]:
    weight = sum(line.weight_g * line.quantity for line in lines)
    leaves = leaves_on([line.back_on for line in lines if line.is_waiting], today=shop_day(at))
    options = []
    for method in zone.methods.all():
        rate = _rate_for(method, currency, weight)
        if not method.is_active or rate is None:
            continue
        free_from = rate.free_from_minor
        options.append(
            ShippingOption(
                code=method.code,
                name=method.name,
                line=method.line,
                price_minor=convert(rate.price_minor, rate.currency, currency, rates),
                free_from_minor=None
                if free_from is None
                else convert(free_from, rate.currency, currency, rates),
                max_weight_g=method.max_weight_g,
                arrives_from=add_working_days(leaves, method.days_min) if leaves else None,
                arrives_to=add_working_days(leaves, method.days_max) if leaves else None,
            )
        )
    return options


def leaves_on(waiting: Sequence[date | None], *, today: date) -> date | None:
    """Return the day on which all of it can leave; None while something waits and
    nobody knows how long.

    `waiting` says of each item that has not all its units here when they come.
    """
    known = [day for day in waiting if day is not None]
    return max([today, *known]) if len(known) == len(waiting) else None


def _rate_for(method: ShippingMethod, currency: str, weight: int) -> ShippingRate | None:
    """The heaviest step that `weight` reaches, in `currency` or else in the shop's own."""
    for wanted in (currency, settings.DEFAULT_CURRENCY):
        steps = [
            rate
            for rate in method.rates.all()
            if rate.currency == wanted and rate.min_weight_g <= weight
        ]
        if steps:
            return max(steps, key=lambda rate: rate.min_weight_g)
    return None


def add_working_days(day: date, count: int) -> date:
    """The working day `count` working days after `day`; Saturdays and Sundays are none."""
    while count > 0:
        day += timedelta(days=1)
        if day.weekday() < SATURDAY:
            count -= 1
    return day


# Promotions -----------------------------------------------------------------------------------


class _Offers:
    """Promotions of the book as facts: for a cart now, or for an order as it was sold."""

    def __init__(
        self, book: PriceBook, currency: str, rates: Mapping[str, Decimal], at: datetime
    ) -> None:
        self.known = book.promotions()
        self.currency, self.rates, self.at = currency, rates, at

    def for_cart(
        self, codes: Sequence[str], shopper: Shopper
    ) -> tuple[list[PromotionFacts], list[CodeFacts]]:
        """What applies by itself now, and what the codes unlock, within limits
        and for whom it is.
        """
        coupons = _coupons(codes)
        automatic = [
            one.row
            for one in self.known.values()
            if one.row.is_active and one.row.is_automatic and _is_running(one.row, self.at)
        ]
        unlocked = {
            one.row.pk: one.row
            for coupon in coupons.values()
            if (one := self.known.get(coupon.promotion_id)) and one.row.is_active
        }
        problems = _problems([*automatic, *unlocked.values()], shopper)
        facts = {
            row.pk: replace(self.facts_of(row), problem=problems.get(row.pk, ""))
            for row in [*automatic, *unlocked.values()]
        }
        used = _own_uses_of_codes(coupons.values(), shopper)
        return [facts[row.pk] for row in automatic], [
            _code_facts(code, coupons.get(code.strip().upper()), facts, used) for code in codes
        ]

    def for_order(self, sold: SoldWith) -> tuple[list[PromotionFacts], list[CodeFacts]]:
        """What an order was sold with, whatever limits and switches say now."""
        coupons = _coupons(sold.codes)
        automatic = [
            self.facts_of(one.row) for one in self.known.values() if sold.includes(one.row, self.at)
        ]
        return automatic, [
            CodeFacts(code, self.facts_of(self.known[coupon.promotion_id].row))
            if (coupon := coupons.get(code.upper()))
            else CodeFacts(code, problem=unknown_code())
            for code in sold.codes
        ]

    def facts_of(self, row: Promotion) -> PromotionFacts:
        """The promotion in the currency of the quote."""
        return _facts_of(self.known[row.pk], self.currency, self.rates)


def _is_running(row: Promotion, at: datetime) -> bool:
    return (row.starts_at is None or row.starts_at <= at) and (
        row.ends_at is None or at < row.ends_at
    )


def _coupons(codes: Sequence[str]) -> dict[str, Coupon]:
    """By code in capitals."""
    if not codes:
        return {}
    return {coupon.code.upper(): coupon for coupon in Coupon.objects.with_codes(codes)}


def _facts_of(one: BookPromotion, currency: str, rates: Mapping[str, Decimal]) -> PromotionFacts:
    row = one.row
    minimum = row.minimum_minor
    get_goods = GoodsFacts(
        _goods_name(row.get_category, row.get_collection),
        one.get_category_ids,
        one.get_product_ids,
    )
    return PromotionFacts(
        id=row.pk,
        kind=row.kind,
        name=row.name,
        percent=row.percent,
        amount_minor=row.amounts_minor.get(currency),
        take=row.take_quantity or 0,
        pay=row.pay_quantity or 0,
        buy=row.buy_quantity or 0,
        get=row.get_quantity or 0,
        tiers=one.tiers,
        goods=GoodsFacts(
            _goods_name(row.category, row.collection), one.category_ids, one.product_ids
        ),
        get_goods=get_goods if row.get_category_id or row.get_collection_id else None,
        minimum_minor=None
        if minimum is None
        else convert(minimum, settings.DEFAULT_CURRENCY, currency, rates),
        min_quantity=row.min_quantity or 0,
        shipping_method_code=row.shipping_method_code,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        combination=row.combination,
        position=row.position,
        is_limited=row.is_limited,
    )


def _goods_name(*groups: object) -> str:
    return ", ".join(str(group) for group in groups if group is not None)


def unknown_code() -> str:
    """What an unknown code is told, and whoever a code is not for: the two cannot be told apart."""
    return _("This code is not valid, or it is not available for this account.")


def _code_facts(
    code: str,
    coupon: Coupon | None,
    facts: Mapping[int, PromotionFacts],
    used: Mapping[int, int],
) -> CodeFacts:
    promotion = facts.get(coupon.promotion_id) if coupon else None
    if coupon is None or not coupon.is_active or promotion is None:
        return CodeFacts(code, problem=unknown_code())
    if promotion.problem == unknown_code():
        return CodeFacts(code, problem=promotion.problem)
    problem = ""
    if coupon.use_limit is not None and coupon.used_count >= coupon.use_limit:
        problem = _("This code has reached its usage limit.")
    elif (
        coupon.per_customer_limit is not None
        and used.get(coupon.pk, 0) >= coupon.per_customer_limit
    ):
        problem = _("You have already used this code.")
    return CodeFacts(coupon.code, promotion, problem)


# Whom and how often. The last word is `use_promotions`', when the order is placed ----------------


def _problems(rows: Sequence[Promotion], shopper: Shopper) -> dict[int, str]:
    """Why this shopper cannot use a promotion, by its id."""
    problems: dict[int, str] = {}
    groups = _groups_of(rows, shopper)
    taken = _counts([row for row in rows if row.use_limit is not None])
    own = _own_uses(rows, shopper)
    first: bool | None = None
    if shopper.is_first_order is not None and any(row.is_first_order_only for row in rows):
        first = shopper.is_first_order()
    for row in rows:
        if row.customer_group_id is not None and row.customer_group_id not in groups:
            problems[row.pk] = unknown_code()
        elif row.use_limit is not None and taken.get(row.pk, 0) >= row.use_limit:
            problems[row.pk] = _("This code has reached its usage limit.")
        elif row.is_first_order_only and first is False:
            problems[row.pk] = _("This code is only valid for a first order.")
        elif row.per_customer_limit is not None and own.get(row.pk, 0) >= row.per_customer_limit:
            problems[row.pk] = _("You have already used this code.")
    return problems


def _groups_of(rows: Sequence[Promotion], shopper: Shopper) -> set[int]:
    wanted = {row.customer_group_id for row in rows if row.customer_group_id is not None}
    if not wanted or shopper.customer_id is None:
        return set()
    through = CustomerGroup.customers.through
    memberships = through.objects.filter(
        customer_id=shopper.customer_id, customergroup_id__in=wanted
    )
    return set(memberships.values_list("customergroup_id", flat=True))


def _counts(rows: Sequence[Promotion]) -> dict[int, int]:
    if not rows:
        return {}
    counted = Promotion.objects.filter(pk__in=[row.pk for row in rows])
    return dict(counted.values_list("pk", "used_count"))


def _own_uses(rows: Sequence[Promotion], shopper: Shopper) -> dict[int, int]:
    limited = [row.pk for row in rows if row.per_customer_limit is not None]
    if not limited or shopper.person is None:
        return {}
    uses = PromotionUse.objects.filter(promotion_id__in=limited).of_person(shopper.person())
    return dict(uses.values_list("promotion_id").order_by().annotate(Count("pk")))


def _own_uses_of_codes(coupons: Iterable[Coupon], shopper: Shopper) -> dict[int, int]:
    limited = [coupon.pk for coupon in coupons if coupon.per_customer_limit is not None]
    if not limited or shopper.person is None:
        return {}
    uses = CouponUse.objects.filter(coupon_id__in=limited).of_person(shopper.person())
    return dict(uses.values_list("coupon_id").order_by().annotate(Count("pk")))
