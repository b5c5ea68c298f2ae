"""Codes that lower a price, and their uses."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Category
from pricing.querysets import CouponQuerySet, CouponUseQuerySet
from pricing.states import CouponKind


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
