"""Product types and their typed attributes."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ProductType(models.Model):
    """A kind of product: the attributes that describe it."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        verbose_name = _("product type")
        verbose_name_plural = _("product types")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class Attribute(models.Model):
    """A fact that products of a type have, with its kind of value and its unit."""

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        CHOICE = "choice", _("Choice")
        INTEGER = "integer", _("Whole number")
        DECIMAL = "decimal", _("Number")
        BOOLEAN = "boolean", _("Yes or no")

    product_type = models.ForeignKey(
        ProductType, on_delete=models.CASCADE, related_name="attributes"
    )
    code = models.SlugField(_("code"), max_length=60)
    label = models.CharField(_("label"), max_length=120)
    kind = models.CharField(_("type"), max_length=10, choices=Kind.choices)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    is_filterable = models.BooleanField(_("use as filter"), default=False)
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("attribute")
        verbose_name_plural = _("attributes")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["product_type", "code"], name="attribute_code_per_type")
        ]

    def __str__(self) -> str:
        return self.label


class AttributeChoice(models.Model):
    """A value that an attribute of kind choice may have."""

    attribute = models.ForeignKey(Attribute, on_delete=models.CASCADE, related_name="choices")
    value = models.CharField(_("value"), max_length=120)
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("choice")
        verbose_name_plural = _("choices")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["attribute", "value"], name="attribute_choice_once")
        ]

    def __str__(self) -> str:
        return self.value


class ProductAttribute(models.Model):
    """The value of an attribute for one product, in the column of its kind.

    `facet` is the value as one short text, so that one grouped query counts every facet; it is
    empty where the attribute is no filter.
    """

    product = models.ForeignKey(
        "catalog.Product", on_delete=models.CASCADE, related_name="attribute_values"
    )
    attribute = models.ForeignKey(Attribute, on_delete=models.CASCADE, related_name="values")
    choice = models.ForeignKey(AttributeChoice, on_delete=models.PROTECT, null=True, blank=True)
    text = models.CharField(_("text value"), max_length=500, blank=True)
    number = models.DecimalField(
        _("numeric value"), max_digits=18, decimal_places=4, null=True, blank=True
    )
    boolean = models.BooleanField(_("yes/no value"), null=True, blank=True)
    facet = models.CharField(_("facet"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("attribute value")
        verbose_name_plural = _("attribute values")
        ordering = ["attribute__position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["product", "attribute"], name="attribute_value_once")
        ]
        indexes = [
            models.Index(
                fields=["attribute", "facet", "product"],
                name="product_attribute_facet",
                condition=~Q(facet=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.attribute_id}: {self.facet or self.text}"

    @property
    def value(self) -> object:
        """The typed value."""
        match self.attribute.kind:
            case Attribute.Kind.CHOICE:
                return self.choice.value if self.choice else ""
            case Attribute.Kind.INTEGER:
                return int(self.number) if self.number is not None else None
            case Attribute.Kind.DECIMAL:
                return self.number.normalize() if self.number is not None else None
            case Attribute.Kind.BOOLEAN:
                return self.boolean
            case _:
                return self.text
