"""Makers and collections: other ways to group products."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models.pictures import Pictured
from catalog.models.slugs import HAS_LETTER
from catalog.querysets import CollectionQuerySet


class Maker(models.Model):
    """Who makes a product."""

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("slug"), max_length=140, unique=True, validators=[HAS_LETTER])
    place = models.CharField(_("location"), max_length=120, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    story = models.TextField(_("story"), blank=True)

    class Meta:
        verbose_name = _("maker")
        verbose_name_plural = _("makers")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class Collection(Pictured):
    """Products that belong together for a while, chosen by hand or by a rule.

    `rule` may hold `published_within_days`, `on_sale`, or `max_price_minor` with `currency`; an
    empty one means by hand, through `CollectionProduct`.
    """

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("slug"), max_length=140, unique=True, validators=[HAS_LETTER])
    line = models.CharField(_("short description"), max_length=250, blank=True)
    rule = models.JSONField(_("rule"), default=dict, blank=True)
    products = models.ManyToManyField(
        "catalog.Product", through="catalog.CollectionProduct", related_name="collections"
    )
    position = models.PositiveIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("visible"), default=True)
    in_navigation = models.BooleanField(_("show in navigation"), default=False)

    objects = CollectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("collection")
        verbose_name_plural = _("collections")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name


class CollectionProduct(models.Model):
    """A product's place in a collection that is chosen by hand."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="places")
    product = models.ForeignKey("catalog.Product", on_delete=models.CASCADE, related_name="places")
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("product in collection")
        verbose_name_plural = _("products in collection")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["collection", "product"], name="collection_has_it_once")
        ]

    def __str__(self) -> str:
        return f"{self.collection_id}: {self.product_id}"
