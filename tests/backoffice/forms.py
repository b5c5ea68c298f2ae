"""Pages and forms of the back office, as its tests send them."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.tests.factories import StaffFactory
from catalog.models import Variant
from orders.models import Order


def staff(*groups: str) -> Client:
    """A member of staff in these groups."""
    client = Client()
    client.force_login(StaffFactory(groups=list(groups)))
    return client


# What Unfold's dialogs send along.
SENT = {"_form_submitted": "True"}


def page_of(order: Order, name: str = "change") -> str:
    return reverse(f"admin:orders_order_{name}", args=[order.pk])


def assert_strict(response: Any, status: int = 200) -> None:
    """No inline script, style or handler: the strict policy would refuse them."""
    html = response.content.decode()
    assert response.status_code == status
    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", html) == []
    assert "<style" not in html
    assert re.findall(r'\sstyle="', html) == []
    assert re.findall(r'\son[a-z]+="', html) == []


def queries_of(client: Client, url: str, counter: Any) -> int:
    client.get(url)
    with counter() as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def product_data(variant: Variant, **changes: str) -> dict[str, str]:
    product = variant.product
    return {
        "name": product.name,
        "slug": product.slug,
        "category": str(product.category_id),
        "tax_class": str(product.tax_class_id),
        "guarantee_months": "0",
        "is_returnable": "on",
        "status": "active",
        "published_at_0": timezone.localtime(product.published_at).strftime("%Y-%m-%d"),
        "published_at_1": timezone.localtime(product.published_at).strftime("%H:%M:%S"),
        "variants-TOTAL_FORMS": "1",
        "variants-INITIAL_FORMS": "1",
        "variants-0-id": str(variant.pk),
        "variants-0-product": str(product.pk),
        "variants-0-price": "19.00",
        "initial-variants-0-price": "19.00",
        "variants-0-was": "",
        "initial-variants-0-was": "",
        "variants-0-stock": "10",
        "initial-variants-0-stock": "10",
        "variants-0-weight_g": "0",
        "variants-0-is_active": "on",
        "variants-0-position": "0",
        "images-TOTAL_FORMS": "0",
        "images-INITIAL_FORMS": "0",
        "_continue": "1",
        **changes,
    }
