"""All that the page of a product shows, put together for the template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import QueryDict
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.models import Attribute, GoesWith, Product, ProductAttribute, ProductImage, Variant
from catalog.pages.cards import render_cards
from catalog.pages.layout import Promise, current_promises, trail
from catalog.pages.structured_data import product_data
from catalog.picture_names import absolute
from catalog.prices.lookup import Price, percent_off, price_before, prices_for, thirty_day_low
from catalog.products.options import Option, Options, read_options
from shop.core.clock import show_day_and_month
from shop.core.prepared import Prepared, keep_loaded
from shop.web.templatetags.shop import money, number

# Promises that matter at this moment; delivery has a row of its own.
BESIDE_THE_BUTTON = {"back", "tool"}
# What people count in instead of thousands of the small unit.
LARGE_UNITS = {("g", 1000): "kg", ("ml", 1000): "l", ("mm", 1000): "m", ("cm", 100): "m"}


_PRODUCT = Prepared(
    lambda slug, at: (
        Product.objects.published(at=at).filter(slug=slug).select_related("maker").order_by()
    )
)
_PARTS: dict[str, Prepared[Any]] = {
    "variants": Prepared(
        lambda product: Variant.objects.filter(product=product, is_active=True).select_related(
            "stock_item"
        )
    ),
    "images": Prepared(lambda product: ProductImage.objects.filter(product=product)),
    "attribute_values": Prepared(
        lambda product: ProductAttribute.objects.filter(product=product).select_related(
            "attribute", "choice"
        )
    ),
    "goes_with": Prepared(
        lambda product: (
            GoesWith.objects.filter(product=product)
            .select_related("variant__product")
            .only(
                "product",
                "position",
                *(f"variant__product__{name}" for name in ("version", "status", "published_at")),
            )
        )
    ),
}


def product_for_page(slug: str, *, at: datetime) -> Product | None:
    """The published product with all that its page shows but the options: five
    queries, however many variants.
    """
    found = _PRODUCT.first(slug=slug, at=at)
    if found is not None:
        for name, part in _PARTS.items():
            keep_loaded(found, name, part(product=found.pk))
    return found


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of an option; `reason` says why it cannot be had with the other choices."""

    pk: int
    label: str
    swatch: str
    is_chosen: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Picker:
    """An option with its values."""

    name: str
    field: str
    chosen: str
    values: list[Choice]


@dataclass(frozen=True, slots=True)
class ProductPage:
    """What the product page shows; `variant` is None where the chosen combination is not made."""

    product: Product
    variant: Variant | None
    url: str
    address: str
    description: str
    crumbs: list[tuple[str, str]]
    department_slug: str
    currency: str
    price_minor: int
    was_minor: int | None
    percent: int
    low_minor: int | None
    price_note: str
    unit_price: str
    options: list[Picker]
    missing: str
    said: str
    stock_kind: str
    stock_line: str
    is_sellable: bool
    most: int
    pictures: list[ProductImage]
    picture: ProductImage | None
    picture_alt: str
    picture_url: str
    specs: list[tuple[str, str]]
    guarantee: str
    promises: list[Promise]
    goes_with: list[SafeString]
    structured: SafeString

    @property
    def canonical(self) -> str:
        """The address of all versions, with the site's."""
        return f"{settings.SITE_URL}{self.address}"


def build_product_page(
    product: Product, query: QueryDict, *, currency: str, at: datetime
) -> ProductPage:
    """The page of a product from `product_for_page`, as `query` chooses variant and picture."""
    variants = list(product.variants.all())
    options = read_options(product)
    chosen, variant = _choose(options, variants, query)
    url = reverse("catalog:product", args=[product.slug])
    prices = prices_for(variants, currency)
    price = prices[variant.pk] if variant else None
    low = _low(variant, price, currency, at=at)
    before = price_before(price.price_minor, price.compare_at_minor, low) if price else None
    pictures = _pictures(product, variant, chosen)
    picture = _picture(pictures, query, variant)
    crumbs, department = trail(product.category_id)
    stock_kind, stock_line = _stock(variant)
    amounts = prices if product.is_gift_card else None
    picture_url = absolute(picture.picture.url) if picture and picture.picture else ""
    description = (product.lead or product.kind or product.name)[:155]
    return ProductPage(
        product=product,
        variant=variant,
        url=f"{url}{_own_query(variants, variant, chosen)}",
        address=url,
        description=description,
        crumbs=crumbs,
        department_slug=department,
        currency=currency,
        price_minor=price.price_minor if price else 0,
        was_minor=before,
        percent=percent_off(price.price_minor, price.compare_at_minor, low) if price else 0,
        low_minor=low if before else None,
        price_note=_price_note(product),
        unit_price=_unit_price(variant, price, currency) if variant and price else "",
        options=_pickers(options, variants, chosen, amounts, currency),
        missing="" if variant else _("This combination is not available. Choose another."),
        said=_said(variant, price, currency, stock_line),
        stock_kind=stock_kind,
        stock_line=stock_line,
        is_sellable=bool(variant and variant.stock_item.sellable > 0),
        most=min(variant.stock_item.sellable, 999) if variant else 1,
        pictures=pictures,
        picture=picture,
        picture_alt=(picture.alt or product.name) if picture else "",
        picture_url=picture_url,
        specs=_specs(product),
        guarantee=_guarantee(product.guarantee_months),
        promises=[each for each in current_promises() if each.sign in BESIDE_THE_BUTTON],
        goes_with=_goes_with(product, currency=currency, at=at),
        structured=product_data(
            product,
            variants,
            prices,
            canonical=f"{settings.SITE_URL}{url}",
            picture_url=picture_url,
            crumbs=crumbs,
            description=description,
        ),
    )


