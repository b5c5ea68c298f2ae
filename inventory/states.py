"""Kinds of movement and states of a reservation."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MovementKind(models.TextChoices):
    """Why units came or went."""

    RECEIVED = "received", _("Received")
    SHIPPED = "shipped", _("Shipped")
    RETURNED = "returned", _("Returned")
    ADJUSTED = "adjusted", _("Adjusted")
    WRITTEN_OFF = "written_off", _("Written off")


class ReservationState(models.TextChoices):
    """held → allocated → consumed, or released from either."""

    HELD = "held", _("Held")
    ALLOCATED = "allocated", _("Allocated")
    CONSUMED = "consumed", _("Consumed")
    RELEASED = "released", _("Released")
