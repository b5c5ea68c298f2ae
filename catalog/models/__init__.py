"""What the shop shows and sells."""

from catalog.models.categories import Category
from catalog.models.content import HomeBlock, HomeBlockCategory, HomeBlockProduct, Page
from catalog.models.groups import Collection, CollectionProduct, Maker
from catalog.models.pictures import Pictured, ProductImage
from catalog.models.prices import ExchangeRate, PriceChange, PriceEntry
from catalog.models.products import (
    GoesWith,
    OptionValue,
    Product,
    ProductOption,
    SlugRedirect,
    TaxClass,
    Variant,
    in_option_order,
)
from catalog.models.search import SearchWord
from catalog.models.types import Attribute, AttributeChoice, ProductAttribute, ProductType

__all__ = [
    "Attribute",
    "AttributeChoice",
    "Category",
    "Collection",
    "CollectionProduct",
    "ExchangeRate",
    "GoesWith",
    "HomeBlock",
    "HomeBlockCategory",
    "HomeBlockProduct",
    "Maker",
    "OptionValue",
    "Page",
    "Pictured",
    "PriceChange",
    "PriceEntry",
    "Product",
    "ProductAttribute",
    "ProductImage",
    "ProductOption",
    "ProductType",
    "SearchWord",
    "SlugRedirect",
    "TaxClass",
    "Variant",
    "in_option_order",
]
