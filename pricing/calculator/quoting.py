"""The quote put together: candidates, the best plan for each way to deliver,
tax, and the reasons.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from pricing.calculator.benefits import percent_of, words_of
from pricing.calculator.conditions import why_not
from pricing.calculator.facts import LineFacts, QuoteContext, ShippingOption
from pricing.calculator.lanes import Candidate, Cut, Plan, best_plan
from pricing.calculator.results import (
    Adjustment,
    AppliedPromotion,
    CouponOutcome,
    Quote,
    ShippingQuote,
    TraceLine,
)
from pricing.calculator.taxes import (
    NO_TAX,
    delivery_shares,
    missing_rates,
    rate_of,
    rates_to_note,
    tax_adjustments,
    tax_line,
    tax_trace,
)
from pricing.errors import AmountTooLarge
from pricing.states import Lane
from shop.core.money import MAX_MINOR, format_price


def quote(lines: Sequence[LineFacts], context: QuoteContext) -> Quote:
    """The quote for `lines`. Raises `AmountTooLarge` where sums leave what the books can hold."""
    subtotal = sum(line.unit_price_minor * line.quantity for line in lines)
    if subtotal > MAX_MINOR:
        raise AmountTooLarge
    # One order, whichever the lines came in, settles every tie: the total does not depend on it.
    ordered = sorted(lines, key=lambda line: (line.sku, line.key))
    weight = sum(line.weight_g * line.quantity for line in lines)
    desk = _Desk(ordered, context)
    needs_shipping = not lines or any(not line.is_gift_card for line in lines)
    options = context.shipping_options if needs_shipping else ()
    plans = [desk.plan(option) for option in options]
    methods = [
        _method(option, plan, _too_heavy(option, weight), desk)
        for option, plan in zip(options, plans, strict=True)
    ]
    place = _choose(methods, context.shipping_method) if lines else None
    chosen = None if place is None else methods[place]
    plan = desk.plan(None) if place is None else plans[place]
    option = None if place is None else options[place]

    left = {line.key: amount for line, amount in zip(ordered, plan.left, strict=True)}
    rates = {line.key: rate_of(line, context) for line in lines}
    quoted = [tax_line(line, left[line.key], rates[line.key] or NO_TAX) for line in lines]
    shares = delivery_shares(ordered, plan.left, plan.shipping, context)
    taxes = tax_adjustments(quoted, rates, shares, context)
    tax_added = sum(part.amount_minor for part in taxes if not part.is_included)
    applied = [desk.applied(cut) for cut in plan.all_cuts]
    coupons = desk.outcomes(plan, option)
    total = sum(plan.left) + plan.shipping + tax_added
    return Quote(
        currency=context.currency,
        lines=tuple(quoted),
        subtotal_minor=subtotal,
        discount_minor=subtotal - sum(plan.left),
        shipping=chosen,
        shipping_minor=plan.shipping,
        tax_minor=sum(part.amount_minor for part in taxes),
        tax_added_minor=tax_added,
        total_minor=total,
        shipping_methods=tuple(methods),
        promotions=tuple(applied),
        coupons=tuple(coupons),
        trace=tuple(_trace(lines, context, applied, coupons, chosen, plan, taxes, total)),
        adjustments=(*desk.adjustments(plan, lines, chosen), *taxes),
        weight_g=weight,
        needs_shipping=needs_shipping,
        is_export=context.is_export,
        country=context.country,
        missing_rates=missing_rates(lines, rates, shares, context),
        rates_to_note=rates_to_note(rates, shares),
    )


class _Desk:
    """The lines in their settled order and the promotions that may lower them."""

    def __init__(self, lines: Sequence[LineFacts], context: QuoteContext) -> None:
        self.lines = lines
        self.context = context
        candidates = {one.id: Candidate(one) for one in context.promotions}
        # Why a code cannot unlock anything, whatever is in the cart.
        self.refused: dict[str, str] = {}
        for code in context.codes:
            if code.promotion is None or code.problem:
                self.refused[code.code] = code.problem
            elif (present := candidates.get(code.promotion.id)) is not None:
                self.refused[code.code] = (
                    _("This code gives the same discount as %(code)s.") % {"code": present.code}
                    if present.code
                    else _("The same discount applies without a code.")
                )
            else:
                candidates[code.promotion.id] = Candidate(code.promotion, code.code)
        self.candidates = list(candidates.values())

    def plan(self, option: ShippingOption | None) -> Plan:
        """The best use of promotions for this way to deliver."""
        fit = [one for one in self.candidates if not self._problem(one, option)]
        return best_plan(fit, self.lines, option, self.context)

    def _problem(self, one: Candidate, option: ShippingOption | None) -> str:
        return why_not(one.promotion, self.lines, option, self.context)

    def applied(self, cut: Cut) -> AppliedPromotion:
        """What the quote says of a promotion that lowers it."""
        promotion = cut.candidate.promotion
        return AppliedPromotion(
            id=promotion.id,
            name=promotion.name or cut.candidate.code,
            code=cut.candidate.code,
            lane=promotion.lane,
            amount_minor=cut.amount,
            reason=words_of(promotion, self.lines, self.context.currency),
            is_limited=promotion.is_limited,
        )

    def outcomes(self, plan: Plan, option: ShippingOption | None) -> list[CouponOutcome]:
        """What became of every code, in the order in which they were given."""
        used = {cut.candidate.code for cut in plan.all_cuts}
        by_code = {one.code: one for one in self.candidates if one.code}
        outcomes = []
        for facts in self.context.codes:
            name = facts.promotion.name if facts.promotion else ""
            one = by_code.get(facts.code)
            if facts.code in self.refused or one is None:
                is_used, reason = False, self.refused.get(facts.code, "")
            elif one.code in used:
                is_used = True
                reason = words_of(one.promotion, self.lines, self.context.currency)
            else:
                is_used = False
                reason = self._problem(one, option) or plan.reasons[one.promotion.id]
            outcomes.append(CouponOutcome(facts.code, name, is_used, reason))
        return outcomes

    def adjustments(
        self, plan: Plan, lines: Sequence[LineFacts], chosen: ShippingQuote | None
    ) -> list[Adjustment]:
        """One a promotion and line, in the order of the lanes; then delivery and what lowers it."""
        places = {line.key: place for place, line in enumerate(self.lines)}
        parts = [
            self._adjustment("discount", cut, places[line.key], line.key)
            for cut in plan.cuts
            for line in lines
            if cut.parts[places[line.key]]
        ]
        if chosen is not None:
            parts.append(
                Adjustment(
                    "shipping",
                    chosen.name,
                    plan.shipping_before,
                    source=chosen.code,
                    base_minor=chosen.list_price_minor,
                    reason=plan.shipping_reason,
                )
            )
        return parts + [self._adjustment("shipping", cut, 0, None) for cut in plan.shipping_cuts]

    def _adjustment(self, kind: str, cut: Cut, place: int, line_key: str | None) -> Adjustment:
        one = self.applied(cut)
        return Adjustment(
            kind,
            one.name,
            -cut.parts[place],
            line_key=line_key,
            source=one.source,
            base_minor=cut.bases[place],
            percent=percent_of(cut.candidate.promotion, self.lines),
            reason=one.reason,
        )


# Delivery -------------------------------------------------------------------------------------


def _too_heavy(option: ShippingOption, weight: int) -> str:
    if option.max_weight_g is None or weight <= option.max_weight_g:
        return ""
    return _("Too heavy: %(weight)s kg. The limit is %(most)s kg.") % {
        "weight": f"{weight / 1000:.1f}",
        "most": f"{option.max_weight_g / 1000:g}",
    }


def _method(option: ShippingOption, plan: Plan, problem: str, desk: _Desk) -> ShippingQuote:
    """The option as this cart would pay for it if it were chosen."""
    reasons = [plan.shipping_reason] if plan.shipping_reason else []
    for cut in plan.shipping_cuts:
        one = desk.applied(cut)
        reasons.append(_("Free with your code.") if one.code and not plan.shipping else one.name)
    return ShippingQuote(
        code=option.code,
        name=option.name,
        line=option.line,
        price_minor=plan.shipping,
        list_price_minor=option.price_minor,
        free_from_minor=option.free_from_minor,
        arrives_from=option.arrives_from,
        arrives_to=option.arrives_to,
        problem=problem,
        reason=", ".join(reasons),
    )


def _choose(methods: Sequence[ShippingQuote], code: str | None) -> int | None:
    """Where the chosen method stands if it is possible; without a choice the first possible one."""
    for place, method in enumerate(methods):
        if not method.problem and code in {None, method.code}:
            return place
    return None


# The trace ------------------------------------------------------------------------------------


def _trace(
    lines: Sequence[LineFacts],
    context: QuoteContext,
    applied: Sequence[AppliedPromotion],
    coupons: Sequence[CouponOutcome],
    chosen: ShippingQuote | None,
    plan: Plan,
    taxes: Sequence[Adjustment],
    total: int,
) -> list[TraceLine]:
    """Why each figure is what it is, in the order in which they add up."""
    return [
        *(_line_trace(line, context) for line in lines),
        *(_promotion_trace(one) for one in applied if one.lane != Lane.SHIPPING),
        *(
            TraceLine("coupon", one.code, 0, one.reason, one.code)
            for one in coupons
            if not one.applied
        ),
        *([_shipping_trace(chosen, plan)] if chosen else []),
        *(_promotion_trace(one) for one in applied if one.lane == Lane.SHIPPING),
        *tax_trace(taxes),
        TraceLine("total", _("Total"), total),
    ]


def _line_trace(line: LineFacts, context: QuoteContext) -> TraceLine:
    amount = line.unit_price_minor * line.quantity
    label = f"{line.quantity} × {line.name}"
    return TraceLine("line", label, amount, _sale_note(line, context), line.key)


def _sale_note(line: LineFacts, context: QuoteContext) -> str:
    """What it cost before, and the lowest of 30 days, which any percent counts from."""
    if line.compare_at_minor is None or line.compare_at_minor <= line.unit_price_minor:
        return ""
    was = format_price(line.compare_at_minor, context.currency)
    if line.low_minor is None:
        return _("On sale, was %(price)s each.") % {"price": was}
    words: dict[str, object] = {
        "price": was,
        "low": format_price(line.low_minor, context.currency),
        "percent": line.percent_off,
    }
    if not line.percent_off:
        return (
            _("On sale, was %(price)s each. Lowest price in the previous 30 days: %(low)s.") % words
        )
    return (
        _(
            "On sale, was %(price)s each. %(percent)d %% below %(low)s, the lowest price in "
            "the previous 30 days."
        )
        % words
    )


def _promotion_trace(one: AppliedPromotion) -> TraceLine:
    kind = "shipping" if one.lane == Lane.SHIPPING else "discount"
    return TraceLine(
        kind, one.code or one.name, -one.amount_minor, one.reason, one.code or one.source
    )


def _shipping_trace(chosen: ShippingQuote, plan: Plan) -> TraceLine:
    return TraceLine(
        "shipping", chosen.name, plan.shipping_before, plan.shipping_reason, chosen.code
    )
