"""The one form of a product."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from catalog.models import (
    Attribute,
    Maker,
    PriceChange,
    Product,
    ProductType,
    Variant,
)
from catalog.products import Value, set_options, update_variant
from inventory.models import Movement, StockItem
from shop.core.actors import SYSTEM
from tests.backoffice import data as make
from tests.backoffice.forms import product_data

pytestmark = pytest.mark.django_db


def test_one_form_saves_texts_price_and_stock_through_their_services(carol):
    variant = make.variant("POT")
    url = reverse("admin:catalog_product_change", args=[variant.product_id])

    response = carol.post(
        url,
        product_data(
            variant,
            **{
                "name": "Quiet teapot",
                "variants-0-price": "21.50",
                "variants-0-stock": "12",
                "stock_reason": "A box from the maker",
            },
        ),
    )

    variant.refresh_from_db()
    assert response.status_code == 302
    assert variant.product.name == "Quiet teapot"
    assert variant.price_minor == 2150
    assert PriceChange.objects.latest("pk").price_minor == 2150
    assert StockItem.objects.get(sku="POT").on_hand == 12
    assert Movement.objects.latest("pk").cause == "A box from the maker"


def test_a_sale_while_the_form_was_open_is_not_undone(carol):
    variant = make.variant("POT")
    StockItem.objects.filter(sku="POT").update(on_hand=9)
    url = reverse("admin:catalog_product_change", args=[variant.product_id])

    carol.post(url, product_data(variant, name="Quiet teapot"))

    assert StockItem.objects.get(sku="POT").on_hand == 9


def test_a_refusal_of_a_service_stands_on_the_form(carol):
    make.variant("OTHER")
    variant = make.variant("POT")
    url = reverse("admin:catalog_product_change", args=[variant.product_id])

    response = carol.post(url, product_data(variant, **{"variants-0-was": "5.00"}))

    assert response.status_code == 200
    assert "compare-at price must be higher than the price" in response.content.decode()
    assert Variant.objects.get(sku="POT").compare_at_minor is None


def test_pictures_are_uploaded_and_described_on_the_same_form(carol):
    variant = make.variant("POT")
    url = reverse("admin:catalog_product_change", args=[variant.product_id])
    drawn = BytesIO()
    Image.new("RGB", (400, 300), "#884466").save(drawn, "PNG")
    file = SimpleUploadedFile("pot.png", drawn.getvalue(), content_type="image/png")

    response = carol.post(
        url,
        {
            **product_data(variant),
            "images-TOTAL_FORMS": "1",
            "images-0-product": str(variant.product_id),
            "images-0-file": file,
            "images-0-alt": "A pot, seen from the front",
            "images-0-hue": "300",
            "images-0-is_cutout": "on",
            "images-0-position": "0",
        },
    )

    image = variant.product.images.get()
    assert response.status_code == 302
    assert image.alt == "A pot, seen from the front"
    assert (image.picture_width, image.picture_height) == (400, 300)


def test_a_variant_is_added_on_the_same_form(carol):
    variant = make.variant("POT")
    url = reverse("admin:catalog_product_change", args=[variant.product_id])
    new = {
        "variants-TOTAL_FORMS": "2",
        "variants-1-product": str(variant.product_id),
        "variants-1-sku": "POT-L",
        "variants-1-choices": "Large",
        "variants-1-price": "25.00",
        "variants-1-stock": "3",
        "variants-1-weight_g": "0",
        "variants-1-is_active": "on",
        "variants-1-position": "0",
    }

    carol.post(url, product_data(variant, options_text="Size: Small, Large"))
    response = carol.post(
        url,
        product_data(
            variant, options_text="Size: Small, Large", **new, **{"variants-0-choices": "Small"}
        ),
    )

    added = Variant.objects.get(sku="POT-L")
    assert response.status_code == 302
    assert (added.label, added.price_minor, added.stock_item.on_hand) == ("Large", 2500, 3)
    assert added.position > variant.position


def test_choices_stand_in_the_order_of_the_options_and_can_be_saved_again(carol):
    variant = make.variant("SHIRT")
    # Values are made in another order than the options stand in.
    options = {"Color": [Value("Sage"), Value("Ink")], "Size": [Value("S"), Value("1/2 L")]}
    product = variant.product
    set_options(product, {"Size": options["Size"]}, actor=SYSTEM, at=timezone.now())
    set_options(product, options, actor=SYSTEM, at=timezone.now())
    chosen = {"Color": "Ink", "Size": "S"}
    update_variant(variant, options=chosen, actor=SYSTEM, at=timezone.now())
    url = reverse("admin:catalog_product_change", args=[product.pk])
    text = "Color: Sage, Ink\nSize: S, 1/2 L"

    page = carol.get(url).content.decode()
    kept = carol.post(
        url, product_data(variant, options_text=text, **{"variants-0-choices": "Ink / S"})
    )
    slashed = carol.post(
        url, product_data(variant, options_text=text, **{"variants-0-choices": "Sage / 1/2 L"})
    )

    assert 'value="Ink / S"' in page
    assert (kept.status_code, slashed.status_code) == (302, 302)
    assert Variant.objects.get().label == "Sage, 1/2 L"


def test_a_group_named_in_letters_that_keyboards_lack_gets_a_readable_slug(carol):
    carol.post(reverse("admin:catalog_maker_add"), {"name": "山田窯", "slug": "", "story": ""})
    carol.post(reverse("admin:catalog_maker_add"), {"name": "Numbers", "slug": "30", "story": ""})

    assert list(Maker.objects.values_list("name", "slug")) == [("山田窯", "shan-tian-yao")]


def test_the_facts_of_a_type_are_fields_of_the_form(carol):
    variant = make.variant("POT")
    kind = ProductType.objects.create(code="pot", name="Pot")
    volume = Attribute.objects.create(
        product_type=kind, code="volume", label="Volume", kind="decimal", unit="l"
    )
    Attribute.objects.create(product_type=kind, code="lid", label="Lid", kind="boolean")
    Product.objects.filter(pk=variant.product_id).update(product_type=kind)
    variant.product.refresh_from_db()
    url = reverse("admin:catalog_product_change", args=[variant.product_id])
    data = {"product_type": str(kind.pk), "fact_volume": "1.5", "fact_lid": "true"}

    response = carol.post(url, product_data(variant, **data))
    refused = carol.post(url, product_data(variant, **{**data, "fact_volume": "much"}))

    values = {value.attribute.code: value.value for value in variant.product.attribute_values.all()}
    assert response.status_code == 302
    assert (values["volume"], values["lid"]) == (Decimal("1.5"), True)
    assert "The value is not valid for this attribute." in refused.content.decode()
    assert volume.values.count() == 1


def test_a_new_product_is_a_draft_with_one_variant(carol):
    variant = make.variant("OTHER")

    carol.post(
        reverse("admin:catalog_product_add"),
        {
            "name": "Loud teapot",
            "category": str(variant.product.category_id),
            "tax_class": str(variant.product.tax_class_id),
            "sku": "LOUD",
            "price": "12.00",
            "stock": "4",
        },
    )

    product = Product.objects.get(name="Loud teapot")
    assert product.status == "draft"
    assert product.variants.get().price_minor == 1200
    assert StockItem.objects.get(sku="LOUD").on_hand == 4
