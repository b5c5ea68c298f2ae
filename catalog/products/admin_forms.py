"""The product form's parts: texts, options as lines, variants with price and stock, pictures."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeVerticalWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from catalog.models import Product, ProductImage, Variant
from catalog.products.options import option_lines
from catalog.products.variants import Value
from shop.admin.base import MoneyField

_SWATCH = re.compile(r"^(?P<value>.*?)(?:\s+(?P<swatch>#[0-9a-fA-F]{6}))?$")


class TagsField(forms.CharField):
    """Words with commas between them, held as a list."""

    def prepare_value(self, value: Any) -> Any:
        """A list as text."""
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        """Each word once, in order."""
        text = super().to_python(value) or ""
        return list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))

    def run_validators(self, value: Any) -> None:
        """Any word will do."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the words differ."""
        return self.to_python(data) != (initial or [])


def options_from_text(text: str, codes: Mapping[tuple[str, str], str]) -> dict[str, list[Value]]:
    """The reverse of `option_lines`; `codes` keeps the SKU part of values that exist.

    Refuses a line without a colon.
    """
    options: dict[str, list[Value]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, colon, rest = line.partition(":")
        name = name.strip()
        if not colon or not name or name in options:
            raise forms.ValidationError(_("Enter each option once, as Name: value, value."))
        values = []
        for part in filter(None, map(str.strip, rest.split(","))):
            match = _SWATCH.match(part)
            value = match["value"].strip() if match else part
            swatch = (match["swatch"] or "") if match else ""
            values.append(Value(value, code=codes.get((name, value), ""), swatch=swatch))
        if not values or len({value.value for value in values}) != len(values):
            raise forms.ValidationError(
                _("Enter at least one value for each option, and each value only once.")
            )
        options[name] = values
    return options


def choices_from_text(text: str, options: Sequence[Collection[str]]) -> list[str] | None:
    """A value for each option of "Red / 30 cm"; None where there are more or fewer.

    A value may hold slashes itself ("1/2 l"), as long as the option has it.
    """
    parts = [part.strip() for part in text.split("/") if part.strip()]
    if len(parts) == len(options):
        return parts
    slashed = [part.strip() for part in text.split("/")]
    return _known_choices(slashed, options)


def _known_choices(parts: Sequence[str], options: Sequence[Collection[str]]) -> list[str] | None:
    if not options:
        return None if parts else []
    for count in range(1, len(parts) + 1):
        joined = "/".join(parts[:count])
        value = next((each for each in options[0] if _unspaced(each) == joined), None)
        if value is not None and (rest := _known_choices(parts[count:], options[1:])) is not None:
            return [value, *rest]
    return None


def _unspaced(value: str) -> str:
    return "/".join(part.strip() for part in value.split("/"))


class ProductForm(forms.ModelForm[Product]):
    """What a product says. The service saves it."""

    tags = TagsField(
        label=gettext_lazy("Tags"), required=False, widget=UnfoldAdminTextInputWidget()
    )
    options_text = forms.CharField(
        label=gettext_lazy("Options"),
        required=False,
        strip=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=gettext_lazy("One per line, for example: Color: Red #aa0000, Graphite #404040"),
    )
    stock_reason = forms.CharField(
        label=gettext_lazy("Reason for the stock change"),
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("Shown in the list of stock movements."),
    )

    class Meta:
        model = Product
        fields = [
            "name",
            "slug",
            "kind",
            "lead",
            "headline",
            "description",
            "care",
            "safety",
            "category",
            "maker",
            "product_type",
            "tax_class",
            "origin",
            "guarantee_months",
            "is_returnable",
            "tags",
            "status",
            "published_at",
        ]
        widgets = {"published_at": UnfoldAdminSplitDateTimeVerticalWidget()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (("lead", 3), ("description", 8), ("care", 5), ("safety", 5)):
            if name in self.fields:
                self.fields[name].widget.attrs["rows"] = rows
        if "options_text" in self.fields and self.instance.pk:
            self.fields["options_text"].initial = "\n".join(option_lines(self.instance))

    def clean_options_text(self) -> dict[str, list[Value]]:
        """Options with their values."""
        codes = {
            (option.name, value.value): value.code
            for option in self.instance.options.prefetch_related("values")
            for value in option.values.all()
        }
        return options_from_text(self.cleaned_data["options_text"], codes)


class AddProductForm(forms.ModelForm[Product]):
    """A new product with its first variant; everything else follows on the next page."""

    sku = forms.CharField(
        label=gettext_lazy("SKU"), max_length=64, widget=UnfoldAdminTextInputWidget()
    )
    price = MoneyField(currency=settings.DEFAULT_CURRENCY, label=gettext_lazy("Price"))
    stock = forms.IntegerField(
        label=gettext_lazy("Units in stock"),
        min_value=0,
        max_value=1_000_000,
        initial=0,
        widget=UnfoldAdminIntegerFieldWidget(),
    )

    # Set for a request: units are counted by whoever may change stock.
    may_count = True

    class Meta:
        model = Product
        fields = ["name", "category", "tax_class", "is_gift_card"]
        help_texts = {
            "is_gift_card": gettext_lazy(
                "Each variant is an amount. Gift cards have no stock, shipping or tax, and are "
                "delivered by e-mail."
            )
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stock"].disabled = not self.may_count


class VariantForm(forms.ModelForm[Variant]):
    """A variant with its price and stock.

    Fields remember what was shown, so that a sale meanwhile stays.
    """

    price = MoneyField(
        currency=settings.DEFAULT_CURRENCY, label=gettext_lazy("Price"), show_hidden_initial=True
    )
    was = MoneyField(
        currency=settings.DEFAULT_CURRENCY,
        label=gettext_lazy("Compare-at price"),
        required=False,
        show_hidden_initial=True,
    )
    stock = forms.IntegerField(
        label=gettext_lazy("On hand"),
        min_value=0,
        max_value=1_000_000,
        initial=0,
        show_hidden_initial=True,
        widget=UnfoldAdminIntegerFieldWidget(attrs={"aria-label": gettext_lazy("On hand")}),
    )
    choices = forms.CharField(
        label=gettext_lazy("Choices"),
        required=False,
        max_length=250,
        widget=UnfoldAdminTextInputWidget(attrs={"aria-label": gettext_lazy("Choices")}),
        help_text=gettext_lazy("One value for each option, separated by slashes: Red / 30 cm"),
    )

    # Set for a request by the inline: the values of each of the product's options, in order.
    options: Mapping[str, Collection[str]] = MappingProxyType({})
    # Likewise: units are counted by whoever may change stock.
    may_count = True

    class Meta:
        model = Variant
        fields = ["sku", "barcode", "weight_g", "is_active", "position"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stock"].disabled = not self.may_count
        variant = self.instance
        if not variant.pk:
            return
        self.fields["sku"].disabled = True
        self.initial["stock"] = variant.stock_item.on_hand
        self.initial["choices"] = " / ".join(value.value for value in variant.choices)
        for name, held in (("price", variant.price_minor), ("was", variant.compare_at_minor)):
            field: Any = self.fields[name]
            field.currency = variant.currency
            self.initial[name] = held

    def clean_choices(self) -> dict[str, str]:
        """Option name -> value."""
        text = self.cleaned_data["choices"].strip()
        values = choices_from_text(text, list(self.options.values()))
        if values is None:
            raise forms.ValidationError(
                _("Enter one value for each option: %(names)s.")
                % {"names": " / ".join(self.options)}
                if self.options
                else _("This product has no options.")
            )
        return dict(zip(self.options, values, strict=True))

    def shown(self, name: str) -> Any:
        """The value a field had when the page was made."""
        raw = self.data.get(self.add_initial_prefix(name))
        return self.fields[name].clean(raw) if raw not in (None, "") else None


class ImageForm(forms.ModelForm[ProductImage]):
    """A picture: a file for a new one, or another file to replace it."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        required=False,
        widget=forms.FileInput(
            attrs={"accept": "image/*", "aria-label": gettext_lazy("File"), "class": "bo-file"}
        ),
    )
    shows = forms.TypedChoiceField(
        label=gettext_lazy("Variant choice"),
        required=False,
        coerce=int,
        empty_value=None,
        widget=UnfoldAdminSelectWidget(attrs={"aria-label": gettext_lazy("Variant choice")}),
    )

    # Set for a request by the inline: (key, label) of the product's choices.
    shown_choices: Sequence[tuple[Any, str]] = ()

    class Meta:
        model = ProductImage
        fields = ["alt", "hue", "is_cutout", "position"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shows: Any = self.fields["shows"]
        shows.choices = [("", "–"), *self.shown_choices]
        self.initial["shows"] = self.instance.option_value_id or ""

    def clean(self) -> dict[str, Any]:
        """A new picture needs its file."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.instance.pk and not data.get("file"):
            self.add_error("file", _("Choose a file."))
        return data
