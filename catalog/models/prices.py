"""Prices in other currencies, and the history of every price."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models.products import Variant
from shop.core.append_only import AppendOnly
from shop.core.money import format_minor


class PriceEntry(models.Model):
    """A variant's explicit price in a currency other than its own, or in another price list."""

    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="prices")
    currency = models.CharField(_("currency"), max_length=3)
    price_list = models.SlugField(_("price list"), max_length=40, blank=True, default="")
    price_minor = models.BigIntegerField(_("price"))
    compare_at_minor = models.BigIntegerField(_("compare-at price"), null=True, blank=True)

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        ordering = ["currency", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["variant", "currency", "price_list"], name="price_once_per_currency"
            ),
            models.CheckConstraint(condition=Q(price_minor__gte=0), name="price_not_negative"),
        ]

    def __str__(self) -> str:
        return format_minor(self.price_minor, self.currency)


class PriceChange(AppendOnly):
    """A price that came into force at `at`. Append-only: the 30-day low of price
    tags is read from here.

    The history of a variant that nobody ever bought goes with it.
    """

    is_erasable = True

    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="price_changes")
    currency = models.CharField(_("currency"), max_length=3)
    price_minor = models.BigIntegerField(_("price"))
    compare_at_minor = models.BigIntegerField(_("compare-at price"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=60, blank=True)
    at = models.DateTimeField(_("valid from"), default=timezone.now)

    class Meta:
        verbose_name = _("price change")
        verbose_name_plural = _("price changes")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["variant", "currency", "-at"], name="price_change_time")]

    def __str__(self) -> str:
        return format_minor(self.price_minor, self.currency)


class ExchangeRate(models.Model):
    """Units of `currency` for one unit of the shop's default currency."""

    currency = models.CharField(_("currency"), max_length=3, unique=True)
    rate = models.DecimalField(_("rate"), max_digits=18, decimal_places=8)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now)

    class Meta:
        verbose_name = _("exchange rate")
        verbose_name_plural = _("exchange rates")
        ordering = ["currency"]
        constraints = [
            models.CheckConstraint(condition=Q(rate__gt=0), name="exchange_rate_positive")
        ]

    def __str__(self) -> str:
        return self.currency
