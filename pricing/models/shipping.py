"""Where the shop delivers to, how, and for how much."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pricing.models.base import InPriceBook
from pricing.querysets import BookQuerySet, ShippingZoneQuerySet
from shop.core.money import format_minor


class ShippingZone(InPriceBook):
    """Countries that share shipping methods.

    `countries` holds ISO codes, or `["*"]` for all others.
    """

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    countries = models.JSONField(_("countries"), default=list)
    is_export = models.BooleanField(
        _("not taxed"),
        default=False,
        help_text=_(
            "No tax is charged on orders delivered here, for example exports. Otherwise each "
            "country needs tax rates; without them, customers there cannot place orders."
        ),
    )
    position = models.PositiveIntegerField(_("position"), default=0)

    objects = ShippingZoneQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery zone")
        verbose_name_plural = _("delivery zones")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name


class ShippingMethod(InPriceBook):
    """A way to send an order to a zone, with its prices by currency and weight."""

    zone = models.ForeignKey(ShippingZone, on_delete=models.CASCADE, related_name="methods")
    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    line = models.CharField(_("short description"), max_length=250, blank=True)
    carrier = models.CharField(_("carrier"), max_length=80, blank=True)
    is_tracked = models.BooleanField(_("tracking available"), default=True)
    days_min = models.PositiveSmallIntegerField(_("minimum working days"), default=2)
    days_max = models.PositiveSmallIntegerField(_("maximum working days"), default=4)
    max_weight_g = models.PositiveIntegerField(_("maximum weight in grams"), null=True, blank=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    objects = BookQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery method")
        verbose_name_plural = _("delivery methods")
        ordering = ["zone", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["zone", "code"], name="shipping_method_once_per_zone")
        ]

    def __str__(self) -> str:
        return self.name


class ShippingRate(InPriceBook):
    """What a method costs in a currency, for parcels from `min_weight_g` up; free
    above a subtotal.
    """

    method = models.ForeignKey(ShippingMethod, on_delete=models.CASCADE, related_name="rates")
    currency = models.CharField(_("currency"), max_length=3)
    min_weight_g = models.PositiveIntegerField(_("minimum weight in grams"), default=0)
    price_minor = models.BigIntegerField(_("price"))
    free_from_minor = models.BigIntegerField(_("free above"), null=True, blank=True)

    objects = BookQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery rate")
        verbose_name_plural = _("delivery rates")
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
        return format_minor(self.price_minor, self.currency)
