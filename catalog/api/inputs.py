"""What the API takes: bodies and query parameters."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework import serializers

from catalog.models import Attribute, Category, Maker, OptionValue, ProductType, TaxClass
from catalog.prices.lookup import exchange_rates
from catalog.querysets import SORTS
from catalog.states import ProductStatus
from shop.api.fields import (
    CleanCharField,
    MoneyField,
    QuerySerializer,
    StrictBooleanField,
    StrictIntegerField,
    StrictSerializer,
)
from shop.core.errors import Invalid
from shop.core.money import from_wire

FACET = "a-"
MOST_FACETS, MOST_VALUES = 20, 50
MOST_UNITS = 1_000_000
FOR_SALE = "Units on hand that no order has reserved. Reserved units stay beside them."
MOST_OPTIONS, MOST_CHOICES, MOST_VARIANTS = 5, 100, 250
# What a product of several variants has once for each of them.
OF_ONE_VARIANT = ("price", "compare_at_price", "sku", "stock_quantity", "barcode", "weight_g")


class RowField(StrictIntegerField):
    """The id of a row that exists; the value is the row."""

    def __init__(self, model: type[Any], **options: Any) -> None:
        self.model = model
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> Any:
        row = self.model._default_manager.filter(pk=super().to_internal_value(data)).first()
        if row is None:
            raise serializers.ValidationError(_("Record not found."))
        return row


class CurrencyQuery(QuerySerializer):
    """In which currency prices are shown."""

    currency = CleanCharField(required=False, max_length=3, min_length=3)

    def validate_currency(self, value: str) -> str:
        """One the shop sells in."""
        if value not in exchange_rates():
            raise serializers.ValidationError(_("This currency is not available in this shop."))
        return value


class ProductQuery(CurrencyQuery):
    """Which products, in which order. `a-<code>` filters by an attribute and may be repeated."""

    q = CleanCharField(required=False, max_length=200)
    category = CleanCharField(
        required=False, max_length=140, help_text="Id or slug; with all below it."
    )
    maker = CleanCharField(required=False, max_length=140, help_text="Slug.")
    min_price = CleanCharField(required=False, max_length=20)
    max_price = CleanCharField(required=False, max_length=20)
    in_stock = StrictBooleanField(required=False)
    sort = serializers.ChoiceField(choices=[*SORTS, "relevance"], required=False)
    status = serializers.ChoiceField(
        choices=[*ProductStatus.values, "all"],
        required=False,
        help_text="For staff who may see products.",
    )

    @classmethod
    def read(cls, request: Any, **context: Any) -> dict[str, Any]:
        """The query, with `attributes`: code → values. Unknown codes are refused."""
        params = request.query_params.copy()
        facets = {
            name.removeprefix(FACET): values
            for name, values in params.lists()
            if name.startswith(FACET)
        }
        for code in facets:
            del params[f"{FACET}{code}"]
        data = super().read(_Plain(params, request), **context)
        data["attributes"] = _known_attributes(facets)
        return data

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Prices in minor units of the currency that is asked for."""
        currency = attrs.get("currency", settings.DEFAULT_CURRENCY)
        for name in ("min_price", "max_price"):
            if name in attrs:
                try:
                    attrs[name] = from_wire(attrs[name], currency)
                except Invalid as refusal:
                    raise serializers.ValidationError({name: [refusal.message]}) from refusal
        return attrs


class _Plain:
    """A request of which only the plain parameters are read."""

    def __init__(self, params: Any, request: Any) -> None:
        self.query_params = params
        self.user = request.user


def _known_attributes(facets: dict[str, list[str]]) -> dict[str, list[str]]:
    if not facets:
        return {}
    codes = [code for code in facets if len(code) <= 60 and "\0" not in code]
    known = set(
        Attribute.objects.filter(code__in=codes, is_filterable=True).values_list("code", flat=True)
    )
    errors = {
        f"{FACET}{code}": [_("This filter does not exist.")]
        for code, values in facets.items()
        if code not in known or len(values) > MOST_VALUES or any("\0" in each for each in values)
    }
    if errors or len(facets) > MOST_FACETS:
        raise serializers.ValidationError(errors or {"filters": [_("Too many filters.")]})
    return facets


