"""Sitemaps, one a type, 10,000 addresses a file."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.contrib.sites.requests import RequestSite
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from catalog.models import Category, Page, Product


class ShopSitemap(Sitemap[Any]):
    """A sitemap whose addresses come from `SITE_URL`, never from the request's Host header."""

    limit = 10_000

    def get_domain(self, site: RequestSite | None = None) -> str:  # type: ignore[override]
        return str(urlsplit(settings.SITE_URL).netloc)

    def get_protocol(self, protocol: str | None = None) -> str:
        return str(urlsplit(settings.SITE_URL).scheme)


class ProductSitemap(ShopSitemap):
    """Every product that is shown."""

    def items(self) -> QuerySet[Product]:
        products = Product.objects.published(at=timezone.now())
        return products.only("slug", "updated_at").order_by("pk")

    def lastmod(self, item: Product) -> datetime:
        return item.updated_at

    def location(self, item: Product) -> str:
        return reverse("catalog:product", args=[item.slug])


class CategorySitemap(ShopSitemap):
    """Every category that is shown."""

    def items(self) -> QuerySet[Category]:
        shown: QuerySet[Category] = Category.objects.shown().only("slug").order_by("pk")
        return shown

    def location(self, item: Category) -> str:
        return reverse("catalog:category", args=[item.slug])


class PageSitemap(ShopSitemap):
    """Help and legal pages."""

    def items(self) -> QuerySet[Page]:
        return Page.objects.filter(is_published=True).only("slug", "updated_at").order_by("pk")

    def lastmod(self, item: Page) -> datetime:
        return item.updated_at

    def location(self, item: Page) -> str:
        return reverse("catalog:page", args=[item.slug])


SITEMAPS = {"products": ProductSitemap, "categories": CategorySitemap, "pages": PageSitemap}
