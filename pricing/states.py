"""Kinds of promotion and their lanes, tax modes, ways a payment method settles,
movements of gift cards.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TaxMode(models.TextChoices):
    """Whether the shown price holds the tax already."""

    INCLUDED = "included", _("Included in the price")
    ADDED = "added", _("Added to the price")


class DeliveryTax(models.TextChoices):
    """At which rate delivery is taxed; the rule in full: docs/rounding.md."""

    GOODS = "goods", _("At the rates of the items, in proportion to their value")
    STANDARD = "standard", _("At the standard rate")


class Lane(models.TextChoices):
    """Where in a quote a promotion works: the lanes follow each other, each on
    what the one before left.
    """

    LINE = "line", _("Items")
    ORDER = "order", _("Order")
    SHIPPING = "shipping", _("Delivery")


class BenefitKind(models.TextChoices):
    """What a promotion gives."""

    PERCENT_LINES = "percent_lines", _("Percentage off selected products")
    AMOUNT_LINES = "amount_lines", _("Amount off selected products")
    N_FOR_M = "n_for_m", _("Take X, pay for Y (the cheapest are free)")
    BUY_GET = "buy_get", _("Buy X, get others discounted")
    TIERED = "tiered", _("Quantity discount")
    PERCENT_ORDER = "percent_order", _("Percentage off the order")
    AMOUNT_ORDER = "amount_order", _("Amount off the order")
    FREE_SHIPPING = "free_shipping", _("Free delivery")
    PERCENT_SHIPPING = "percent_shipping", _("Percentage off delivery")
    AMOUNT_SHIPPING = "amount_shipping", _("Amount off delivery")


# The benefit says the lane; a column of its own could contradict it.
LANES: dict[str, Lane] = {
    BenefitKind.PERCENT_LINES: Lane.LINE,
    BenefitKind.AMOUNT_LINES: Lane.LINE,
    BenefitKind.N_FOR_M: Lane.LINE,
    BenefitKind.BUY_GET: Lane.LINE,
    BenefitKind.TIERED: Lane.LINE,
    BenefitKind.PERCENT_ORDER: Lane.ORDER,
    BenefitKind.AMOUNT_ORDER: Lane.ORDER,
    BenefitKind.FREE_SHIPPING: Lane.SHIPPING,
    BenefitKind.PERCENT_SHIPPING: Lane.SHIPPING,
    BenefitKind.AMOUNT_SHIPPING: Lane.SHIPPING,
}
PERCENT_KINDS = frozenset(
    {
        BenefitKind.PERCENT_LINES,
        BenefitKind.PERCENT_ORDER,
        BenefitKind.PERCENT_SHIPPING,
        BenefitKind.BUY_GET,
    }
)
AMOUNT_KINDS = frozenset(
    {BenefitKind.AMOUNT_LINES, BenefitKind.AMOUNT_ORDER, BenefitKind.AMOUNT_SHIPPING}
)


class Combination(models.TextChoices):
    """What a promotion may be used together with; the rule in full: docs/rounding.md."""

    STACKS = "stacks", _("With other combinable promotions at the same level")
    LANE = "lane", _("Only one at its level, with promotions at other levels")
    ALONE = "alone", _("No other promotions in the order")


class Settlement(models.TextChoices):
    """When the money comes, which decides how long an unpaid order keeps its stock."""

    ONLINE = "online", _("Immediately, online")
    TRANSFER = "transfer", _("By bank transfer before shipping")
    ON_DELIVERY = "on_delivery", _("On delivery")


class GiftCardState(models.TextChoices):
    """What can be done with a gift card; the first that is true, from below."""

    SPENDABLE = "spendable", _("Active")
    EMPTY = "empty", _("Spent")
    OVER = "over", _("Expired")
    OFF = "off", _("Switched off")
    VOIDED = "voided", _("Voided")


class GiftCardEntryKind(models.TextChoices):
    """Why a gift card's balance moved."""

    ISSUED = "issued", _("Issued")
    SPENT = "spent", _("Redeemed")
    REFUNDED = "refunded", _("Refunded")
    ADJUSTED = "adjusted", _("Adjusted")
    EXPIRED = "expired", _("Expired")
    VOIDED = "voided", _("Voided (purchase refunded)")
