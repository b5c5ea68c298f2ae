"""Promotions: what lowers a price, for which goods, for whom, when, and together with what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, CustomerGroup
from catalog.models import Category, Collection
from pricing.models.base import InPriceBook
from pricing.querysets import BookQuerySet, PromotionQuerySet, PromotionUseQuerySet
from pricing.states import LANES, PERCENT_KINDS, BenefitKind, Combination, Lane

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from pricing.models.coupons import Coupon


class Promotion(InPriceBook):
    """A benefit and its conditions, all of which must hold. Codes (`Coupon`) unlock
    it, or it applies by itself.

    `kind` says the lane and which figures count: `percent`; `amounts_minor`, which maps a
    currency to an amount that is never converted; "take 3, pay 2"; "buy 2, get 1 for `percent`
    less"; or the `tiers`. `category` (with all below it) and `collection` are the goods it is
    about: some must be in the cart, and a discount lowers these only. `get_category` and
    `get_collection` are what `buy_get` lowers, the same goods if they are empty. `minimum_minor`
    is in the shop's default currency.

    Uses are counted while there is a limit, held by conditional UPDATE on `used_count`. A promotion
    without one is not counted: every order with it would wait for this row. That an order was sold
    with it is noted once, in `was_used`: from then on it is switched off and never deleted, because
    a change of the order asks it again.
    """

    name = models.CharField(_("name"), max_length=120)
    line = models.CharField(_("short description"), max_length=250, blank=True)
    kind = models.CharField(_("type"), max_length=20, choices=BenefitKind.choices)
    percent = models.DecimalField(
        _("percent"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    amounts_minor = models.JSONField(_("discount amounts"), default=dict, blank=True)
    take_quantity = models.PositiveSmallIntegerField(_("units taken"), null=True, blank=True)
    pay_quantity = models.PositiveSmallIntegerField(_("units paid"), null=True, blank=True)
    buy_quantity = models.PositiveSmallIntegerField(_("units bought"), null=True, blank=True)
    get_quantity = models.PositiveSmallIntegerField(_("units discounted"), null=True, blank=True)
    get_category = models.ForeignKey(
        Category,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("discounted items from category"),
    )
    get_collection = models.ForeignKey(
        Collection,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("discounted items from collection"),
    )

    category = models.ForeignKey(
        Category,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="promotions",
        verbose_name=_("category"),
    )
    collection = models.ForeignKey(
        Collection,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="promotions",
        verbose_name=_("collection"),
    )
    minimum_minor = models.BigIntegerField(_("minimum cart value"), null=True, blank=True)
    min_quantity = models.PositiveIntegerField(_("minimum units"), null=True, blank=True)
    is_first_order_only = models.BooleanField(_("first order only"), default=False)
    customer_group = models.ForeignKey(
        CustomerGroup,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="promotions",
        verbose_name=_("customer group"),
    )
    shipping_method_code = models.CharField(_("delivery method"), max_length=40, blank=True)

    is_automatic = models.BooleanField(_("applies automatically"), default=False)
    combination = models.CharField(
        _("combination"),
        max_length=10,
        choices=Combination.choices,
        default=Combination.LANE,
    )
    position = models.PositiveIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("active"), default=True)
    starts_at = models.DateTimeField(_("starts at"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends at (exclusive)"), null=True, blank=True)
    use_limit = models.PositiveIntegerField(_("maximum uses"), null=True, blank=True)
    per_customer_limit = models.PositiveIntegerField(
        _("maximum uses per customer"), null=True, blank=True
    )
    used_count = models.PositiveIntegerField(_("times used"), default=0, editable=False)
    was_used = models.BooleanField(_("has been used"), default=False, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    objects = PromotionQuerySet.as_manager()

    tiers: RelatedManager[PromotionTier]
    coupons: RelatedManager[Coupon]
    uses: RelatedManager[PromotionUse]

    class Meta:
        verbose_name = _("promotion")
        verbose_name_plural = _("promotions")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(use_limit__isnull=True) | Q(used_count__lte=F("use_limit")),
                name="promotion_never_overused",
            ),
            models.CheckConstraint(
                condition=Q(percent__isnull=True) | (Q(percent__gt=0) & Q(percent__lte=100)),
                name="promotion_percent_is_percent",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=sorted(PERCENT_KINDS)) | Q(percent__isnull=False),
                name="promotion_has_its_percent",
            ),
            models.CheckConstraint(
                condition=~Q(kind=BenefitKind.N_FOR_M)
                | (
                    Q(take_quantity__isnull=False)
                    & Q(pay_quantity__gt=0)
                    & Q(take_quantity__gt=F("pay_quantity"))
                ),
                name="promotion_takes_more_than_it_pays",
            ),
            models.CheckConstraint(
                condition=~Q(kind=BenefitKind.BUY_GET)
                | (Q(buy_quantity__gt=0) & Q(get_quantity__gt=0)),
                name="promotion_has_its_quantities",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def lane(self) -> Lane:
        """Where in a quote it works."""
        return LANES[self.kind]

    @property
    def is_limited(self) -> bool:
        """Whether its uses are counted."""
        return self.use_limit is not None or self.per_customer_limit is not None


class PromotionTier(InPriceBook):
    """A step of a promotion by quantity: from `min_quantity` units of its goods,
    `percent` off them.
    """

    promotion = models.ForeignKey(Promotion, on_delete=models.CASCADE, related_name="tiers")
    min_quantity = models.PositiveIntegerField(_("minimum units"))
    percent = models.DecimalField(_("percent"), max_digits=5, decimal_places=2)

    objects = BookQuerySet.as_manager()

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["min_quantity", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["promotion", "min_quantity"], name="promotion_tier_once"
            ),
            models.CheckConstraint(
                condition=Q(percent__gt=0) & Q(percent__lte=100) & Q(min_quantity__gt=0),
                name="promotion_tier_is_percent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.min_quantity}: {self.percent.normalize():f} %"


class PromotionUse(models.Model):
    """One use of a limited promotion by an order. `customer_key` is the e-mail as `email_key`
    writes it, `account` who had signed in.

    `number` counts a person's live uses from 1; the unique constraints hold the limit per customer.
    """

    promotion = models.ForeignKey(Promotion, on_delete=models.PROTECT, related_name="uses")
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

    objects = PromotionUseQuerySet.as_manager()

    class Meta:
        verbose_name = _("promotion use")
        verbose_name_plural = _("promotion uses")
        ordering = ["-used_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["promotion", "customer_key", "number"], name="promotion_use_per_customer"
            ),
            models.UniqueConstraint(
                fields=["promotion", "account", "number"],
                condition=Q(account__isnull=False),
                name="promotion_use_per_account",
            ),
            models.UniqueConstraint(
                fields=["promotion", "order_number"], name="promotion_use_per_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.promotion_id}: {self.order_number}"
