"""Money: an amount that knows its currency.

In the database and in every calculation money is a whole number of minor units (cents, yen, fils)
beside an ISO 4217 code. `Money` is the same fact with a decimal point, for people and the wire.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import format_currency, get_currency_precision
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from shop.core.errors import Invalid

# No amount in a shop reaches a thousand billion major units; a cap keeps sums inside BIGINT.
MAX_MINOR = 10**15
_PLAIN_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")


class InvalidAmount(Invalid):
    """A text that is not a plain decimal amount of its currency."""

    code = "invalid_amount"


@lru_cache(maxsize=512)
def exponent(currency: str) -> int:
    """Decimal places of a currency: JPY 0, EUR 2, KWD 3 (ISO 4217, from Babel's CLDR data)."""
    return get_currency_precision(currency)


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in a currency; `Money(Decimal("19.99"), "EUR")`."""

    amount: Decimal
    currency: str

    @classmethod
    def from_minor(cls, minor: int, currency: str) -> Money:
        """The money that `minor` whole minor units are."""
        return cls(Decimal(minor).scaleb(-exponent(currency)), currency)

    @property
    def minor(self) -> int:
        """Whole minor units. Raises `InvalidAmount` if there is a fraction of one."""
        scaled = self.amount.scaleb(exponent(self.currency))
        if scaled != scaled.to_integral_value():
            raise InvalidAmount(
                _("The amount has more decimals than %(currency)s allows.")
                % {"currency": self.currency}
            )
        return int(scaled)

    def __str__(self) -> str:
        return format_minor(self.minor, self.currency)


def to_wire(minor: int, currency: str) -> str:
    """The decimal text the API shows: `to_wire(1999, "EUR") == "19.99"`,
    `to_wire(50, "JPY") == "50"`.
    """
    places = exponent(currency)
    return f"{Decimal(minor).scaleb(-places):.{places}f}"


def from_wire(text: object, currency: str) -> int:
    """Minor units of a plain decimal text, the reverse of `to_wire`.

    Raises `InvalidAmount` for exponents, signs other than a leading minus, spaces, digits that are
    not ASCII, more decimals than the currency has, and amounts above the cap.
    """
    if not isinstance(text, str) or not text.isascii() or not _PLAIN_DECIMAL.fullmatch(text):
        raise InvalidAmount(_("Enter the amount as a decimal number, such as 19.99."))
    if len(text) > 20:
        raise InvalidAmount(_("The amount is too large."))
    places = exponent(currency)
    decimals = len(text.partition(".")[2])
    if decimals > places:
        raise InvalidAmount(
            _("Use at most %(places)d decimals for %(currency)s.")
            % {"currency": currency, "places": places}
        )
    minor = int(Decimal(text).scaleb(places))
    if abs(minor) > MAX_MINOR:
        raise InvalidAmount(_("The amount is too large."))
    if minor == 0 and text.startswith("-"):
        raise InvalidAmount(_("Enter the amount as a decimal number, such as 19.99."))
    return minor


def format_minor(minor: int, currency: str, locale: str | None = None) -> str:
    """The amount with all its decimals, as books and staff need it: `format_minor(1999,
    "EUR", "de") == "19,99 €"`.
    """
    language = (locale or get_language() or "en").replace("-", "_")
    return _format_minor(minor, currency, language)


def format_price(minor: int, currency: str, locale: str | None = None) -> str:
    """The amount as shoppers read it, without decimals that are all zero:
    `format_price(8900, "EUR") == "€89"`.

    Its parts never break apart at the end of a line.
    """
    language = (locale or get_language() or "en").replace("-", "_")
    return _format_price(minor, currency, language)


@lru_cache(maxsize=4096)
def _format_price(minor: int, currency: str, locale: str) -> str:
    places = exponent(currency)
    if minor % 10**places:
        text = _format_minor(minor, currency, locale)
    else:
        pattern = Locale.parse(locale).currency_formats["standard"].pattern
        text = format_currency(
            Decimal(minor).scaleb(-places),
            currency,
            format=pattern.replace(".00", ""),
            locale=locale,
            currency_digits=False,
        )
    return text.replace(" ", "\u00a0")


@lru_cache(maxsize=4096)
def _format_minor(minor: int, currency: str, locale: str) -> str:
    amount = Decimal(minor).scaleb(-exponent(currency))
    return format_currency(amount, currency, locale=locale)


def convert_minor(minor: int, source: str, target: str, rate: Decimal) -> int:
    """`minor` units of `source` in minor units of `target`, half up; `rate` is target
    units for one source unit.
    """
    amount = Decimal(minor).scaleb(-exponent(source)) * rate
    return int(amount.scaleb(exponent(target)).quantize(Decimal(1), rounding=ROUND_HALF_UP))