class CategoryQuery(QuerySerializer):
    """`tree` nests all categories; without it they come as a list of pages."""

    tree = StrictBooleanField(required=False)
    parent = CleanCharField(  # type: ignore[assignment] # a parameter, not the serializer above
        required=False, max_length=140, help_text="Id or slug."
    )


class SuggestQuery(CurrencyQuery):
    """What is typed so far."""

    q = CleanCharField(max_length=200)


class CategoryInput(StrictSerializer):
    """A category; `parent_id` null means a root."""

    name = CleanCharField(max_length=120)
    slug = serializers.SlugField(max_length=130, required=False)
    parent_id = RowField(Category, required=False, allow_null=True)
    position = StrictIntegerField(required=False, min_value=0, max_value=100_000)
    line = CleanCharField(max_length=250, required=False, allow_blank=True)
    description = CleanCharField(
        max_length=20_000, required=False, allow_blank=True, is_multiline=True
    )
    is_active = StrictBooleanField(required=False)


class ProductInput(StrictSerializer):
    """A product with its single variant in one call."""

    name = CleanCharField(max_length=200)
    price = MoneyField(default=None, allow_null=True)
    compare_at_price = MoneyField(required=False, allow_null=True)
    currency = CleanCharField(max_length=3, min_length=3, required=False)
    sku = CleanCharField(max_length=64, required=False)
    stock_quantity = StrictIntegerField(
        required=False, min_value=0, max_value=MOST_UNITS, help_text=FOR_SALE
    )
    category_id = RowField(Category)
    slug = serializers.SlugField(max_length=200, required=False)
    description = CleanCharField(
        max_length=50_000, required=False, allow_blank=True, is_multiline=True
    )
    kind = CleanCharField(max_length=160, required=False, allow_blank=True)
    lead = CleanCharField(max_length=2_000, required=False, allow_blank=True, is_multiline=True)
    headline = CleanCharField(max_length=160, required=False, allow_blank=True)
    care = CleanCharField(max_length=5_000, required=False, allow_blank=True, is_multiline=True)
    safety = CleanCharField(max_length=5_000, required=False, allow_blank=True, is_multiline=True)
    origin = CleanCharField(max_length=2, min_length=2, required=False)
    guarantee_months = StrictIntegerField(required=False, min_value=0, max_value=1200)
    is_returnable = StrictBooleanField(required=False)
    tags = serializers.ListField(child=CleanCharField(max_length=60), required=False, max_length=50)
    maker_id = RowField(Maker, required=False, allow_null=True)
    product_type_id = RowField(ProductType, required=False, allow_null=True)
    tax_class = serializers.SlugField(max_length=40, required=False)
    barcode = CleanCharField(max_length=14, required=False, allow_blank=True)
    weight_g = StrictIntegerField(required=False, min_value=0, max_value=10_000_000)
    status = serializers.ChoiceField(choices=ProductStatus.choices, required=False)
    attributes = serializers.DictField(required=False)

    def validate_tax_class(self, value: str) -> TaxClass:
        """A class that exists."""
        found = TaxClass.objects.filter(code=value).first()
        if found is None:
            raise serializers.ValidationError(_("Tax class not found."))
        return found


class VariantInput(StrictSerializer):
    """A variant of a product with options."""

    currency = CleanCharField(
        max_length=3,
        min_length=3,
        required=False,
        help_text="The currency that the variant's prices are kept in; no other is taken.",
    )
    sku = CleanCharField(max_length=64, required=False)
    price = MoneyField(required=False)
    compare_at_price = MoneyField(required=False, allow_null=True)
    stock_quantity = StrictIntegerField(
        required=False, min_value=0, max_value=MOST_UNITS, help_text=FOR_SALE
    )
    options = serializers.DictField(child=CleanCharField(max_length=80), required=False)
    barcode = CleanCharField(max_length=14, required=False, allow_blank=True)
    weight_g = StrictIntegerField(required=False, min_value=0, max_value=10_000_000)
    is_active = StrictBooleanField(required=False)


