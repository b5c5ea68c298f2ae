"""Tax rates."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models import TaxClass
from pricing.errors import TaxRateUsed
from pricing.models.base import InPriceBook
from pricing.querysets import TaxRateQuerySet
from pricing.states import TaxMode


class TaxRate(InPriceBook):
    """A rate by country (and region), tax class and time.

    A country without a rate is not sold to, unless its shipping zone is marked as export: no rate
    is never 0 %. Once an order was sold with it, which `was_used` says, a rate only ends: it is
    neither changed nor deleted.
    """

    country = models.CharField(_("country"), max_length=2)
    region = models.CharField(_("region"), max_length=100, blank=True, default="")
    tax_class = models.ForeignKey(TaxClass, on_delete=models.PROTECT, related_name="rates")
    percent = models.DecimalField(_("percent"), max_digits=7, decimal_places=4)
    mode = models.CharField(_("mode"), max_length=10, choices=TaxMode.choices)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid until (exclusive)"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=250, blank=True)
    was_used = models.BooleanField(
        _("used by orders"), default=False, db_default=False, editable=False
    )

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

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        """As Django's. Raises `TaxRateUsed`."""
        if type(self).objects.filter(pk=self.pk, was_used=True).exists():
            raise TaxRateUsed
        return super().delete(*args, **options)

    def is_in_force(self, day: date) -> bool:
        """Whether it holds on `day`."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)
