"""The two ways the shop rounds: half up, and by largest remainder."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction


def round_half_up(amount: Fraction) -> int:
    """The nearest whole number; halves go away from zero, which is up for the amounts here."""
    return (2 * amount.numerator + amount.denominator) // (2 * amount.denominator)


def share(amount: int, percent: Decimal) -> int:
    """`percent` percent of `amount`, half up."""
    return round_half_up(amount * Fraction(percent) / 100)


def spread(amount: int, weights: Sequence[int]) -> list[int]:
    """`amount` split in proportion to `weights` by largest remainder; the parts sum to it exactly.

    With `amount` ≤ sum of the weights no part exceeds its weight. Earlier parts win ties.
    """
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    parts = [amount * weight // whole for weight in weights]
    remainders = [amount * weight % whole for weight in weights]
    left = amount - sum(parts)
    for index in sorted(range(len(weights)), key=lambda index: -remainders[index])[:left]:
        parts[index] += 1
    return parts
