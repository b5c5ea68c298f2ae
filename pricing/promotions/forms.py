"""Shapes of what staff type about promotions and their codes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from catalog.prices.lookup import available_currencies
from pricing.models import Coupon, Promotion, PromotionTier
from pricing.states import AMOUNT_KINDS, PERCENT_KINDS, BenefitKind
from shop.admin.base import MoneyField
from shop.core.money import from_wire, to_wire

MAX_CODES_AT_ONCE = 1000
# The figures of each kind; those of other kinds are emptied, so that nothing is
# kept that does not count.
FIGURES = {
    "percent": PERCENT_KINDS,
    "amounts": AMOUNT_KINDS,
    "take_quantity": frozenset({BenefitKind.N_FOR_M}),
    "pay_quantity": frozenset({BenefitKind.N_FOR_M}),
    "buy_quantity": frozenset({BenefitKind.BUY_GET}),
    "get_quantity": frozenset({BenefitKind.BUY_GET}),
    "get_category": frozenset({BenefitKind.BUY_GET}),
    "get_collection": frozenset({BenefitKind.BUY_GET}),
}


class AmountsField(forms.CharField):
    """Amounts as `20.00 EUR, 22.00 USD`, held as minor units by currency."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", UnfoldAdminTextInputWidget())
        super().__init__(max_length=400, **options)

    def prepare_value(self, value: Any) -> Any:
        """The amounts as text."""
        if not isinstance(value, dict):
            return value
        return ", ".join(f"{to_wire(minor, code)} {code}" for code, minor in value.items())

    def to_python(self, value: Any) -> dict[str, int]:  # type: ignore[override]
        """Minor units by currency.

        Refuses currencies the shop does not sell in, and amounts below one unit.
        """
        amounts: dict[str, int] = {}
        for part in (super().to_python(value) or "").split(","):
            words = part.split()
            if not words:
                continue
            code = words[-1].upper()
            if len(words) != 2 or code not in available_currencies() or code in amounts:
                raise forms.ValidationError(
                    _("Enter each amount once, as 20.00 %(own)s. The shop sells in %(codes)s.")
                    % {"own": settings.DEFAULT_CURRENCY, "codes": ", ".join(available_currencies())}
                )
            try:
                amounts[code] = from_wire(words[0], code)
            except ValueError as refusal:
                raise forms.ValidationError(str(refusal), code="invalid_amount") from refusal
            if amounts[code] <= 0:
                raise forms.ValidationError(_("Enter amounts greater than zero."))
        return amounts

    def run_validators(self, value: Any) -> None:
        """The amounts were checked one by one."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether an amount differs, however it was typed."""
        try:
            return bool(self.to_python(data) != (initial or {}))
        except forms.ValidationError:
            return True


