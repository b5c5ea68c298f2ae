"""Kinds of coupon, tax modes, ways a payment method settles, movements of gift cards."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TaxMode(models.TextChoices):
    """Whether the shown price holds the tax already."""

    INCLUDED = "included", _("Included in the price")
    ADDED = "added", _("Added to the price")


class CouponKind(models.TextChoices):
    """What a coupon lowers."""

    PERCENT_ORDER = "percent_order", _("Per cent off the order")
    PERCENT_LINES = "percent_lines", _("Per cent off some products")
    AMOUNT_ORDER = "amount_order", _("Amount off the order")
    AMOUNT_LINES = "amount_lines", _("Amount off some products")
    FREE_SHIPPING = "free_shipping", _("Free delivery")


class Settlement(models.TextChoices):
    """When the money comes, which decides how long an unpaid order keeps its stock."""

    ONLINE = "online", _("At once, online")
    TRANSFER = "transfer", _("By bank transfer before it ships")
    ON_DELIVERY = "on_delivery", _("On delivery")


class GiftCardEntryKind(models.TextChoices):
    """Why a gift card's balance moved."""

    ISSUED = "issued", _("Issued")
    SPENT = "spent", _("Spent")
    REFUNDED = "refunded", _("Refunded")
    ADJUSTED = "adjusted", _("Adjusted")
    EXPIRED = "expired", _("Expired")
    VOIDED = "voided", _("Voided, its purchase was refunded")
