"""Carts: what a visitor means to buy."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from cart.querysets import CartItemQuerySet, CartQuerySet
from catalog.models import Variant


def new_token() -> str:
    """A secret of 256 bits that names a guest's cart."""
    return secrets.token_urlsafe(32)


class Cart(models.Model):
    """One open cart per customer; a guest's is known by its secret token. An order closes it."""

    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, null=True, blank=True, related_name="carts"
    )
    currency = models.CharField(_("currency"), max_length=3)
    # Codes in the order they were added, those that do not work just now too.
    coupon_codes: models.JSONField[list[str], Any] = models.JSONField(
        _("coupons"), default=list, blank=True
    )
    # Gift cards that shall pay, in the order they were added. A list and no table of links: a cart
    # is looked at all the time and hardly ever has one, and cards are never deleted.
    gift_card_ids: models.JSONField[list[int], Any] = models.JSONField(
        _("gift cards"), default=list, blank=True, editable=False
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now, db_index=True)
    closed_at = models.DateTimeField(_("ordered"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = CartQuerySet.as_manager()

    class Meta:
        verbose_name = _("cart")
        verbose_name_plural = _("carts")
        ordering = ["-updated_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer"],
                name="cart_one_open_per_customer",
                condition=Q(closed_at__isnull=True, customer__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class CartItem(models.Model):
    """A variant in a cart, with the price the shopper saw last, so that a change
    can be told in words.
    """

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="items")
    # What shoppers hold in a cart is archived instead of deleted, so that the cart can say so.
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="cart_items")
    quantity = models.PositiveIntegerField(_("quantity"))
    seen_price_minor = models.BigIntegerField(_("last shown price"))
    seen_currency = models.CharField(_("currency of the last shown price"), max_length=3)
    is_saved = models.BooleanField(_("saved for later"), default=False)
    # Of a gift card: whom it is for and what is written on it, see `cart.gift_cards.Greeting`.
    greeting: models.JSONField[dict[str, str], Any] = models.JSONField(
        _("greeting"), default=dict, blank=True
    )
    added_at = models.DateTimeField(_("added"), default=timezone.now)

    objects = CartItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("cart item")
        verbose_name_plural = _("cart items")
        ordering = ["added_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["cart", "variant"], name="cart_has_variant_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1) & Q(quantity__lte=999), name="cart_item_quantity"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cart_id}: {self.quantity} × {self.variant_id}"

    def is_sold(self, *, at: datetime) -> bool:
        """Whether the variant is for sale at the moment `at`, stock aside."""
        return self.variant.is_active and self.variant.product.is_published(at=at)
