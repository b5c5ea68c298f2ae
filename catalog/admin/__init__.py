"""The catalog in the back office."""

from catalog.admin.content import HomeBlockAdmin, PageAdmin
from catalog.admin.groups import (
    CollectionAdmin,
    ExchangeRateAdmin,
    MakerAdmin,
    ProductTypeAdmin,
    TaxClassAdmin,
)
from catalog.categories.admin import CategoryAdmin
from catalog.products.admin import ProductAdmin

__all__ = [
    "CategoryAdmin",
    "CollectionAdmin",
    "ExchangeRateAdmin",
    "HomeBlockAdmin",
    "MakerAdmin",
    "PageAdmin",
    "ProductAdmin",
    "ProductTypeAdmin",
    "TaxClassAdmin",
]
