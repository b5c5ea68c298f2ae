"""Which promotions win: the best in each lane, the best for the order.

The rules: docs/rounding.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from pricing.calculator.benefits import take_off
from pricing.calculator.facts import LineFacts, PromotionFacts, QuoteContext, ShippingOption
from pricing.calculator.taxes import added_tax
from pricing.states import Combination, Lane
from shop.core.money import format_price


@dataclass(frozen=True, slots=True)
class Candidate:
    """A promotion whose conditions hold, and the code that unlocked it, if it needed one."""

    promotion: PromotionFacts
    code: str = ""

    @property
    def rank(self) -> tuple[int, int]:
        """The stated order: by position, then the older first."""
        return self.promotion.position, self.promotion.id


@dataclass(frozen=True, slots=True)
class Cut:
    """What a promotion takes off each line (or off delivery alone), and what was left before."""

    candidate: Candidate
    bases: tuple[int, ...]
    parts: tuple[int, ...]

    @property
    def amount(self) -> int:
        """All of it together."""
        return sum(self.parts)


@dataclass(slots=True)
class Plan:
    """One way to use promotions: what they take off, and why others take off nothing."""

    cuts: list[Cut] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    shipping_cuts: list[Cut] = field(default_factory=list)
    # The price of delivery before promotions and after them, and why it is free before them.
    shipping_before: int = 0
    shipping: int = 0
    shipping_reason: str = ""
    reasons: dict[int, str] = field(default_factory=dict)
    total: int = 0

    @property
    def all_cuts(self) -> list[Cut]:
        """In the order in which they work."""
        return [*self.cuts, *self.shipping_cuts]

    @property
    def names(self) -> str:
        """What is used, for people."""
        return ", ".join(dict.fromkeys(cut.candidate.promotion.name for cut in self.all_cuts))


def best_plan(
    candidates: Sequence[Candidate],
    lines: Sequence[LineFacts],
    option: ShippingOption | None,
    context: QuoteContext,
) -> Plan:
    """The plan with the lowest total: no promotion, those that tolerate others, or
    one that stands alone.

    Earlier ones of this list win ties, so that no code is spent for nothing.
    """

    def work(chosen: Sequence[Candidate]) -> Plan:
        return _work(chosen, lines, option, context)

    nothing = work([])
    if not candidates:
        return nothing
    social = [one for one in candidates if one.promotion.combination != Combination.ALONE]
    together = work(social)
    alone = {
        one.promotion.id: work([one])
        for one in sorted(candidates, key=lambda one: one.rank)
        if one.promotion.combination == Combination.ALONE
    }
    best = min([nothing, together, *alone.values()], key=lambda plan: plan.total)
    for one in candidates:
        own = alone.get(one.promotion.id, together)
        if own is not best:
            best.reasons[one.promotion.id] = _beaten(own, best, nothing, context)
    return best


def _work(
    candidates: Sequence[Candidate],
    lines: Sequence[LineFacts],
    option: ShippingOption | None,
    context: QuoteContext,
) -> Plan:
    """The lanes one after the other, each on what the one before left."""
    plan = Plan(left=[line.unit_price_minor * line.quantity for line in lines])
    for lane in (Lane.LINE, Lane.ORDER):
        cuts = _best_in_lane(_of(lane, candidates), lines, plan.left, context, plan.reasons)
        for cut in cuts:
            plan.left = [left - part for left, part in zip(plan.left, cut.parts, strict=True)]
        plan.cuts += cuts
    if option is not None:
        sent = sum(
            left for line, left in zip(lines, plan.left, strict=True) if not line.is_gift_card
        )
        plan.shipping_before, plan.shipping_reason = list_price(option, sent, context)
        plan.shipping_cuts = _best_in_lane(
            _of(Lane.SHIPPING, candidates), (), [plan.shipping_before], context, plan.reasons
        )
    plan.shipping = plan.shipping_before - sum(cut.amount for cut in plan.shipping_cuts)
    plan.total = sum(plan.left) + plan.shipping
    plan.total += added_tax(lines, plan.left, plan.shipping, context)
    return plan


def _of(lane: Lane, candidates: Sequence[Candidate]) -> list[Candidate]:
    return [one for one in candidates if one.promotion.lane == lane]


def _best_in_lane(
    candidates: Sequence[Candidate],
    lines: Sequence[LineFacts],
    left: Sequence[int],
    context: QuoteContext,
    reasons: dict[int, str],
) -> list[Cut]:
    """All that stack, in their order, or one that does not: whichever takes off most.

    Ties go to the one that stands first in the stated order. `reasons` hears of the others.
    """
    stack = sorted(
        (one for one in candidates if one.promotion.combination == Combination.STACKS),
        key=lambda one: one.rank,
    )
    hands = [[one] for one in candidates if one not in stack]
    hands += [stack] if stack else []
    hands.sort(key=lambda hand: hand[0].rank)
    played = [_play(hand, lines, left) for hand in hands]
    best = max(played, key=_sum_of, default=[])
    names = ", ".join(cut.candidate.promotion.name for cut in best)
    for hand, cuts in zip(hands, played, strict=True):
        used = {cut.candidate.promotion.id for cut in cuts}
        for one in hand:
            if one.promotion.id not in used:
                reasons[one.promotion.id] = _nothing_off()
            elif cuts is not best:
                reasons[one.promotion.id] = _worse(names, _sum_of(best), _sum_of(cuts), context)
    return best


def _play(hand: Sequence[Candidate], lines: Sequence[LineFacts], left: Sequence[int]) -> list[Cut]:
    """The promotions one after the other, each on what the one before left; those
    without effect left out.
    """
    cuts = []
    for one in hand:
        parts = take_off(one.promotion, lines, left)
        if any(parts):
            cuts.append(Cut(one, tuple(left), tuple(parts)))
            left = [amount - part for amount, part in zip(left, parts, strict=True)]
    return cuts


def _sum_of(cuts: Sequence[Cut]) -> int:
    return sum(cut.amount for cut in cuts)


def list_price(option: ShippingOption, goods: int, context: QuoteContext) -> tuple[int, str]:
    """What delivery of goods that cost `goods` after discounts costs before promotions, and why."""
    if option.free_from_minor is not None and goods >= option.free_from_minor:
        amount = format_price(option.free_from_minor, context.currency)
        return 0, _("Free for orders from %(amount)s.") % {"amount": amount}
    return option.price_minor, ""


# Why not, in words -----------------------------------------------------------------------------


def _nothing_off() -> str:
    return _("This code doesn't lower the total of this cart.")


def _worse(names: str, more: int, less: int, context: QuoteContext) -> str:
    if more == less:
        return _("%(name)s saves the same amount, and the two can't be combined.") % {"name": names}
    return _("%(name)s saves more: %(more)s instead of %(less)s. The two can't be combined.") % {
        "name": names,
        "more": format_price(more, context.currency),
        "less": format_price(less, context.currency),
    }


def _beaten(plan: Plan, best: Plan, nothing: Plan, context: QuoteContext) -> str:
    """Why the promotions of `plan` stand back behind those of `best`."""
    saved = nothing.total - plan.total
    if not plan.all_cuts:
        return _nothing_off()
    if saved <= 0:
        return _("This code doesn't lower your total, because delivery would no longer be free.")
    return _worse(best.names, nothing.total - best.total, saved, context)
