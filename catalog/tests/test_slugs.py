"""Addresses are readable in any language, and never taken for an id."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from rest_framework.test import APIClient

from catalog.categories import create_category, update_category
from catalog.models import Category, Collection, Maker, Page, Product
from catalog.products import create_product, update_product
from catalog.spelling import slug_of
from catalog.tests.factories import CategoryFactory, ProductFactory, VariantFactory
from shop.core.actors import SYSTEM
from shop.core.errors import Invalid
from shop.core.models import OutboxEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(carol: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(carol)
    return client


def make(name: str, **fields: Any) -> Product:
    return create_product(
        name=name,
        category=fields.pop("category", None) or CategoryFactory(),
        sku=fields.pop("sku", "SKU-1"),
        price_minor=100,
        actor=SYSTEM,
        at=timezone.now(),
        **fields,
    )


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Großer Spieß", "grosser-spiess"),
        ("GROẞER SPIEẞ", "grosser-spiess"),
        ("Łódź", "lodz"),
        ("Smørrebrød", "smorrebrod"),
        ("Þór & Ægir", "thor-aegir"),
        ("Diyarbakır", "diyarbakir"),
        ("İstanbul", "istanbul"),
        ("Crème Brûlée", "creme-brulee"),
        ("Cre\u0300me", "creme"),
        ("Ｆｕｌｌ　Ｗｉｄｔｈ", "full-width"),
        ("茶杯 500ml", "cha-bei-500ml"),
        ("山田太郎", "shan-tian-tai-lang"),
        ("서울 찻잔", "seoul-chasjan"),
        ("Чайник", "chaynik"),
        ("קומקום", "kvmkvm"),
        ("☕", "coffee"),
        ("30", "product-30"),
        ("３０", "product-30"),
        ("!!!", "product"),
        ("", "product"),
        ("30 cm", "30-cm"),
        ("x" * 300, "x" * 100),
    ],
)
def test_a_slug_is_readable_and_never_a_number(name, slug):
    assert slug_of(name, otherwise="product", most=100) == slug


def test_products_and_categories_are_called_by_readable_slugs():
    product = make("Großer Spieß")
    category = create_category(name="茶")

    assert (product.slug, category.slug) == ("grosser-spiess", "cha")
    assert create_category(name="茶").slug == "cha-2"


def test_a_slug_of_digits_is_refused_and_one_made_of_digits_gets_a_word():
    product, category = make("30"), create_category(name="2027")
    before = OutboxEvent.objects.count()

    for change in (
        lambda: make("Mug", slug="30", sku="SKU-2"),
        lambda: create_category(name="Mugs", slug="30"),
        lambda: update_product(product, slug="31", actor=SYSTEM, at=timezone.now()),
        lambda: update_category(category, slug="31"),
    ):
        with pytest.raises(Invalid) as refusal:
            change()
        assert list(refusal.value.errors) == ["slug"]

    assert (product.slug, category.slug) == ("product-30", "category-2027")
    assert Product.objects.get().slug == "product-30"
    assert Category.objects.get(name="2027").slug == "category-2027"
    assert OutboxEvent.objects.count() == before


@pytest.mark.parametrize("model", [Product, Category, Collection, Maker, Page])
def test_no_form_takes_a_slug_of_digits(model):
    field = model._meta.get_field("slug")

    with pytest.raises(ValidationError):
        field.run_validators("30")
    field.run_validators("30-cm")


def test_a_product_never_hides_behind_a_route_of_the_api():
    assert make("Suggest").slug == "suggest-2"


def test_digits_are_an_id_on_every_route_of_the_api(admin):
    """A product called 30, as older shops may have one, never stands in for product number 30."""
    target = VariantFactory(sku="MUG", product__name="Mug").product
    misleading = VariantFactory(sku="THIRTY", product__name="Thirty").product
    Product.objects.filter(pk=misleading.pk).update(slug=str(target.pk))
    ref = f"/api/products/{target.pk}"

    assert admin.get(ref).json()["data"]["name"] == "Mug"
    assert [row["sku"] for row in admin.get(f"{ref}/variants").json()["items"]] == ["MUG"]
    assert admin.get(f"{ref}/images").json()["total"] == 0
    assert admin.patch(ref, {"name": "Cup"}, format="json").status_code == 200
    assert admin.delete(ref).status_code == 200
    assert list(Product.objects.values_list("name", flat=True)) == ["Thirty"]
    # Gone is gone: nothing else answers to the number.
    assert admin.delete(ref).status_code == 404
    assert admin.get(ref).status_code == 404
    assert Product.objects.count() == 1


def test_digits_are_an_id_of_a_category_and_where_lists_filter_by_one(admin):
    target, misleading = CategoryFactory(name="Mugs"), CategoryFactory(name="Thirty")
    VariantFactory(product=ProductFactory(name="Mug", category=target))
    VariantFactory(product=ProductFactory(name="Odd", category=misleading))
    Category.objects.filter(pk=misleading.pk).update(slug=str(target.pk))

    listed = admin.get("/api/products", {"category": str(target.pk)}).json()["items"]
    assert [row["name"] for row in listed] == ["Mug"]
    assert admin.get(f"/api/categories/{target.pk}").json()["data"]["name"] == "Mugs"
    below = admin.get("/api/categories", {"parent": str(target.pk)}).json()
    assert below["total"] == 0
    missing = max(target.pk, misleading.pk) + 1
    Category.objects.filter(pk=misleading.pk).update(slug=str(missing))
    assert admin.delete(f"/api/categories/{missing}").status_code == 404
    assert admin.get("/api/products", {"category": "9" * 25}).status_code == 404
    assert Category.objects.count() == 2