def _low(
    variant: Variant | None, price: Price | None, currency: str, *, at: datetime
) -> int | None:
    """The lowest price of the last 30 days, where the price is reduced."""
    if variant is None or price is None:
        return None
    was = price.compare_at_minor
    return thirty_day_low(variant, currency, at) if was and was > price.price_minor else None


def _own_query(
    variants: Sequence[Variant], variant: Variant | None, chosen: Mapping[int, int]
) -> str:
    """The query of the address that leads to this choice."""
    if variant:
        return f"?{urlencode({'variant': variant.sku})}" if len(variants) > 1 else ""
    return (
        f"?{urlencode({f'o{option}': value for option, value in chosen.items()})}" if chosen else ""
    )


def _price_note(product: Product) -> str:
    if product.is_gift_card:
        return _("No VAT. It is charged when the gift card is used.")
    return _("Includes VAT. Delivery is calculated in the cart.")


def _said(variant: Variant | None, price: Price | None, currency: str, stock_line: str) -> str:
    """What a screen reader says after a choice."""
    if variant is None or price is None:
        return ""
    return f"{variant.label} {money(price.price_minor, currency)}. {stock_line}"


def _choose(
    options: Options, variants: list[Variant], query: QueryDict
) -> tuple[dict[int, int], Variant | None]:
    """The value chosen for each option, and the variant that has them all.

    `?variant=SKU` names one; `?o12=34` is what the picker sends. The option picked last is
    kept, and the others follow to the nearest variant that exists, unless that combination
    was asked for on purpose.
    """
    if not variants:
        return {}, None
    asked = query.get("variant", "")
    named = next((variant for variant in variants if variant.sku == asked), None)
    values = {variant.pk: options.choices_of(variant.pk) for variant in variants}
    sent: dict[int, int] = {}
    for option in options.options:
        text = query.get(f"o{option.pk}", "")
        if text.isascii() and text.isdigit() and len(text) < 19:
            sent[option.pk] = int(text)
    if named is not None or not sent:
        start = named or next((each for each in variants if each.in_stock), variants[0])
        return values[start.pk], start
    exact = [each for each in variants if sent.items() <= values[each.pk].items()]
    if exact:
        return values[exact[0].pk], exact[0]
    if len(sent) == len(options.options) and _all_exist(options, sent):
        return sent, None
    nearest = max(variants, key=lambda each: len(sent.items() & values[each.pk].items()))
    return values[nearest.pk], nearest


def _all_exist(options: Options, sent: Mapping[int, int]) -> bool:
    known = {(option.pk, value.pk) for option in options.options for value in option.values}
    return set(sent.items()) <= known


def _pickers(
    options: Options,
    variants: list[Variant],
    chosen: dict[int, int],
    amounts: Mapping[int, Price] | None,
    currency: str,
) -> list[Picker]:
    """The options with what can be had beside the present choices.

    Of a gift card, whose `amounts` are its variants' prices, a choice that alone decides on the
    price is named by it: what "25" comes to differs from currency to currency.
    """
    made: dict[frozenset[int], Variant] = {
        frozenset(options.choices_of(variant.pk).values()): variant for variant in variants
    }
    pickers = []
    for option in options.options:
        others = {value for key, value in chosen.items() if key != option.pk}
        sums = _sums_of(option, options, variants, amounts, currency) if amounts else {}
        choices = []
        for value in option.values:
            variant = made.get(frozenset(others | {value.pk}))
            if variant is None:
                reason = _("not available with the other choices")
            elif variant.stock_item.sellable < 1:
                reason = _("sold out")
            else:
                reason = ""
            is_chosen = chosen.get(option.pk) == value.pk
            label = sums.get(value.pk, value.label)
            choices.append(Choice(value.pk, label, value.swatch, is_chosen, reason))
        name = next((choice.label for choice in choices if choice.is_chosen), "")
        pickers.append(Picker(option.name, f"o{option.pk}", name, choices))
    return pickers


