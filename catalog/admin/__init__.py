"""The catalog in the back office."""

from catalog.admin.categories import CategoryAdmin
from catalog.admin.content import HomeBlockAdmin, PageAdmin
from catalog.admin.groups import (
    CollectionAdmin,
    ExchangeRateAdmin,
    MakerAdmin,
    ProductTypeAdmin,
    TaxClassAdmin,
)
from catalog.admin.products import ProductAdmin

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
