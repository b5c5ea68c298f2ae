"""JSON-LD for search engines (schema.org), escaped so that no text can end the script element."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from catalog.models import Product, Variant
from catalog.prices.lookup import Price
from shop.core.money import to_wire

# The same three as Django's json_script: `</script>` and `<!--` cannot appear in the text.
_ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


def script(data: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> SafeString:
    """The data as a JSON-LD element. It is data, not code, so the strict policy lets it stand."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308


def breadcrumbs(crumbs: Sequence[tuple[str, str]], here: str, url: str) -> dict[str, Any]:
    """The way from the home page to here."""
    steps = [
        (str(settings.SHOP_NAME), "/"),
        *crumbs,
        (here, url.removeprefix(settings.SITE_URL)),
    ]
    return {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": place,
                "name": name,
                "item": f"{settings.SITE_URL}{path}",
            }
            for place, (name, path) in enumerate(steps, start=1)
        ],
    }


def site_data() -> SafeString:
    """The shop and its search, for the home page."""
    shop = {"name": str(settings.SHOP_NAME), "url": f"{settings.SITE_URL}/"}
    return script(
        [
            {
                "@context": "https://schema.org",
                "@type": "Organization",
                "email": settings.SHOP_EMAIL,
                **shop,
            },
            {
                "@context": "https://schema.org",
                "@type": "WebSite",
                "potentialAction": {
                    "@type": "SearchAction",
                    "target": f"{settings.SITE_URL}/search/?q={{search_term_string}}",
                    "query-input": "required name=search_term_string",
                },
                **shop,
            },
        ]
    )


def listing_data(crumbs: Sequence[tuple[str, str]], here: str, url: str) -> SafeString:
    """The way to a list of products."""
    return script(breadcrumbs(crumbs, here, url))


def product_data(
    product: Product,
    variants: Sequence[Variant],
    prices: Mapping[int, Price],
    *,
    canonical: str,
    picture_url: str,
    crumbs: Sequence[tuple[str, str]],
    description: str,
) -> SafeString:
    """A product, or a group of variants, each with its offer; ratings only where there are some."""
    base: dict[str, Any] = {
        "name": product.name,
        "description": description,
        "url": canonical,
    }
    if picture_url:
        base["image"] = picture_url
    if product.maker:
        base["brand"] = {"@type": "Brand", "name": product.maker.name}
    if product.rating_count and product.rating_average is not None:
        base["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": str(product.rating_average),
            "reviewCount": product.rating_count,
        }
    if len(variants) == 1:
        data = {
            "@context": "https://schema.org",
            "@type": "Product",
            **base,
            **_offer(variants[0], prices[variants[0].pk], canonical),
        }
    else:
        data = {
            "@context": "https://schema.org",
            "@type": "ProductGroup",
            "productGroupID": str(product.pk),
            **base,
            "hasVariant": [
                {
                    "@type": "Product",
                    "name": f"{product.name}, {variant.label}" if variant.label else product.name,
                    **_offer(variant, prices[variant.pk], f"{canonical}?variant={variant.sku}"),
                }
                for variant in variants
            ],
        }
    return script([data, breadcrumbs(crumbs, product.name, canonical)])


def _offer(variant: Variant, price: Price, url: str) -> dict[str, Any]:
    item = variant.stock_item
    if item.available > 0:
        availability = "InStock"
    elif item.sellable > 0:
        availability = "BackOrder"
    else:
        availability = "OutOfStock"
    return {
        "sku": variant.sku,
        **({"gtin": variant.barcode} if variant.barcode else {}),
        "offers": {
            "@type": "Offer",
            "url": url,
            "price": to_wire(price.price_minor, price.currency),
            "priceCurrency": price.currency,
            "availability": f"https://schema.org/{availability}",
            "itemCondition": "https://schema.org/NewCondition",
            "hasMerchantReturnPolicy": {
                "@type": "MerchantReturnPolicy",
                "applicableCountry": settings.SHOP_COUNTRY,
                "returnPolicyCategory": "https://schema.org/MerchantReturnFiniteReturnWindow",
                "merchantReturnDays": 60,
            },
        },
    }
