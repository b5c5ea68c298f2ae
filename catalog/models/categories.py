"""The category tree."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from mptt.models import MPTTModel, TreeForeignKey

from catalog.models.pictures import Pictured
from catalog.models.slugs import HAS_LETTER
from catalog.querysets import CategoryManager


class Category(Pictured, MPTTModel):
    """A node of the tree, of any depth.

    Its place is changed only by `catalog.categories` (one lock for the whole tree):
    concurrent writes through the model would corrupt `lft` and `rght`.
    """

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("slug"), max_length=140, unique=True, validators=[HAS_LETTER])
    parent = TreeForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    line = models.CharField(_("short description"), max_length=250, blank=True)
    description = models.TextField(_("text below the products"), blank=True)
    is_active = models.BooleanField(_("visible"), default=True)
    # Stored fact: published products here and below.
    product_count = models.PositiveIntegerField(_("products"), default=0, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = CategoryManager()

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["tree_id", "lft"]

    def __str__(self) -> str:
        return self.name
