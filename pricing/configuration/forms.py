"""Shapes of what staff type about delivery and ways to pay: countries and amounts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.addresses import is_country
from pricing.models import PaymentMethod, ShippingRate, ShippingZone, TaxRate
from pricing.providers import providers_on
from pricing.states import Settlement
from shop.admin.base import MoneyField


class CountriesField(forms.CharField):
    """ISO codes with commas between them, held as a list; `*` stands for all others."""

    def __init__(self, *, allows_others: bool = False, **options: Any) -> None:
        self.allows_others = allows_others
        options.setdefault("widget", UnfoldAdminTextInputWidget())
        super().__init__(max_length=2000, **options)

    def prepare_value(self, value: Any) -> Any:
        """A list as text."""
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        """Upper-case codes, each once. Refuses what is no country."""
        text = super().to_python(value) or ""
        codes = list(
            dict.fromkeys(part.strip().upper() for part in text.split(",") if part.strip())
        )
        if self.allows_others and codes == ["*"]:
            return codes
        unknown = [code for code in codes if not is_country(code)]
        if unknown:
            raise forms.ValidationError(
                _("These are not country codes: %(codes)s. Use two-letter ISO codes, such as DE.")
                % {"codes": ", ".join(unknown)}
            )
        return codes

    def run_validators(self, value: Any) -> None:
        """The codes were checked one by one."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the list differs, however it was typed."""
        return bool(super().has_changed(self.prepare_value(initial or []), data))


class TaxRateForm(forms.ModelForm[TaxRate]):
    """A tax rate of a country that exists."""

    class Meta:
        model = TaxRate
        fields = [
            "country",
            "region",
            "tax_class",
            "percent",
            "mode",
            "valid_from",
            "valid_to",
            "note",
        ]

    def clean_country(self) -> str:
        """Upper case, as ISO 3166-1 writes it. Refuses what is no country."""
        code = str(self.cleaned_data["country"]).strip().upper()
        if not is_country(code):
            raise forms.ValidationError(
                _("This is not a country code: %(code)s. Use a two-letter ISO code, such as DE.")
                % {"code": code}
            )
        return code


class ZoneForm(forms.ModelForm[ShippingZone]):
    """A shipping zone with its countries as text."""

    countries = CountriesField(
        label=gettext_lazy("Countries"),
        allows_others=True,
        help_text=gettext_lazy(
            "Two-letter codes separated by commas, such as DE, AT. Enter * for all other countries."
        ),
    )

    class Meta:
        model = ShippingZone
        fields = ["code", "name", "countries", "is_export", "position"]


class PaymentMethodForm(forms.ModelForm[PaymentMethod]):
    """A payment method with its countries as text, and a provider of those that are switched on."""

    provider = forms.ChoiceField(
        label=gettext_lazy("Provider"),
        help_text=gettext_lazy(
            "Only providers that are set up are listed. To add one, set its keys in the "
            "environment."
        ),
        widget=UnfoldAdminSelectWidget,
    )
    countries = CountriesField(
        label=gettext_lazy("Countries"),
        required=False,
        help_text=gettext_lazy(
            "Two-letter codes separated by commas. Leave empty to offer it everywhere."
        ),
    )

    class Meta:
        model = PaymentMethod
        fields = [
            "code",
            "name",
            "line",
            "instructions",
            "provider",
            "settlement",
            "countries",
            "position",
            "is_active",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.takers = providers_on()
        choices = [(code, str(taker.name)) for code, taker in self.takers.items()]
        field: Any = self.fields.get("provider")
        if field is not None:
            # A stored code that is none of them stays unchosen: saving asks for one that works.
            field.choices = [("", _("Choose a provider")), *choices]
            if self.instance.pk and self.instance.provider not in self.takers:
                field.help_text = _(
                    "“%(provider)s” is not configured, so this payment method is not offered. "
                    "Choose another provider."
                ) % {"provider": self.instance.provider}

    def clean(self) -> dict[str, Any]:
        """Refuse a settlement that the provider does not do, such as cash
        through a card company.
        """
        data: dict[str, Any] = super().clean() or self.cleaned_data
        taker = self.takers.get(data.get("provider", ""))
        settlement = data.get("settlement")
        if taker and settlement and settlement not in taker.settlements:
            self.add_error(
                "settlement",
                _(
                    "%(provider)s does not support this kind of settlement. Choose one of: "
                    "%(possible)s."
                )
                % {
                    "provider": taker.name,
                    "possible": ", ".join(
                        str(one.label) for one in Settlement if one in taker.settlements
                    ),
                },
            )
        return data


class RateForm(forms.ModelForm[ShippingRate]):
    """A shipping price. Amounts are typed in the row's own currency."""

    price = MoneyField(currency=settings.DEFAULT_CURRENCY, label=gettext_lazy("Price"))
    free_from = MoneyField(
        currency=settings.DEFAULT_CURRENCY, label=gettext_lazy("Free above"), required=False
    )

    class Meta:
        model = ShippingRate
        fields = ["currency", "min_weight_g"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        typed = self.data.get(self.add_prefix("currency")) or self.instance.currency or ""
        for name, held in (
            ("price", self.instance.price_minor if self.instance.pk else None),
            ("free_from", self.instance.free_from_minor),
        ):
            field: Any = self.fields[name]
            field.currency = typed.upper() if len(typed) == 3 else settings.DEFAULT_CURRENCY
            field.initial = held

    def clean_currency(self) -> str:
        """Upper case, as ISO 4217 writes it."""
        return str(self.cleaned_data["currency"]).upper()

    def clean(self) -> dict[str, Any]:
        """Amounts into the columns of minor units; prices are not below zero."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for name, column in (("price", "price_minor"), ("free_from", "free_from_minor")):
            if (amount := data.get(name)) is not None and amount < 0:
                self.add_error(name, _("Enter an amount of zero or more."))
            elif name in data:
                setattr(self.instance, column, amount)
        return data
