"""How a credit splits on an order's items and its delivery. Pure: figures in, figures out.

Each part knows what is left of it: what the shopper paid for it, the tax in that, its
units. Whatever the order of credits, the parts of all of them sum to what was paid and
never to a unit more, because the last unit of a part takes all that is left of it. The
rules in words: docs/rounding.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from pricing.calculator import round_half_up, spread


@dataclass(frozen=True, slots=True)
class Part:
    """What is left to credit of an item, or of delivery (`key` None): minor units
    with tax, the tax, units.

    `claimed` of the units are on their way back in a return, which will credit
    them; `withheld_minor` of the amount was kept when other units came back, and is
    no unit's price any more.
    """

    key: int | None
    amount_minor: int
    tax_minor: int
    units: int = 0
    claimed: int = 0
    withheld_minor: int = 0

    @property
    def open_units(self) -> int:
        """Units that may be credited now."""
        return self.units - self.claimed


@dataclass(frozen=True, slots=True)
class Share:
    """What a credit takes of a part."""

    key: int | None
    amount_minor: int
    tax_minor: int
    units: int = 0
    withheld_minor: int = 0


def units_share(part: Part, units: int) -> int:
    """What `units` of the part's remaining units cost, rounded down; the last one
    takes what is left.
    """
    return max(part.amount_minor - part.withheld_minor, 0) * units // part.units


def split_amount(parts: Sequence[Part], amount: int) -> list[Share]:
    """`amount` spread on all parts by what is left of them.

    All that is left takes all units too.
    """
    takes_all = amount == sum(part.amount_minor for part in parts)
    amounts = spread(amount, [part.amount_minor for part in parts])
    units = {part.key: part.open_units for part in parts} if takes_all else {}
    return _shares(parts, amounts, units)


def split_units(
    parts: Sequence[Part],
    units: Mapping[int | None, int],
    amount: int | None,
    *,
    with_shipping: bool,
    withhold: int = 0,
) -> list[Share]:
    """The price of `units` (key → how many), with all that is left of delivery if `with_shipping`.

    Another `amount` than that price lowers what the units take; what it has more goes to delivery
    first, then to everything. `withhold` keeps so much of the units' price back, for good;
    delivery is not touched by it.
    """
    amounts = [
        units_share(part, units[part.key])
        if part.key in units
        else (part.amount_minor if part.key is None and with_shipping else 0)
        for part in parts
    ]
    if withhold:
        prices = [
            taken if part.key in units else 0 for part, taken in zip(parts, amounts, strict=True)
        ]
        kept = spread(withhold, prices)
        amounts = [taken - back for taken, back in zip(amounts, kept, strict=True)]
        return _shares(parts, amounts, units, kept)
    if amount is not None:
        chosen = min(amount, sum(amounts))
        amounts = spread(chosen, amounts)
        amounts = _add(parts, amounts, amount - chosen)
    return _shares(parts, amounts, units)


def _add(parts: Sequence[Part], amounts: list[int], more: int) -> list[int]:
    """`more` on top: on delivery as far as it goes, the rest on whatever has something left."""
    for only_delivery in (True, False):
        room = [
            part.amount_minor - taken if part.key is None or not only_delivery else 0
            for part, taken in zip(parts, amounts, strict=True)
        ]
        now = min(more, sum(room))
        amounts = [taken + extra for taken, extra in zip(amounts, spread(now, room), strict=True)]
        more -= now
    return amounts


def _shares(
    parts: Sequence[Part],
    amounts: Sequence[int],
    units: Mapping[int | None, int] | Mapping[int, int],
    kept: Sequence[int] = (),
) -> list[Share]:
    return [
        Share(part.key, amount, _tax_in(part, amount), units.get(part.key, 0), withheld)  # type: ignore[arg-type]
        for part, amount, withheld in zip(parts, amounts, kept or [0] * len(parts), strict=True)
        if amount or units.get(part.key, 0)  # type: ignore[arg-type]
    ]


def _tax_in(part: Part, amount: int) -> int:
    """The tax in `amount` of a part, half up; the last of it takes all that is left."""
    if not part.amount_minor:
        return 0
    return round_half_up(Fraction(part.tax_minor * amount, part.amount_minor))
