"""Taxes, shipping, coupons, and the ways to pay: what a quote is made from."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Category, TaxClass
from pricing.querysets import (
    CouponQuerySet,
    CouponUseQuerySet,
    PaymentMethodQuerySet,
    ShippingZoneQuerySet,
    TaxRateQuerySet,
)
from pricing.states import CouponKind, Settlement, TaxMode


class TaxRate(models.Model):
    """A rate by country (and region), tax class and time. No rate means no tax (exports)."""

    country = models.CharField(_("country"), max_length=2)
    region = models.CharField(_("region"), max_length=100, blank=True, default="")
    tax_class = models.ForeignKey(TaxClass, on_delete=models.PROTECT, related_name="rates")
    percent = models.DecimalField(_("per cent"), max_digits=7, decimal_places=4)
    mode = models.CharField(_("mode"), max_length=10, choices=TaxMode.choices)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid until (not included)"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=250, blank=True)

    objects = TaxRateQuerySet.as_manager()

    class Meta:
        verbose_name = _("tax rate")
        verbose_name_plural = _("tax rates")
        ordering = ["country", "region", "tax_class", "-valid_from", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["country", "region", "tax_class", "valid_from"], name="tax_rate_once"
            ),
            models.CheckConstraint(
                condition=Q(percent__gte=0) & Q(percent__lt=100), name="tax_rate_is_percent"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="tax_rate_period",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.percent.normalize():f} %"


class ShippingZone(models.Model):
    """Countries that share shipping methods. `countries` holds ISO codes, or `["*"]` for all others."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    countries = models.JSONField(_("countries"), default=list)
    is_export = models.BooleanField(
        _("export"), default=False, help_text=_("No tax is charged on what is sent here.")
    )
    position = models.PositiveIntegerField(_("position"), default=0)

    objects = ShippingZoneQuerySet.as_manager()

    class Meta:
        verbose_name = _("shipping zone")
        verbose_name_plural = _("shipping zones")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name


class ShippingMethod(models.Model):
    """A way to send an order to a zone, with its prices by currency and weight."""

    zone = models.ForeignKey(ShippingZone, on_delete=models.CASCADE, related_name="methods")
    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    line = models.CharField(_("one line about it"), max_length=250, blank=True)
    carrier = models.CharField(_("carrier"), max_length=80, blank=True)
    is_tracked = models.BooleanField(_("tracked"), default=True)
    days_min = models.PositiveSmallIntegerField(_("working days at least"), default=2)
    days_max = models.PositiveSmallIntegerField(_("working days at most"), default=4)
    max_weight_g = models.PositiveIntegerField(_("heaviest parcel in grams"), null=True, blank=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("offered"), default=True)

    class Meta:
        verbose_name = _("shipping method")
        verbose_name_plural = _("shipping methods")
        ordering = ["zone", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["zone", "code"], name="shipping_method_once_per_zone")
        ]

    def __str__(self) -> str:
        return f"{self.zone_id}: {self.name}"


class ShippingRate(models.Model):
    """What a method costs in a currency, for parcels from `min_weight_g` up; free above a subtotal."""

    method = models.ForeignKey(ShippingMethod, on_delete=models.CASCADE, related_name="rates")
    currency = models.CharField(_("currency"), max_length=3)
    min_weight_g = models.PositiveIntegerField(_("from grams"), default=0)
    price_minor = models.BigIntegerField(_("price"))
    free_from_minor = models.BigIntegerField(_("free from"), null=True, blank=True)

    class Meta:
        verbose_name = _("shipping rate")
        verbose_name_plural = _("shipping rates")
        ordering = ["currency", "min_weight_g", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["method", "currency", "min_weight_g"], name="shipping_rate_once"
            ),
            models.CheckConstraint(
                condition=Q(price_minor__gte=0), name="shipping_rate_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method_id}: {self.price_minor} {self.currency}"


class Coupon(models.Model):
    """A code that lowers a price. Its limit is held by conditional UPDATE on `used_count`.

    `amounts_minor` maps a currency to the amount of a fixed coupon. `category` narrows the lines it works
    on (with all below it). Minimum: `minimum_minor` in the shop's default currency.
    """

    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    line = models.CharField(_("one line about it"), max_length=250, blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=CouponKind.choices)
    percent = models.DecimalField(
        _("per cent"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    amounts_minor = models.JSONField(_("amounts"), default=dict, blank=True)
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, null=True, blank=True, related_name="coupons"
    )
    shipping_method_code = models.CharField(_("shipping method"), max_length=40, blank=True)
    minimum_minor = models.BigIntegerField(_("minimum"), null=True, blank=True)
    is_first_order_only = models.BooleanField(_("first order only"), default=False)
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until (not included)"), null=True, blank=True)
    use_limit = models.PositiveIntegerField(_("uses at most"), null=True, blank=True)
    per_customer_limit = models.PositiveIntegerField(_("per customer"), null=True, blank=True)
    used_count = models.PositiveIntegerField(_("used"), default=0, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    objects = CouponQuerySet.as_manager()

    class Meta:
        verbose_name = _("coupon")
        verbose_name_plural = _("coupons")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(Upper("code"), name="coupon_code_unique_any_case"),
            models.CheckConstraint(
                condition=Q(use_limit__isnull=True) | Q(used_count__lte=F("use_limit")),
                name="coupon_never_overused",
            ),
            models.CheckConstraint(
                condition=Q(percent__isnull=True) | (Q(percent__gt=0) & Q(percent__lte=100)),
                name="coupon_percent_is_percent",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class CouponUse(models.Model):
    """One use of a coupon by an order. `customer_key` is the shopper's e-mail in lower case.

    `number` counts a shopper's live uses from 1; the unique constraint holds the limit per customer.
    """

    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="uses")
    customer_key = models.CharField(_("customer"), max_length=254)
    number = models.PositiveIntegerField(_("number"))
    order_number = models.CharField(_("order"), max_length=20)
    used_at = models.DateTimeField(_("used"), default=timezone.now)

    objects = CouponUseQuerySet.as_manager()

    class Meta:
        verbose_name = _("use of a coupon")
        verbose_name_plural = _("uses of coupons")
        ordering = ["-used_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["coupon", "customer_key", "number"], name="coupon_use_per_customer"
            ),
            models.UniqueConstraint(fields=["coupon", "order_number"], name="coupon_use_per_order"),
        ]

    def __str__(self) -> str:
        return f"{self.coupon_id}: {self.order_number}"


class PaymentMethod(models.Model):
    """A way to pay that the checkout offers; `provider` names the code in `payments.providers`."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    line = models.CharField(_("one line about it"), max_length=250, blank=True)
    instructions = models.TextField(
        _("instructions"), blank=True, help_text=_("Shown after the order, such as a bank account.")
    )
    provider = models.CharField(_("provider"), max_length=40)
    settlement = models.CharField(_("settled"), max_length=20, choices=Settlement.choices)
    countries = models.JSONField(
        _("countries"), default=list, blank=True, help_text=_("Empty means everywhere.")
    )
    position = models.PositiveIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("offered"), default=True)

    objects = PaymentMethodQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment method")
        verbose_name_plural = _("payment methods")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name
