"""The timeline."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order
from orders.states import EventKind
from shop.core.append_only import AppendOnly


class OrderEvent(AppendOnly):
    """A line of an order's timeline: who, when, what. `sequence` has no gaps. Append-only."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="events")
    sequence = models.PositiveIntegerField(_("sequence"))
    kind = models.CharField(_("type"), max_length=16, choices=EventKind.choices)
    from_status = models.CharField(_("from"), max_length=12, blank=True)
    to_status = models.CharField(_("to"), max_length=12, blank=True)
    message = models.CharField(_("message"), max_length=1000, blank=True)
    data = models.JSONField(_("details"), default=dict, blank=True)
    is_public = models.BooleanField(_("shown to the customer"), default=True)
    actor_kind = models.CharField(_("actor type"), max_length=10)
    actor_label = models.CharField(_("by"), max_length=200)
    at = models.DateTimeField(_("date"), default=timezone.now)

    class Meta:
        verbose_name = _("timeline entry")
        verbose_name_plural = _("timeline entries")
        ordering = ["sequence"]
        constraints = [
            models.UniqueConstraint(fields=["order", "sequence"], name="order_event_sequence")
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.sequence} {self.kind}"
