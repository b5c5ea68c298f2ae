"""The smallest valid catalog."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import factory

from catalog.models import (
    Attribute,
    AttributeChoice,
    Category,
    Collection,
    ExchangeRate,
    Maker,
    OptionValue,
    PriceChange,
    Product,
    ProductAttribute,
    ProductImage,
    ProductOption,
    ProductType,
    TaxClass,
    Variant,
)
from catalog.states import ProductStatus
from catalog.stored_facts import refresh_facts
from inventory.tests.factories import StockItemFactory

LAST_YEAR = datetime(2025, 1, 1, tzinfo=UTC)


class CategoryFactory(factory.django.DjangoModelFactory):
    """A root, or with `parent=` a category below it."""

    class Meta:
        model = Category

    name = factory.Sequence(lambda n: f"Category {n}")
    slug = factory.Sequence(lambda n: f"category-{n}")


class TaxClassFactory(factory.django.DjangoModelFactory):
    """The standard class, however often it is asked for."""

    class Meta:
        model = TaxClass
        django_get_or_create = ("code",)

    code = "standard"
    name = "Standard"


class MakerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Maker

    name = factory.Sequence(lambda n: f"Maker {n}")
    slug = factory.Sequence(lambda n: f"maker-{n}")


class ProductTypeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ProductType

    code = factory.Sequence(lambda n: f"type-{n}")
    name = "Lamp"


class AttributeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Attribute

    product_type = factory.SubFactory(ProductTypeFactory)
    code = factory.Sequence(lambda n: f"attribute-{n}")
    label = "Material"
    kind = Attribute.Kind.TEXT
    is_filterable = True


class AttributeChoiceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AttributeChoice

    attribute = factory.SubFactory(AttributeFactory, kind=Attribute.Kind.CHOICE)
    value = "Oak"


class ProductFactory(factory.django.DjangoModelFactory):
    """A published product without variants; `VariantFactory` makes one with its product."""

    class Meta:
        model = Product

    name = factory.Sequence(lambda n: f"Product {n}")
    slug = factory.Sequence(lambda n: f"product-{n}")
    category = factory.SubFactory(CategoryFactory)
    tax_class = factory.SubFactory(TaxClassFactory)
    status = ProductStatus.ACTIVE
    published_at = LAST_YEAR


class ProductAttributeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ProductAttribute

    product = factory.SubFactory(ProductFactory)
    attribute = factory.SubFactory(AttributeFactory)
    text = "Oak"
    facet = factory.SelfAttribute("text")


class VariantFactory(factory.django.DjangoModelFactory):
    """A variant at 20.00 EUR with ten units, its price history and its product's stored facts."""

    class Meta:
        model = Variant
        skip_postgeneration_save = True

    product = factory.SubFactory(ProductFactory)
    sku = factory.Sequence(lambda n: f"SKU-V{n}")
    stock_item = factory.SubFactory(
        StockItemFactory,
        sku=factory.SelfAttribute("..sku"),
        on_hand=factory.SelfAttribute("..on_hand"),
    )
    price_minor = 2000
    currency = "EUR"
    in_stock = factory.LazyAttribute(lambda variant: variant.stock_item.sellable > 0)

    class Params:
        on_hand = 10

    @factory.post_generation
    def history(self, create: bool, extracted: object, **kwargs: Any) -> None:
        """Explain the price, and make the product's facts true."""
        if not create:
            return
        PriceChange.objects.create(
            variant=self,
            currency=self.currency,
            price_minor=self.price_minor,
            compare_at_minor=self.compare_at_minor,
            at=LAST_YEAR,
        )
        refresh_facts([self.product_id], at=LAST_YEAR)
        self.product.refresh_from_db()


class OptionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ProductOption

    product = factory.SubFactory(ProductFactory)
    name = "Color"


class OptionValueFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = OptionValue

    option = factory.SubFactory(OptionFactory)
    value = "Red"


class ProductImageFactory(factory.django.DjangoModelFactory):
    """A picture's row; there is no file behind it."""

    class Meta:
        model = ProductImage

    product = factory.SubFactory(ProductFactory)
    alt = "A cup"

    @factory.post_generation
    def picture_name(self, create: bool, extracted: str | None, **kwargs: Any) -> None:
        """Point at a name in the storage without reading it."""
        if create:
            name = extracted or f"pictures/{self.pk}.webp"
            ProductImage.objects.filter(pk=self.pk).update(
                picture=name, picture_width=800, picture_height=800
            )


class CollectionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Collection

    name = "Under 40 EUR"
    slug = factory.Sequence(lambda n: f"collection-{n}")


class ExchangeRateFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ExchangeRate
        django_get_or_create = ("currency",)

    currency = "USD"
    rate = "1.10"
