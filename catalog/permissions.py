"""What staff may do with the catalog. Prices are written with their variants."""

from __future__ import annotations

from shop.core.permissions import acts_on

CATEGORIES = acts_on("catalog.category")
PRODUCTS = acts_on("catalog.product")
VARIANTS = acts_on("catalog.variant")
IMAGES = acts_on("catalog.productimage")