def _sums_of(
    option: Option,
    options: Options,
    variants: list[Variant],
    amounts: Mapping[int, Price],
    currency: str,
) -> dict[int, str]:
    """The price of each value of an option that alone decides on it; nothing of
    one that does not.
    """
    found: dict[int, set[int]] = {}
    for variant in variants:
        value = options.choices_of(variant.pk).get(option.pk)
        if value is not None:
            found.setdefault(value, set()).add(amounts[variant.pk].price_minor)
    if len(set().union(*found.values())) < 2 or any(len(prices) > 1 for prices in found.values()):
        return {}
    return {value: money(prices.pop(), currency) for value, prices in found.items()}


def _pictures(
    product: Product, variant: Variant | None, chosen: dict[int, int]
) -> list[ProductImage]:
    """The pictures, those of the chosen variant first."""

    def rank(image: ProductImage) -> int:
        if variant and variant.image_id == image.pk:
            return 0
        if image.option_value_id in chosen.values():
            return 1
        return 2 if image.option_value_id is None else 3

    return sorted(product.images.all(), key=rank)


def _picture(
    pictures: list[ProductImage], query: QueryDict, variant: Variant | None
) -> ProductImage | None:
    text = query.get("image", "")
    if text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= len(pictures):
        return pictures[int(text) - 1]
    return pictures[0] if pictures else None


def _stock(variant: Variant | None) -> tuple[str, str]:
    """The kind (ok, low, later, out) and the sentence of the stock line."""
    if variant is None:
        return "out", ""
    if variant.product.is_gift_card:
        return "ok", _("Sent by e-mail once paid.")
    item = variant.stock_item
    if item.available > 0:
        if item.is_low:
            left = ngettext("Only %(n)s left.", "Only %(n)s left.", item.available)
            return "low", left % {"n": number(item.available)}
        return "ok", _("In stock. Ships on the next business day.")
    if item.sellable > 0:
        if item.backorder_until:
            day = show_day_and_month(item.backorder_until)
            return "later", _("Available %(day)s. Order now and we'll ship it then.") % {"day": day}
        return "later", _("Made to order. We'll e-mail you when it ships.")
    if item.backorder_until:
        day = show_day_and_month(item.backorder_until)
        return "out", _("Sold out. Available %(day)s.") % {"day": day}
    return "out", _("Sold out.")


def _unit_price(variant: Variant, price: Price, currency: str) -> str:
    """ "12.40 EUR / kg", where the law asks for it (Directive 98/6/EC)."""
    if not variant.unit_amount or not variant.unit_per:
        return ""
    minor = (price.price_minor * variant.unit_per + variant.unit_amount // 2) // variant.unit_amount
    unit = LARGE_UNITS.get((variant.unit, variant.unit_per))
    per = unit or f"{number(variant.unit_per)} {variant.unit}".strip()
    return f"{money(minor, currency)} / {per}"


def _specs(product: Product) -> list[tuple[str, str]]:
    rows = []
    for each in product.attribute_values.all():
        value = each.value
        if each.attribute.kind == Attribute.Kind.BOOLEAN:
            text = _("Yes") if value else _("No")
        elif each.number is not None and value is not None:
            text = number(each.number.normalize())
        else:
            text = str(value or "")
        if text:
            rows.append((each.attribute.label, f"{text} {each.attribute.unit}".strip()))
    return rows


def _guarantee(months: int) -> str:
    if not months:
        return ""
    if months % 12 == 0:
        years = months // 12
        return ngettext("%(n)s-year guarantee", "%(n)s-year guarantee", years) % {"n": years}
    return ngettext("%(n)s-month guarantee", "%(n)s-month guarantee", months) % {"n": months}


def _goes_with(product: Product, *, currency: str, at: datetime) -> list[SafeString]:
    """Cards of what goes well with it, at most four."""
    others = {
        place.variant.product_id: place.variant.product.version
        for place in product.goes_with.all()
        if place.variant.product.is_published(at=at) and place.variant.product_id != product.pk
    }
    return render_cards(list(others.items())[:4], currency=currency, at=at)
