"""Shapes of what staff type about prices."""

from pricing.forms.promotions import (
    AmountsField,
    CodeForm,
    CouponForm,
    GenerateForm,
    PromotionForm,
    TierForm,
    TierFormSet,
)
from pricing.forms.settings import CountriesField, PaymentMethodForm, RateForm, ZoneForm

__all__ = [
    "AmountsField",
    "CodeForm",
    "CountriesField",
    "CouponForm",
    "GenerateForm",
    "PaymentMethodForm",
    "PromotionForm",
    "RateForm",
    "TierForm",
    "TierFormSet",
    "ZoneForm",
]