class PromotionForm(forms.ModelForm[Promotion]):
    """A promotion: what it gives, and all that must hold."""

    amounts = AmountsField(
        label=gettext_lazy("Discount amounts"),
        required=False,
        help_text=gettext_lazy(
            "For example, 20.00 EUR, 22.00 USD. The promotion works only in these currencies; "
            "amounts are not converted."
        ),
    )
    minimum = MoneyField(
        currency=settings.DEFAULT_CURRENCY,
        label=gettext_lazy("Minimum cart value"),
        required=False,
        help_text=gettext_lazy("Before discounts. Converted into other currencies."),
    )

    class Meta:
        model = Promotion
        fields = [
            "name",
            "line",
            "kind",
            "percent",
            "take_quantity",
            "pay_quantity",
            "buy_quantity",
            "get_quantity",
            "get_category",
            "get_collection",
            "category",
            "collection",
            "min_quantity",
            "is_first_order_only",
            "customer_group",
            "shipping_method_code",
            "is_automatic",
            "combination",
            "position",
            "is_active",
            "starts_at",
            "ends_at",
            "use_limit",
            "per_customer_limit",
        ]
        help_texts = {
            "category": gettext_lazy(
                "Includes its subcategories. Only items in this category are discounted."
            ),
            "collection": gettext_lazy(
                "Manual collections only. If you also choose a category, items must be in both."
            ),
            "get_category": gettext_lazy(
                "Leave category and collection empty to use the same items."
            ),
            "shipping_method_code": gettext_lazy(
                "The code of a delivery method, such as standard."
            ),
            "is_automatic": gettext_lazy("If off, customers need a code."),
            "position": gettext_lazy(
                "Lower numbers apply first and win when two promotions give the same discount."
            ),
            "use_limit": gettext_lazy("Uses are counted from the moment a limit is set."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amounts"].initial = self.instance.amounts_minor or {}
        self.fields["minimum"].initial = self.instance.minimum_minor
        for name in ("collection", "get_collection"):
            field: Any = self.fields.get(name)
            if field is not None:
                # The members of a rule change by the hour: what a promotion is about does not.
                field.queryset = field.queryset.filter(rule={})

    def clean(self) -> dict[str, Any]:
        """Each kind needs its own figures, and dates are in order."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        kind = data.get("kind")
        for name, kinds in FIGURES.items():
            if kind not in kinds:
                data[name] = {} if name == "amounts" else None
        self._check_figures(kind, data)
        if (data.get("minimum") or 0) < 0:
            self.add_error("minimum", _("Enter an amount of zero or more."))
        if data.get("starts_at") and data.get("ends_at") and data["starts_at"] >= data["ends_at"]:
            self.add_error("ends_at", _("Enter an end that is after the start."))
        _check_limit(self, data)
        if data.get("is_automatic") and self.instance.pk and self.instance.coupons.exists():
            self.add_error(
                "is_automatic",
                _("This promotion has codes. Remove them, or do not apply it automatically."),
            )
        self.instance.amounts_minor = data.get("amounts") or {}
        self.instance.minimum_minor = data.get("minimum")
        return data

    def _check_figures(self, kind: Any, data: dict[str, Any]) -> None:
        if kind in PERCENT_KINDS and not data.get("percent"):
            self.add_error("percent", _("Enter a percentage."))
        if kind in AMOUNT_KINDS and not data.get("amounts") and "amounts" not in self.errors:
            self.add_error("amounts", _("Enter an amount."))
        if kind == BenefitKind.N_FOR_M:
            take, pay = data.get("take_quantity") or 0, data.get("pay_quantity") or 0
            if not 0 < pay < take:
                self.add_error(
                    "take_quantity",
                    _("Enter a larger number to take than to pay, for example take 3, pay 2."),
                )
        if kind == BenefitKind.BUY_GET:
            for name in ("buy_quantity", "get_quantity"):
                if not data.get(name):
                    self.add_error(name, _("Enter a number of units."))

    def clean_shipping_method_code(self) -> str:
        """Without spaces around."""
        return str(self.cleaned_data["shipping_method_code"]).strip()


class TierForm(forms.ModelForm[PromotionTier]):
    """A step by quantity."""

    class Meta:
        model = PromotionTier
        fields = ["min_quantity", "percent"]


class TierFormSet(forms.BaseInlineFormSet[PromotionTier, Promotion, TierForm]):
    """The steps of a promotion by quantity; other kinds have none."""

    def clean(self) -> None:
        """Such a promotion needs a step."""
        super().clean()
        if any(self.errors):
            return
        kept = [
            form.cleaned_data
            for form in self.forms
            if form.cleaned_data and not form.cleaned_data.get("DELETE")
        ]
        if self.instance.kind == BenefitKind.TIERED and not kept:
            raise forms.ValidationError(
                _("Add at least one step with a number of units and a percentage.")
            )
        if self.instance.kind != BenefitKind.TIERED and kept:
            raise forms.ValidationError(_("Only a quantity discount has steps. Remove the steps."))


class CodeForm(forms.ModelForm[Coupon]):
    """A code of a promotion: in capitals, without blanks."""

    class Meta:
        model = Coupon
        fields = ["code", "is_active", "use_limit", "per_customer_limit"]

    def clean_code(self) -> str:
        """Capitals, without spaces around."""
        code = str(self.cleaned_data["code"]).strip().upper()
        if any(sign.isspace() or sign == "," for sign in code):
            raise forms.ValidationError(_("Enter a code without spaces or commas."))
        return code

    def clean(self) -> dict[str, Any]:
        """A limit is not below what was used, and a promotion that applies by
        itself needs no code.
        """
        data: dict[str, Any] = super().clean() or self.cleaned_data
        _check_limit(self, data)
        promotion = data.get("promotion") or getattr(self.instance, "promotion", None)
        if promotion is not None and promotion.is_automatic:
            self.add_error(
                None, _("This promotion applies automatically, so it cannot have codes.")
            )
        return data


class CouponForm(CodeForm):
    """A code, and the promotion that it unlocks."""

    class Meta(CodeForm.Meta):
        fields = ["promotion", *CodeForm.Meta.fields]


class GenerateForm(BaseDialogForm):
    """How many codes, what they begin with, and how often each may be used."""

    count = forms.IntegerField(
        label=gettext_lazy("Number of codes"),
        min_value=1,
        max_value=MAX_CODES_AT_ONCE,
        initial=100,
        widget=UnfoldAdminIntegerFieldWidget(attrs={"autofocus": True}),
    )
    prefix = forms.RegexField(
        regex=r"^[A-Za-z0-9-]*$",
        label=gettext_lazy("Prefix"),
        max_length=20,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
    )
    use_limit = forms.IntegerField(
        label=gettext_lazy("Uses per code"),
        min_value=1,
        max_value=1_000_000,
        initial=1,
        widget=UnfoldAdminIntegerFieldWidget(),
    )


def _check_limit(form: forms.ModelForm[Any], data: dict[str, Any]) -> None:
    limit, used = data.get("use_limit"), form.instance.used_count or 0
    if limit is not None and limit < used:
        form.add_error(
            "use_limit",
            _("It has already been used %(used)d times. Enter at least that number.")
            % {"used": used},
        )
