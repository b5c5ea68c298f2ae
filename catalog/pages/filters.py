"""What the address of a list asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from django.http import QueryDict
from django.utils.translation import gettext_lazy

from shop.core.errors import Invalid
from shop.core.money import exponent, from_wire

MOST_PAGES = 400
SORTS = [
    ("popular", gettext_lazy("Best selling")),
    ("new", gettext_lazy("Newest")),
    ("price_asc", gettext_lazy("Price: low to high")),
    ("price_desc", gettext_lazy("Price: high to low")),
    ("name", gettext_lazy("Name")),
]
RELEVANCE = ("relevance", gettext_lazy("Best match"))
FACET = "a-"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for.

    Anything it says that makes no sense is left out, never an error.
    """

    query: str = ""
    sort: str = ""
    page: int = 1
    min_price: str = ""
    max_price: str = ""
    in_stock: bool = False
    makers: tuple[str, ...] = ()
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def from_query(cls, query: QueryDict) -> Filters:
        """The filters of a query string."""
        known = {value for value, _label in [*SORTS, RELEVANCE]}
        sort, page = query.get("sort", ""), query.get("page", "")
        is_number = page.isascii() and page.isdigit() and len(page) < 5
        attributes = {
            name.removeprefix(FACET): tuple(dict.fromkeys(query.getlist(name)))[:50]
            for name in sorted(query)
            if name.startswith(FACET)
            and len(name) <= 70
            and "\0" not in name + "".join(query.getlist(name))
        }
        return cls(
            query=" ".join(query.get("q", "").replace("\0", " ").split())[:200],
            sort=sort if sort in known else "",
            page=min(max(int(page), 1), MOST_PAGES) if is_number else 1,
            min_price=_amount(query.get("min_price", "")),
            max_price=_amount(query.get("max_price", "")),
            in_stock=query.get("in_stock") == "1",
            makers=tuple(
                slug
                for slug in dict.fromkeys(query.getlist("maker"))
                if slug.isascii() and "\0" not in slug
            )[:50],
            attributes=dict(list(attributes.items())[:20]),
        )

    def pairs(self) -> list[tuple[str, str]]:
        """What the address needs to say the same, without the page."""
        pairs = [("q", self.query)] if self.query else []
        pairs += [("sort", self.sort)] if self.sort else []
        pairs += [("min_price", self.min_price)] if self.min_price else []
        pairs += [("max_price", self.max_price)] if self.max_price else []
        pairs += [("in_stock", "1")] if self.in_stock else []
        pairs += [("maker", slug) for slug in self.makers]
        return pairs + [
            (f"{FACET}{code}", value)
            for code, values in self.attributes.items()
            for value in values
        ]

    @property
    def count(self) -> int:
        """How many filters there are: sort and text are none."""
        return len([name for name, _value in self.pairs() if name not in {"q", "sort"}])

    def without(self, name: str, value: str) -> Filters:
        """The same without one value."""
        if name in {"min_price", "max_price"}:
            return replace(self, min_price="", max_price="", page=1)
        if name == "in_stock":
            return replace(self, in_stock=False, page=1)
        if name == "maker":
            return replace(
                self, makers=tuple(each for each in self.makers if each != value), page=1
            )
        code = name.removeprefix(FACET)
        attributes = {
            key: kept
            for key, values in self.attributes.items()
            if (kept := tuple(each for each in values if key != code or each != value))
        }
        return replace(self, attributes=attributes, page=1)


def _amount(text: str) -> str:
    """A price people typed as a plain decimal; empty where it is none.

    A comma is a decimal point.
    """
    plain = text.strip().replace(",", ".")
    if not plain.isascii() or len(plain) > 12:
        return ""
    try:
        amount = Decimal(plain)
    except ArithmeticError:
        return ""
    if not amount.is_finite() or amount < 0 or "e" in plain.lower() or "_" in plain:
        return ""
    return f"{amount.normalize():f}"


def minor_or_none(text: str, currency: str) -> int | None:
    """Minor units of what `Filters` kept; None where nothing was asked or the
    currency has no such cents.
    """
    if not text:
        return None
    try:
        return from_wire(text, currency)
    except Invalid:
        whole = text.partition(".")[0]
        return from_wire(whole, currency) if exponent(currency) == 0 else None
