"""Ways to pay."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pricing.models.base import InPriceBook
from pricing.querysets import PaymentMethodQuerySet
from pricing.states import Settlement


class PaymentMethod(InPriceBook):
    """A way to pay that the checkout offers; `provider` names the code in `payments.providers`."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    line = models.CharField(_("short description"), max_length=250, blank=True)
    instructions = models.TextField(
        _("instructions"),
        blank=True,
        help_text=_(
            "Shown to the customer after the order is placed, for example your bank details."
        ),
    )
    provider = models.CharField(_("provider"), max_length=40)
    settlement = models.CharField(_("settlement"), max_length=20, choices=Settlement.choices)
    countries = models.JSONField(
        _("countries"), default=list, blank=True, help_text=_("Leave empty to offer it everywhere.")
    )
    position = models.PositiveIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    objects = PaymentMethodQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment method")
        verbose_name_plural = _("payment methods")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name
