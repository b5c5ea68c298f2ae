"""Products, their options and variants."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models.categories import Category
from catalog.models.groups import Maker
from catalog.models.pictures import ProductImage
from catalog.models.slugs import HAS_LETTER
from catalog.models.types import ProductType
from catalog.querysets import (
    OptionValueQuerySet,
    ProductQuerySet,
    TaxClassQuerySet,
    VariantQuerySet,
)
from catalog.states import ProductStatus
from inventory.models import StockItem


class TaxClass(models.Model):
    """How a product is taxed; the rates by country are in pricing."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)

    objects = TaxClassQuerySet.as_manager()

    class Meta:
        verbose_name = _("tax class")
        verbose_name_plural = _("tax classes")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """Something the shop sells, in one or more variants.

    Lists filter and sort by the stored facts at the end; `catalog.stored_facts.refresh_facts` keeps
    them true. `lowest_price_minor` and the like are in the shop's default currency.
    """

    name = models.CharField(_("name"), max_length=200)
    slug = models.SlugField(_("slug"), max_length=220, unique=True, validators=[HAS_LETTER])
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="products")
    maker = models.ForeignKey(
        Maker, on_delete=models.PROTECT, null=True, blank=True, related_name="products"
    )
    product_type = models.ForeignKey(
        ProductType, on_delete=models.PROTECT, null=True, blank=True, related_name="products"
    )
    tax_class = models.ForeignKey(TaxClass, on_delete=models.PROTECT, related_name="products")
    # Said once, when it is made: its stock is not counted, it comes by e-mail, and
    # tax is due when it is spent.
    is_gift_card = models.BooleanField(_("gift card"), default=False)
    kind = models.CharField(_("card text"), max_length=160, blank=True)
    lead = models.TextField(_("introduction"), blank=True)
    headline = models.CharField(_("description heading"), max_length=160, blank=True)
    description = models.TextField(_("description"), blank=True)
    care = models.TextField(_("care and repair"), blank=True)
    safety = models.TextField(_("safety information"), blank=True)
    origin = models.CharField(_("country of origin"), max_length=2, blank=True)
    guarantee_months = models.PositiveSmallIntegerField(
        _("warranty in months"), default=0, help_text=_("0 means the statutory warranty only.")
    )
    is_returnable = models.BooleanField(
        _("returnable"),
        default=True,
        help_text=_(
            "Turn this off for items that are cut or made to order, or sealed for hygiene reasons."
        ),
    )
    tags = models.JSONField(_("tags"), default=list, blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=ProductStatus.choices, default=ProductStatus.DRAFT
    )
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now)
    version = models.PositiveIntegerField(default=1, editable=False)

    # Stored facts.
    lowest_price_minor = models.BigIntegerField(_("lowest price"), default=0, editable=False)
    highest_price_minor = models.BigIntegerField(_("highest price"), default=0, editable=False)
    compare_at_minor = models.BigIntegerField(
        _("compare-at price"), null=True, blank=True, editable=False
    )
    discount_percent = models.PositiveSmallIntegerField(
        _("discount in percent"), default=0, editable=False
    )
    in_stock = models.BooleanField(_("in stock"), default=False, editable=False)
    variant_count = models.PositiveIntegerField(_("variants"), default=0, editable=False)
    sold_count = models.PositiveIntegerField(_("units sold"), default=0, editable=False)
    rating_average = models.DecimalField(
        _("average rating"), max_digits=3, decimal_places=2, null=True, blank=True, editable=False
    )
    rating_count = models.PositiveIntegerField(_("number of ratings"), default=0, editable=False)

    objects = ProductQuerySet.as_manager()

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["name", "pk"]
        indexes = [
            models.Index(
                fields=["-published_at", "-id"], name="product_new", condition=Q(status="active")
            ),
            models.Index(
                fields=["lowest_price_minor", "id"],
                name="product_price",
                condition=Q(status="active"),
            ),
            models.Index(fields=["name", "id"], name="product_name", condition=Q(status="active")),
            models.Index(
                fields=["-sold_count", "-id"], name="product_sold", condition=Q(status="active")
            ),
            models.Index(
                fields=["category", "-sold_count", "-id"],
                name="product_category",
                condition=Q(status="active"),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_published(self, *, at: datetime) -> bool:
        """Whether a shopper may see it at the moment `at`."""
        return (
            self.status == ProductStatus.ACTIVE
            and self.published_at is not None
            and self.published_at <= at
        )

    @property
    def main_image(self) -> ProductImage | None:
        """The first picture; load `images` before, or it asks."""
        return next(iter(self.images.all()), None)


class SlugRedirect(models.Model):
    """An address that something had before; the old one answers 301."""

    class Kind(models.TextChoices):
        PRODUCT = "product", _("Product")
        CATEGORY = "category", _("Category")

    kind = models.CharField(_("type"), max_length=10, choices=Kind.choices)
    old_slug = models.SlugField(_("previous slug"), max_length=220)
    product = models.ForeignKey(
        Product, on_delete=models.CASCADE, null=True, blank=True, related_name="redirects"
    )
    category = models.ForeignKey(
        Category, on_delete=models.CASCADE, null=True, blank=True, related_name="redirects"
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("redirect")
        verbose_name_plural = _("redirects")
        constraints = [
            models.UniqueConstraint(fields=["kind", "old_slug"], name="redirect_one_per_old_slug"),
            models.CheckConstraint(
                condition=Q(kind="product", product__isnull=False, category__isnull=True)
                | Q(kind="category", category__isnull=False, product__isnull=True),
                name="redirect_leads_somewhere",
            ),
        ]

    def __str__(self) -> str:
        return self.old_slug


class ProductOption(models.Model):
    """Something to choose ("Color")."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="options")
    name = models.CharField(_("name"), max_length=60)
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("option")
        verbose_name_plural = _("options")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["product", "name"], name="option_name_per_product")
        ]

    def __str__(self) -> str:
        return self.name


class OptionValue(models.Model):
    """A choice of an option ("Red"), with its color where it is one."""

    option = models.ForeignKey(ProductOption, on_delete=models.CASCADE, related_name="values")
    value = models.CharField(_("value"), max_length=80)
    code = models.CharField(_("SKU code"), max_length=20, blank=True)
    swatch = models.CharField(_("color"), max_length=7, blank=True)
    position = models.PositiveIntegerField(_("position"), default=0)

    objects = OptionValueQuerySet.as_manager()

    class Meta:
        verbose_name = _("choice")
        verbose_name_plural = _("choices")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["option", "value"], name="option_value_once"),
            models.CheckConstraint(
                condition=Q(swatch="") | Q(swatch__regex=r"^#[0-9a-fA-F]{6}$"),
                name="option_swatch_is_hex",
            ),
        ]

    def __str__(self) -> str:
        return self.value


def in_option_order(values: Iterable[OptionValue]) -> list[OptionValue]:
    """Choices in the order of their options; `option` is loaded."""
    return sorted(values, key=lambda each: (each.option.position, each.option_id))


class Variant(models.Model):
    """What is really bought: one combination of choices with a SKU, a price and stock.

    `price_minor` and `compare_at_minor` are in `currency` (the shop's default) and tax included;
    other currencies have a `PriceEntry` or are converted. Prices change only through
    `catalog.prices.services.set_price`, which writes the history.
    """

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="variants")
    stock_item = models.OneToOneField(
        StockItem, on_delete=models.PROTECT, related_name="variant", verbose_name=_("stock")
    )
    sku = models.CharField(_("SKU"), max_length=64, unique=True)
    barcode = models.CharField(_("barcode"), max_length=14, blank=True, db_index=True)
    option_values = models.ManyToManyField(OptionValue, related_name="variants", blank=True)
    # The choices in option order ("Red, 30 cm"), stored so that a list needs no join.
    label = models.CharField(_("label"), max_length=200, blank=True, editable=False)
    image = models.ForeignKey(
        "catalog.ProductImage", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    price_minor = models.BigIntegerField(_("price"))
    compare_at_minor = models.BigIntegerField(_("compare-at price"), null=True, blank=True)
    cost_minor = models.BigIntegerField(_("cost before tax"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    weight_g = models.PositiveIntegerField(_("weight in grams"), default=0)
    # Unit price: `unit_amount` of `unit` are in it; shown per `unit_per` ("340 g", per 1000 g).
    unit_amount = models.PositiveIntegerField(_("net content"), null=True, blank=True)
    unit = models.CharField(_("unit of net content"), max_length=10, blank=True)
    unit_per = models.PositiveIntegerField(
        _("unit price reference quantity"), null=True, blank=True
    )
    is_active = models.BooleanField(_("active"), default=True)
    # Stored fact, kept by the catalog's handler of inventory events.
    in_stock = models.BooleanField(_("in stock"), default=False, editable=False)
    position = models.PositiveIntegerField(_("position"), default=0)

    objects = VariantQuerySet.as_manager()

    class Meta:
        verbose_name = _("variant")
        verbose_name_plural = _("variants")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(price_minor__gte=0), name="variant_price_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(compare_at_minor__isnull=True) | Q(compare_at_minor__gte=0),
                name="variant_compare_at_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.sku

    @property
    def choices(self) -> list[OptionValue]:
        """Its values in the order of the product's options; `option_values__option` is loaded."""
        return in_option_order(self.option_values.all())

    @property
    def shown_image(self) -> ProductImage | None:
        """Its own picture, else the product's first; load `image` and `product__images` before."""
        return self.image or self.product.main_image


class GoesWith(models.Model):
    """A variant that goes well with a product."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="goes_with")
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("related product")
        verbose_name_plural = _("related product")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["product", "variant"], name="goes_with_once")
        ]

    def __str__(self) -> str:
        return f"{self.product_id} + {self.variant_id}"