class NewVariantInput(VariantInput):
    """What a new variant needs."""

    sku = CleanCharField(max_length=64)
    price = MoneyField()


class ImageInput(StrictSerializer):
    """What is said of a picture."""

    alt = CleanCharField(max_length=250, required=False, allow_blank=True)
    position = StrictIntegerField(required=False, min_value=0, max_value=100_000)
    option_value_id = RowField(OptionValue, required=False, allow_null=True)


class NewImageInput(StrictSerializer):
    """A picture as multipart form data."""

    file = serializers.FileField()
    alt = CleanCharField(max_length=250, required=False, allow_blank=True, default="")
    position = serializers.IntegerField(required=False, min_value=0, max_value=100_000)


def unknown_currency() -> serializers.ValidationError:
    """The refusal of a currency the shop does not sell in."""
    return serializers.ValidationError(
        {"currency": [_("This currency is not available in this shop.")]}
    )


class OptionValueInput(StrictSerializer):
    """A value of an option."""

    value = CleanCharField(max_length=80)
    code = CleanCharField(max_length=20, required=False, allow_blank=True)
    swatch = serializers.RegexField(r"^#[0-9a-fA-F]{6}$", required=False)


class OptionInput(StrictSerializer):
    """Something to choose, with its values in order."""

    name = CleanCharField(max_length=60)
    values = OptionValueInput(  # type: ignore[call-arg]  # as a list has it
        many=True, allow_empty=False, max_length=MOST_CHOICES
    )


class NewProductInput(ProductInput):
    """A new product: with `price` and `sku` its single variant, or with `options` the
    `variants` that differ in them.
    """

    price = MoneyField(required=False)
    options = OptionInput(  # type: ignore[call-arg]  # as a list has it
        many=True, required=False, allow_empty=False, max_length=MOST_OPTIONS
    )
    variants = NewVariantInput(  # type: ignore[call-arg]  # as a list has it
        many=True, required=False, allow_empty=False, max_length=MOST_VARIANTS
    )
    is_gift_card = StrictBooleanField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One variant by `price` and `sku`, or several by `options` and `variants`."""
        several = {"options", "variants"} & set(attrs)
        single = set(OF_ONE_VARIANT) & set(attrs)
        required = ("options", "variants") if several else ("price", "sku")
        errors: dict[str, Any] = {
            name: [_("This field is required.")] for name in required if name not in attrs
        }
        if several:
            errors |= {name: [_("Each of the variants has its own.")] for name in single}
        if errors:
            raise serializers.ValidationError(errors)
        if several:
            _check_choices(attrs["options"], attrs["variants"])
        return attrs


def _check_choices(options: list[dict[str, Any]], variants: list[dict[str, Any]]) -> None:
    """Each variant is one value of each option, and no two are the same."""
    values = {option["name"]: [each["value"] for each in option["values"]] for option in options}
    if len(values) < len(options) or any(len(set(each)) < len(each) for each in values.values()):
        raise serializers.ValidationError({"options": [_("Name each option and value once.")]})
    seen: set[frozenset[tuple[str, str]]] = set()
    for place, variant in enumerate(variants):
        chosen = variant.get("options", {})
        fits = set(chosen) == set(values) and all(chosen[name] in values[name] for name in chosen)
        message = "" if fits else _("Choose one value of each option.")
        if frozenset(chosen.items()) in seen:
            message = _("Another variant has these values.")
        if message:
            raise serializers.ValidationError({f"variants.{place}.options": [message]})
        seen.add(frozenset(chosen.items()))


def other_currency(currency: str) -> serializers.ValidationError:
    """The refusal of amounts in another currency than the one that prices are kept in."""
    message = _("Prices of this product are stored in %(currency)s.") % {"currency": currency}
    return serializers.ValidationError({"currency": [message]})
