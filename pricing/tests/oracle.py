"""A second calculator, written another way, and the carts to try both with.

The oracle counts with exact fractions, lays every single unit on the table, tries every way to use
the promotions that the rules allow, and hands the last minor units of a discount out one by one. It
shares no code with the calculator but the facts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from random import Random

from pricing.calculator import (
    CodeFacts,
    GoodsFacts,
    LineFacts,
    PromotionFacts,
    QuoteContext,
    ShippingOption,
    TaxFacts,
)
from pricing.states import BenefitKind, Combination, DeliveryTax, Lane, TaxMode

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
# What a thing costs in each currency, in minor units: from, to.
PRICES = {"JPY": (0, 30_000), "EUR": (0, 40_000), "KWD": (0, 90_000)}
CLASSES = ("standard", "food", "books", "none")
LINE_KINDS = (
    BenefitKind.PERCENT_LINES,
    BenefitKind.AMOUNT_LINES,
    BenefitKind.N_FOR_M,
    BenefitKind.BUY_GET,
    BenefitKind.TIERED,
)


def nearest(amount: Fraction) -> int:
    """Half up."""
    return floor(amount + Fraction(1, 2))


def hand_out(whole: int, shares: list[int]) -> list[int]:
    """The largest remainder method as a person does it: floors first, then one
    each to the neediest.
    """
    everything = sum(shares)
    if everything == 0:
        return [0 for _share in shares]
    exact = [Fraction(whole * share, everything) for share in shares]
    given = [floor(part) for part in exact]
    while sum(given) < whole:
        needs = [part - got for part, got in zip(exact, given, strict=True)]
        given[needs.index(max(needs))] += 1
    return given


@dataclass
class Figures:
    """What the oracle says of a cart."""

    discounts: dict[str, int]
    shipping: int
    tax: int
    added: int
    total: int
    used: set[int]
    # Of each lane: what was taken off, and what each way to use it would have taken off.
    lanes: dict[str, tuple[int, list[int]]]


class Oracle:
    """One cart on the table."""

    def __init__(self, lines: list[LineFacts], facts: QuoteContext) -> None:
        self.lines = sorted(lines, key=lambda line: line.sku)
        self.facts = facts
        self.costs = [line.unit_price_minor * line.quantity for line in self.lines]
        weight = sum(line.weight_g * line.quantity for line in lines)
        possible = [
            option
            for option in facts.shipping_options
            if option.max_weight_g is None or weight <= option.max_weight_g
        ]
        wanted = [option for option in possible if facts.shipping_method in (None, option.code)]
        travels = any(not line.is_gift_card for line in lines)
        self.option = wanted[0] if travels and wanted else None
        offers = {one.id: one for one in facts.promotions}
        for code in facts.codes:
            if code.promotion is not None and not code.problem:
                offers.setdefault(code.promotion.id, code.promotion)
        self.offers = [one for one in offers.values() if self.holds(one)]

    def count(self, goods: GoodsFacts) -> int:
        return sum(line.quantity for line in self.lines if self.is_of(goods, line))

    @staticmethod
    def is_of(goods: GoodsFacts, line: LineFacts) -> bool:
        if line.is_gift_card:
            return False
        fits = goods.category_ids is None or not goods.category_ids.isdisjoint(line.category_ids)
        return fits and (goods.product_ids is None or line.product_id in goods.product_ids)

    def holds(self, one: PromotionFacts) -> bool:
        """Whether all of its conditions hold."""
        if one.problem or not self.lines:
            return False
        if one.starts_at is not None and one.starts_at > self.facts.at:
            return False
        if one.ends_at is not None and one.ends_at <= self.facts.at:
            return False
        units = self.count(one.goods)
        bought = sum(
            cost for line, cost in zip(self.lines, self.costs, strict=True) if not line.is_gift_card
        )
        if units == 0 or units < one.min_quantity or bought < (one.minimum_minor or 0):
            return False
        if one.get_goods is not None and self.count(one.get_goods) == 0:
            return False
        about_delivery = one.kind in (
            BenefitKind.FREE_SHIPPING,
            BenefitKind.PERCENT_SHIPPING,
            BenefitKind.AMOUNT_SHIPPING,
        )
        if about_delivery or one.shipping_method_code:
            return self.option is not None and one.shipping_method_code in ("", self.option.code)
        return True

    def off(self, one: PromotionFacts, left: list[int]) -> list[int]:
        """What a promotion takes off the lines."""
        touched = [self.is_of(one.goods, line) for line in self.lines]
        shares = [cost if touch else 0 for cost, touch in zip(left, touched, strict=True)]
        rate = Fraction(one.percent or 0) / 100
        if one.kind == BenefitKind.PERCENT_LINES:
            return [nearest(share * rate) for share in shares]
        if one.kind == BenefitKind.PERCENT_ORDER:
            return hand_out(nearest(sum(shares) * rate), shares)
        if one.kind in (BenefitKind.AMOUNT_LINES, BenefitKind.AMOUNT_ORDER):
            return hand_out(min(one.amount_minor or 0, sum(shares)), shares)
        if one.kind == BenefitKind.TIERED:
            rate = Fraction(0)
            for quantity, percent in sorted(one.tiers):
                if self.count(one.goods) >= quantity:
                    rate = Fraction(percent) / 100
            return [nearest(share * rate) for share in shares]
        return self.units_off(one, left)

    def units_off(self, one: PromotionFacts, left: list[int]) -> list[int]:
        """Every unit on the table, the cheapest first; the first of them cost less or nothing."""
        aim = one.get_goods or one.goods
        table = sorted(
            (Fraction(left[index], line.quantity), index)
            for index, line in enumerate(self.lines)
            for _unit in range(line.quantity)
            if self.is_of(aim, line)
        )
        if one.kind == BenefitKind.N_FOR_M:
            lucky = self.count(one.goods) // one.take * (one.take - one.pay)
            rate = Fraction(1)
        else:
            rate = Fraction(one.percent or 0) / 100
            lucky = max(
                number
                for number in range(len(table) + 1)
                if number <= self.paid_in_full(one, table[:number]) // one.buy * one.get
            )
        taken = [Fraction(0)] * len(left)
        for price, index in table[:lucky]:
            taken[index] += price
        return [nearest(amount * rate) for amount in taken]

    def paid_in_full(self, one: PromotionFacts, got: list[tuple[Fraction, int]]) -> int:
        spent = sum(self.is_of(one.goods, self.lines[index]) for _price, index in got)
        return self.count(one.goods) - spent

    def hands(self, lane: Lane, offers: list[PromotionFacts]) -> list[list[PromotionFacts]]:
        """The ways to use a lane, in the order in which they win ties."""
        here = sorted(
            (one for one in offers if one.lane == lane), key=lambda one: (one.position, one.id)
        )
        stack = [one for one in here if one.combination == Combination.STACKS]
        ways = [[one] for one in here if one.combination != Combination.STACKS]
        if stack:
            ways.append(stack)
        return sorted(ways, key=lambda way: (way[0].position, way[0].id))

    @staticmethod
    def off_shipping(one: PromotionFacts, left: list[int]) -> list[int]:
        """What a promotion takes off delivery."""
        if one.kind == BenefitKind.FREE_SHIPPING:
            return left
        if one.kind == BenefitKind.PERCENT_SHIPPING:
            return [nearest(Fraction(left[0]) * Fraction(one.percent or 0) / 100)]
        return [min(left[0], one.amount_minor or 0)]

    @staticmethod
    def lane(
        ways: list[list[PromotionFacts]],
        left: list[int],
        off: Callable[[PromotionFacts, list[int]], list[int]],
    ) -> tuple[list[int], set[int], tuple[int, list[int]]]:
        """What the best way leaves and uses, and what each would have taken off."""
        outcomes: list[tuple[int, list[int], set[int]]] = []
        for way in ways:
            now, touched = list(left), set()
            for one in way:
                parts = off(one, now)
                if sum(parts):
                    touched.add(one.id)
                now = [cost - part for cost, part in zip(now, parts, strict=True)]
            outcomes.append((sum(left) - sum(now), now, touched))
        savings = [saving for saving, _now, _touched in outcomes]
        best = max(savings, default=0)
        if not best:
            return left, set(), (0, savings)
        _saving, now, touched = outcomes[savings.index(best)]
        return now, touched, (best, savings)

    def calculate(self, offers: list[PromotionFacts]) -> Figures:
        """The figures if these promotions, and no others, may be used."""
        left, used, lanes = list(self.costs), set(), {}
        for lane in (Lane.LINE, Lane.ORDER):
            left, touched, lanes[lane] = self.lane(self.hands(lane, offers), left, self.off)
            used |= touched
        shipping = 0
        if self.option is not None:
            free_from = self.option.free_from_minor
            goods = [
                cost for line, cost in zip(self.lines, left, strict=True) if not line.is_gift_card
            ]
            if free_from is None or sum(goods) < free_from:
                shipping = self.option.price_minor
        ways = self.hands(Lane.SHIPPING, offers)
        [shipping], touched, lanes[Lane.SHIPPING] = self.lane(ways, [shipping], self.off_shipping)
        used |= touched
        held = added = 0
        for rate, paid in [
            *((self.rate(line), cost) for line, cost in zip(self.lines, left, strict=True)),
            *self.delivery(shipping, left),
        ]:
            if rate is None:
                continue
            percent, mode = rate
            factor = 1 + percent / 100
            if mode == TaxMode.INCLUDED:
                held += nearest(paid - paid / factor)
            else:
                added += nearest(paid * factor - paid)
        return Figures(
            discounts={
                line.key: cost - rest
                for line, cost, rest in zip(self.lines, self.costs, left, strict=True)
            },
            shipping=shipping,
            tax=held + added,
            added=added,
            total=sum(left) + shipping + added,
            used=used,
            lanes=lanes,
        )

    def rate(self, line: LineFacts) -> tuple[Fraction, str] | None:
        """Percent and mode of a line: as it was sold, else by its class."""
        rate = line.tax or self.facts.tax_rates.get(line.tax_class)
        return (Fraction(rate.percent), str(rate.mode)) if rate else None

    def delivery(
        self, price: int, left: list[int]
    ) -> list[tuple[tuple[Fraction, str] | None, int]]:
        """The price of delivery cut into pieces, each with its rate."""
        if self.facts.delivery_tax == DeliveryTax.STANDARD:
            standard = self.facts.delivery_rate or self.facts.tax_rates.get("standard")
            return [((Fraction(standard.percent), str(standard.mode)) if standard else None, price)]
        travelling = [index for index, line in enumerate(self.lines) if not line.is_gift_card]
        measures = (
            [left[index] for index in travelling],
            [self.costs[index] for index in travelling],
            [self.lines[index].quantity for index in travelling],
        )
        measure = next((each for each in measures if sum(each)), [])
        heaps: dict[tuple[Fraction, str] | None, int] = {}
        for index, size in zip(travelling, measure, strict=False):
            rate = self.rate(self.lines[index])
            heaps[rate] = heaps.get(rate, 0) + size
        # The dearest rate first, what has none last: that settles who gets the odd unit.
        rates = sorted(heaps, key=lambda rate: (rate is None, -rate[0] if rate else 0, rate or ()))
        pieces = hand_out(price, [heaps[rate] for rate in rates])
        return list(zip(rates, pieces, strict=True))

    def says(self) -> Figures:
        """The cheapest of: no promotion, those that tolerate others, each that stands alone."""
        together = [one for one in self.offers if one.combination != Combination.ALONE]
        alone = [[one] for one in self.offers if one.combination == Combination.ALONE]
        alone.sort(key=lambda way: (way[0].position, way[0].id))
        ways = [self.calculate(way) for way in ([], together, *alone)]
        cheapest = min(way.total for way in ways)
        return next(way for way in ways if way.total == cheapest)


# Carts ------------------------------------------------------------------------------------------


class Carts:
    """Carts by a seed: every currency, tax, benefit and combination there is."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)

    def next(self) -> tuple[list[LineFacts], QuoteContext]:
        """Another cart and what its quote depends on."""
        dice = self.dice
        currency = dice.choice(list(PRICES))
        lines = [self.line(number, currency) for number in range(dice.randint(0, 7))]
        dice.shuffle(lines)
        promotions = [
            self.promotion(number) for number in range(dice.choice([0, 1, 1, 2, 3, 4, 6]))
        ]
        automatic = [one for one in promotions if dice.random() < 0.5]
        codes = [
            CodeFacts(f"CODE{one.id}", one, "Used up." if dice.random() < 0.1 else "")
            for one in promotions
            if one not in automatic
        ]
        return lines, QuoteContext(
            currency=currency,
            at=NOW,
            country="DE",
            tax_rates={code: self.rate() for code in CLASSES[:3] if dice.random() < 0.8},
            delivery_tax=dice.choice([DeliveryTax.GOODS, DeliveryTax.GOODS, DeliveryTax.STANDARD]),
            delivery_rate=dice.choice([None, None, self.rate()]),
            shipping_options=[
                ShippingOption(
                    code,
                    code.upper(),
                    dice.randint(0, 2000),
                    free_from_minor=dice.choice([None, dice.randint(0, 60_000)]),
                    max_weight_g=dice.choice([None, dice.randint(1000, 60_000)]),
                )
                for code in dice.sample("abc", dice.randint(0, 3))
            ],
            shipping_method=dice.choice([None, None, "a", "b"]),
            promotions=automatic,
            codes=codes,
        )

    def percent(self, most: int) -> Decimal:
        return Decimal(self.dice.randint(1, most * 100)) / 100

    def rate(self) -> TaxFacts:
        return TaxFacts(self.percent(25), self.dice.choice(list(TaxMode)))

    def line(self, number: int, currency: str) -> LineFacts:
        dice = self.dice
        low, high = PRICES[currency]
        is_gift_card = dice.random() < 0.08
        return LineFacts(
            key=str(number),
            sku=f"SKU-{dice.randint(0, 999):03}-{number}",
            name="Cup",
            quantity=dice.choice([1, 1, 2, 3, 5, dice.randint(1, 20)]),
            # Few different prices too, so that units tie.
            unit_price_minor=dice.choice([dice.randint(low, high), dice.choice([0, 1, 333, 999])]),
            tax_class="gift" if is_gift_card else dice.choice(CLASSES),
            is_gift_card=is_gift_card,
            # As an order was sold with it, whatever the rates say now.
            tax=self.rate() if not is_gift_card and dice.random() < 0.1 else None,
            weight_g=dice.randint(0, 3000),
            category_ids=frozenset(dice.sample([1, 2, 3], dice.randint(0, 2))),
            product_id=dice.randint(1, 4),
        )

    def goods(self) -> GoodsFacts:
        dice = self.dice
        return GoodsFacts(
            "Goods",
            dice.choice([None, None, frozenset(dice.sample([1, 2, 3], dice.randint(1, 2)))]),
            dice.choice([None, None, frozenset(dice.sample([1, 2, 3, 4], 2))]),
        )

    def promotion(self, number: int) -> PromotionFacts:
        dice = self.dice
        kind = dice.choice([*LINE_KINDS, *BenefitKind])
        take = dice.randint(2, 5)
        return PromotionFacts(
            id=number + 1,
            kind=kind,
            name=f"Promotion {number}",
            percent=dice.choice([self.percent(100), Decimal(10), Decimal(50), Decimal(100)]),
            amount_minor=dice.choice([dice.randint(1, 20_000), dice.randint(1, 50)]),
            take=take,
            pay=dice.randint(1, take - 1),
            buy=dice.randint(1, 3),
            get=dice.randint(1, 3),
            tiers=tuple(
                (quantity, self.percent(60))
                for quantity in sorted(dice.sample(range(1, 12), dice.randint(1, 3)))
            ),
            goods=self.goods(),
            get_goods=dice.choice([None, self.goods()]) if kind == BenefitKind.BUY_GET else None,
            minimum_minor=dice.choice([None, None, dice.randint(0, 50_000)]),
            min_quantity=dice.choice([0, 0, dice.randint(1, 6)]),
            shipping_method_code=dice.choice(["", "", "a", "b"]),
            starts_at=dice.choice([None, NOW, NOW + timedelta(seconds=dice.choice([-1, 1]))]),
            ends_at=dice.choice([None, None, None, NOW, NOW + timedelta(seconds=1)]),
            combination=dice.choice([*Combination, Combination.STACKS, Combination.STACKS]),
            position=dice.randint(0, 2),
        )
