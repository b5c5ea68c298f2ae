"""Codes that unlock a promotion, and their uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from pricing.models.promotions import Promotion
from pricing.querysets import CouponQuerySet, CouponUseQuerySet

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class Coupon(models.Model):
    """A code that unlocks a promotion.

    Its own limit is held by conditional UPDATE on `used_count`.
    """

    promotion = models.ForeignKey(
        Promotion,
        on_delete=models.CASCADE,
        related_name="coupons",
        verbose_name=_("promotion"),
    )
    code = models.CharField(_("code"), max_length=40)
    use_limit = models.PositiveIntegerField(_("maximum uses"), null=True, blank=True)
    per_customer_limit = models.PositiveIntegerField(
        _("maximum uses per customer"), null=True, blank=True
    )
    used_count = models.PositiveIntegerField(_("times used"), default=0, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    objects = CouponQuerySet.as_manager()

    uses: RelatedManager[CouponUse]

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
        ]

    def __str__(self) -> str:
        return self.code


class CouponUse(models.Model):
    """One use of a coupon by an order. `customer_key` is the e-mail as `email_key` writes it,
    `account` who had signed in.

    `number` counts a person's live uses from 1; the unique constraints hold the limit per customer.
    """

    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="uses")
    customer_key = models.CharField(_("customer"), max_length=254)
    account = models.ForeignKey(
        Customer,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("account"),
    )
    number = models.PositiveIntegerField(_("use number"))
    order_number = models.CharField(_("order"), max_length=20)
    used_at = models.DateTimeField(_("used at"), default=timezone.now)

    objects = CouponUseQuerySet.as_manager()

    class Meta:
        verbose_name = _("coupon use")
        verbose_name_plural = _("coupon uses")
        ordering = ["-used_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["coupon", "customer_key", "number"], name="coupon_use_per_customer"
            ),
            models.UniqueConstraint(
                fields=["coupon", "account", "number"],
                condition=Q(account__isnull=False),
                name="coupon_use_per_account",
            ),
            models.UniqueConstraint(fields=["coupon", "order_number"], name="coupon_use_per_order"),
        ]

    def __str__(self) -> str:
        return f"{self.coupon_id}: {self.order_number}"
