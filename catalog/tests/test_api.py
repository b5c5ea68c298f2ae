"""Categories and products through the API."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from PIL import Image
from rest_framework.test import APIClient

from catalog.api import schemas
from catalog.categories import create_category, update_category
from catalog.models import Category, OptionValue, Product, ProductImage, ProductOption, Variant
from catalog.prices import set_price
from catalog.products import add_variant, update_product
from catalog.states import ProductStatus
from catalog.tests.factories import (
    AttributeFactory,
    CategoryFactory,
    ExchangeRateFactory,
    MakerFactory,
    ProductAttributeFactory,
    ProductImageFactory,
    VariantFactory,
)
from inventory.models import Movement, StockItem
from inventory.services import adjust_stock, reserve_stock
from shop.core.actors import SYSTEM

pytestmark = pytest.mark.django_db

VARIANT_PATH = "/api/products/{mug.product_id}/variants/{mug.pk}"


@pytest.fixture
def anyone() -> APIClient:
    return APIClient()


@pytest.fixture
def admin(carol: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(carol)
    return client


def png(size: tuple[int, int] = (40, 30)) -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, "PNG")
    out.seek(0)
    out.name = "cup.png"
    return out


def test_a_product_is_made_in_one_call(admin, anyone):
    mugs = create_category(name="Mugs")
    body = {
        "name": "Sea mug",
        "price": "19.90",
        "sku": "MUG-SEA",
        "stock_quantity": 7,
        "category_id": mugs.pk,
        "description": "Holds tea.",
    }

    answer = admin.post("/api/products", body)

    assert answer.status_code == 201
    data = answer.json()["data"]
    assert data["name"] == "Sea mug"
    assert (data["slug"], data["price"], data["currency"]) == ("sea-mug", "19.90", "EUR")
    assert (data["sku"], data["stock_quantity"], data["in_stock"]) == ("MUG-SEA", 7, True)
    assert data["category"] == {"id": mugs.pk, "slug": "mugs", "name": "Mugs"}
    assert [each["sku"] for each in data["variants"]] == ["MUG-SEA"]
    assert answer["Location"] == f"/api/products/{data['id']}"
    assert answer["ETag"] == admin.get(answer["Location"])["ETag"]
    assert Movement.objects.get().quantity == 7
    shown = anyone.get("/api/products/sea-mug").json()["data"]
    assert shown == anyone.get(f"/api/products/{data['id']}").json()["data"]
    assert shown["description"] == "Holds tea."
    assert Category.objects.get().product_count == 1


def test_the_same_key_makes_one_product(admin):
    body = {
        "name": "Mug",
        "price": "1.00",
        "sku": "MUG",
        "category_id": CategoryFactory().pk,
    }

    first = admin.post("/api/products", body, headers={"Idempotency-Key": "k1"})
    second = admin.post("/api/products", body, headers={"Idempotency-Key": "k1"})

    assert first.json() == second.json()
    assert second["Idempotent-Replayed"] == "true"
    assert Product.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"price": 19.9}, None),
        ({"price": "1e3"}, "price"),
        ({"price": "-1.00"}, "price"),
        ({"price": "1.001"}, "price"),
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"stock_quantity": -1}, "stock_quantity"),
        ({"stock_quantity": "5"}, "stock_quantity"),
        ({"category_id": 999}, "category_id"),
        ({"sku": "a b"}, "sku"),
        ({"surprise": 1}, "surprise"),
        ({"currency": "XXX"}, "currency"),
        ({"tax_class": "moon"}, "tax_class"),
    ],
)
def test_what_makes_no_sense_is_refused(admin, change, field):
    body = {
        "name": "Mug",
        "price": "1.00",
        "sku": "MUG",
        "category_id": CategoryFactory().pk,
        **change,
    }

    answer = admin.post("/api/products", body)

    assert answer.status_code == 400
    if field:
        assert list(answer.json()["errors"]) == [field]
    assert not Product.objects.exists()
    assert not StockItem.objects.exists()


def test_a_taken_sku_is_a_conflict(admin):
    mug = VariantFactory(sku="MUG")
    body = {
        "name": "Other",
        "price": "1.00",
        "sku": "MUG",
        "category_id": mug.product.category_id,
    }

    answer = admin.post("/api/products", body)

    assert (answer.status_code, answer.json()["code"]) == (409, "sku_taken")
    assert Product.objects.count() == 1


def test_changes_need_the_version_that_was_read(admin):
    mug = VariantFactory(sku="MUG", product__name="Mug")
    url = f"/api/products/{mug.product_id}"
    etag = admin.get(url)["ETag"]

    changed = admin.patch(url, {"name": "Cup"}, headers={"If-Match": etag})
    stale = admin.patch(url, {"name": "Bowl"}, headers={"If-Match": etag})

    assert changed.status_code == 200
    assert stale.status_code == 412
    assert Product.objects.get().name == "Cup"
    assert admin.get(url, headers={"If-None-Match": changed["ETag"]}).status_code == 304


def test_price_and_stock_change_with_the_product_of_one_variant(admin):
    mug = VariantFactory(sku="MUG", price_minor=1000, on_hand=3)
    url = f"/api/products/{mug.product_id}"

    answer = admin.put(
        url,
        {
            "name": "Mug",
            "price": "12.50",
            "stock_quantity": 0,
            "category_id": mug.product.category_id,
        },
    )

    data = answer.json()["data"]
    assert (answer.status_code, data["price"], data["stock_quantity"]) == (200, "12.50", 0)
    assert data["in_stock"] is False
    product = Product.objects.get()
    assert (product.lowest_price_minor, product.in_stock) == (1250, False)


@pytest.mark.parametrize(
    ("on_hand", "written", "then_on_hand"),
    # What is for sale is written as it is read; units to be backordered are not invented.
    [(10, 8, 10), (10, 12, 14), (10, 0, 2), (0, 0, 0), (0, 5, 7)],
)
@pytest.mark.parametrize("path", ["/api/products/{mug.product_id}", VARIANT_PATH])
def test_stock_is_written_as_it_is_shown_whatever_is_reserved(
    admin, path: str, on_hand: int, written: int, then_on_hand: int
):
    mug = VariantFactory(sku="MUG", on_hand=on_hand, stock_item__backorder_limit=5)
    reserve_stock({"MUG": 2}, holder="order:A", expires_at=None, at=timezone.now())
    url = path.format(mug=mug)
    shown = admin.get(url).json()["data"]["stock_quantity"]

    answer = admin.patch(url, {"stock_quantity": written})

    item = StockItem.objects.get()
    assert shown == max(on_hand - 2, 0)
    assert (answer.status_code, answer.json()["data"]["stock_quantity"]) == (200, written)
    assert (item.on_hand, item.reserved) == (then_on_hand, 2)


def test_a_product_goes_or_is_archived(admin, anyone):
    mug = VariantFactory(sku="MUG")
    url = f"/api/products/{mug.product_id}"

    answer = admin.delete(url)

    assert (answer.status_code, answer.json()["data"]["deleted"]) == (200, True)
    assert anyone.get(url).status_code == 404
    assert not Variant.objects.exists()


def test_nobody_sees_drafts_and_nobody_but_admins_writes(admin, anyone, alice):
    draft = VariantFactory(sku="D", product__status=ProductStatus.DRAFT).product
    shopper = APIClient()
    shopper.force_authenticate(alice)
    body = {"name": "X", "price": "1.00", "sku": "X", "category_id": draft.category_id}

    assert anyone.get(f"/api/products/{draft.slug}").status_code == 404
    assert anyone.get("/api/products").json()["total"] == 0
    assert admin.get("/api/products", {"status": "draft"}).json()["total"] == 1
    assert anyone.post("/api/products", body).status_code == 401
    assert shopper.post("/api/products", body).status_code == 403
    assert shopper.patch(f"/api/products/{draft.pk}", {"name": "Y"}).status_code == 403
    assert shopper.delete(f"/api/products/{draft.pk}").status_code == 403
    assert Product.objects.count() == 1


def test_the_list_is_filtered_and_sorted(anyone):
    ExchangeRateFactory(currency="USD", rate="2")
    home = create_category(name="Home")
    lamps = create_category(name="Lamps", parent=home)
    oak = AttributeFactory(code="material")
    one = VariantFactory(sku="A", price_minor=1000, product__category=lamps, product__name="Ash")
    two = VariantFactory(sku="B", price_minor=3000, on_hand=0, product__name="Beech")
    ProductAttributeFactory(product=one.product, attribute=oak, text="Oak")

    def names(**query: Any) -> list[str]:
        answer = anyone.get("/api/products", query)
        assert answer.status_code == 200, answer.json()
        return [each["name"] for each in answer.json()["items"]]

    assert names(sort="price_desc") == ["Beech", "Ash"]
    assert names(sort="name") == ["Ash", "Beech"]
    assert names(category="home") == ["Ash"]
    assert names(category=str(home.pk)) == ["Ash"]
    assert names(in_stock="false") == ["Beech"]
    assert names(min_price="10.01") == ["Beech"]
    assert names(max_price="20.00", currency="USD") == ["Ash"]
    assert names(**{"a-material": "Oak"}) == ["Ash"]
    assert names(**{"a-material": "Elm"}) == []
    assert two.sku == "B"


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=x",
        "per_page=101",
        "sort=best",
        "min_price=cheap",
        "in_stock=maybe",
        "colour=red",
        "a-nothing=1",
        "currency=XXX",
        "q=a&q=b",
        "page=%D9%A1",
        "category=%00",
    ],
)
def test_a_query_that_makes_no_sense_is_400(anyone, query):
    assert anyone.get(f"/api/products?{query}").status_code in {400, 404}


@pytest.mark.parametrize(
    "text",
    ["'\"; DROP TABLE", "%", "* OR NEAR(", "x" * 200, "\u202e", "( ( (", "a b c d e f g h i j"],
)
def test_hostile_search_text_finds_nothing_and_breaks_nothing(anyone, text):
    VariantFactory(sku="A")

    answer = anyone.get("/api/products", {"q": text})

    assert answer.status_code in {200, 400}
    if answer.status_code == 200:
        assert answer.json()["total"] == 0
    assert anyone.get("/api/products/suggest", {"q": text}).status_code in {200, 400}


def test_a_list_costs_the_same_for_one_and_for_many(anyone, django_assert_num_queries):
    def add(number: int) -> None:
        mug = VariantFactory(sku=f"M{number}")
        ProductImageFactory(product=mug.product)
        VariantFactory(sku=f"N{number}", product=mug.product)

    add(0)
    anyone.get("/api/products")
    with django_assert_num_queries(6):
        assert anyone.get("/api/products").json()["total"] == 1
    for number in range(1, 6):
        add(number)

    with django_assert_num_queries(6):
        assert len(anyone.get("/api/products").json()["items"]) == 6


def test_a_detail_costs_the_same_for_one_and_for_many(anyone, django_assert_num_queries):
    mug = VariantFactory(sku="M")
    ProductImageFactory(product=mug.product)
    url = f"/api/products/{mug.product.slug}"
    with django_assert_num_queries(7):
        first = anyone.get(url)
    size = ProductOption.objects.create(product=mug.product, name="Size")
    for number in range(5):
        value = OptionValue.objects.create(option=size, value=str(number))
        other = VariantFactory(sku=f"N{number}", product=mug.product)
        other.option_values.add(value)
        ProductImageFactory(product=mug.product)

    with django_assert_num_queries(7):
        second = anyone.get(url)

    assert len(first.json()["data"]["variants"]) == 1
    variants = second.json()["data"]["variants"]
    assert [each["options"] for each in variants] == [
        {},
        *({"Size": str(number)} for number in range(5)),
    ]


def seen(client: APIClient, url: str, etag: str) -> int:
    """The status of reading again what was read at `etag`."""
    return client.get(url, headers={"If-None-Match": etag}).status_code


def test_a_product_read_again_costs_two_queries(anyone, django_assert_num_queries):
    mug = VariantFactory(sku="M")
    url = f"/api/products/{mug.product.slug}"
    etag = anyone.get(url)["ETag"]
    assert seen(anyone, url, etag) == 304

    with django_assert_num_queries(2):
        assert seen(anyone, url, etag) == 304


@pytest.mark.parametrize(
    "change",
    [
        lambda mug: reserve_stock(
            {mug.sku: 1}, holder="order:1", expires_at=None, at=timezone.now()
        ),
        lambda mug: adjust_stock(mug.sku, delta=1, reason="found", actor=SYSTEM, at=timezone.now()),
        lambda mug: set_price(mug, price_minor=1, actor=SYSTEM, at=timezone.now()),
        lambda mug: update_category(mug.product.category, name="Other"),
        lambda mug: update_product(mug.product, care="Wash.", actor=SYSTEM, at=timezone.now()),
        lambda mug: add_variant(
            mug.product, sku="N", price_minor=1, actor=SYSTEM, at=timezone.now()
        ),
    ],
    ids=["a unit is sold", "a unit is found", "price", "category", "text", "variant"],
)
def test_a_product_is_new_when_anything_it_shows_is(
    anyone, change, django_capture_on_commit_callbacks
):
    mug = VariantFactory(sku="M", on_hand=5, price_minor=1000)
    url = f"/api/products/{mug.product.slug}"
    etag = anyone.get(url)["ETag"]
    assert (seen(anyone, url, etag), seen(anyone, url, etag)) == (304, 304)

    with django_capture_on_commit_callbacks(execute=True):
        change(mug)

    assert seen(anyone, url, etag) == 200
    assert anyone.get(url)["ETag"] != etag


def test_a_product_in_another_currency_is_another_version(anyone):
    ExchangeRateFactory(currency="USD", rate="2")
    mug = VariantFactory(sku="M")
    url = f"/api/products/{mug.product.slug}"
    etag = anyone.get(url)["ETag"]
    assert seen(anyone, url, etag) == 304

    assert seen(anyone, f"{url}?currency=USD", etag) == 200


def test_the_described_shape_is_the_real_one(anyone):
    mug = VariantFactory(sku="M")
    ProductImageFactory(product=mug.product)

    detail = anyone.get(f"/api/products/{mug.product.slug}").json()["data"]
    listed = anyone.get("/api/products").json()["items"][0]
    category = anyone.get(f"/api/categories/{mug.product.category.slug}").json()["data"]

    assert set(detail) == set(schemas.ProductDetailSchema().fields)
    assert set(listed) == set(schemas.ProductSchema().fields)
    assert set(listed["variants"][0]) == set(schemas.VariantSchema().fields)
    assert set(listed["images"][0]) == set(schemas.ImageSchema().fields)
    assert set(category) == set(schemas.CategoryDetailSchema().fields)


def test_variants_are_added_changed_and_removed(admin):
    mug = VariantFactory(sku="M")
    base = f"/api/products/{mug.product_id}/variants"

    made = admin.post(base, {"sku": "M2", "price": "5.00", "stock_quantity": 2})
    assert made.status_code == 201, made.json()
    pk = made.json()["data"]["id"]
    changed = admin.patch(f"{base}/{pk}", {"price": "4.00", "stock_quantity": 9})
    assert (changed.json()["data"]["price"], changed.json()["data"]["stock_quantity"]) == (
        "4.00",
        9,
    )
    assert admin.patch(f"{base}/{pk}", {"sku": "OTHER"}).status_code == 409
    assert admin.get(base).json()["total"] == 2
    assert admin.delete(f"{base}/{pk}").json()["data"]["deleted"] is True
    assert admin.delete(f"{base}/{mug.pk}").status_code == 409
    assert Variant.objects.get().sku == "M"


def test_a_picture_is_uploaded_and_taken_off(admin):
    mug = VariantFactory(sku="M")
    url = f"/api/products/{mug.product_id}/images"

    answer = admin.post(url, {"file": png(), "alt": "A red cup"}, format="multipart")

    assert answer.status_code == 201, answer.json()
    data = answer.json()["data"]
    assert (data["alt"], data["width"], data["height"]) == ("A red cup", 40, 30)
    assert data["is_cutout"] is False
    assert data["url"].endswith(".webp")
    assert admin.patch(f"{url}/{data['id']}", {"alt": "Cup"}).json()["data"]["alt"] == "Cup"
    assert admin.delete(f"{url}/{data['id']}").status_code == 200
    assert not ProductImage.objects.exists()


def test_a_file_that_is_no_picture_is_refused(admin):
    mug = VariantFactory(sku="M")
    svg = io.BytesIO(b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>")
    svg.name = "x.svg"

    answer = admin.post(f"/api/products/{mug.product_id}/images", {"file": svg}, format="multipart")

    assert (answer.status_code, answer.json()["code"]) == (400, "picture_refused")
    assert not ProductImage.objects.exists()


def test_categories_come_as_a_list_as_a_tree_and_one_by_one(anyone):
    home = create_category(name="Home")
    lamps = create_category(name="Lamps", parent=home)
    create_category(name="Hidden", parent=home, is_active=False)

    flat = anyone.get("/api/categories").json()
    tree = anyone.get("/api/categories", {"tree": "true"}).json()["data"]
    one = anyone.get("/api/categories/lamps").json()["data"]

    assert [each["slug"] for each in flat["items"]] == ["home", "lamps"]
    assert [(each["slug"], [c["slug"] for c in each["children"]]) for each in tree] == [
        ("home", ["lamps"])
    ]
    assert [each["slug"] for each in one["breadcrumbs"]] == ["home", "lamps"]
    assert anyone.get(f"/api/categories/{lamps.pk}").json()["data"]["id"] == lamps.pk
    assert anyone.get("/api/categories/hidden").status_code == 404


def test_categories_are_made_moved_and_deleted(admin):
    home = admin.post("/api/categories", {"name": "Home"}).json()["data"]
    shed = admin.post("/api/categories", {"name": "Shed"}).json()["data"]
    lamps = admin.post("/api/categories", {"name": "Lamps", "parent_id": home["id"]})
    assert lamps.status_code == 201
    url = f"/api/categories/{lamps.json()['data']['id']}"

    moved = admin.patch(url, {"parent_id": shed["id"], "name": "Lights"})
    loop = admin.patch(f"/api/categories/{shed['id']}", {"parent_id": moved.json()["data"]["id"]})

    assert moved.json()["data"]["parent_id"] == shed["id"]
    assert moved.json()["data"]["name"] == "Lights"
    assert (loop.status_code, loop.json()["code"]) == (409, "category_loop")
    assert admin.delete(f"/api/categories/{shed['id']}").status_code == 409
    assert admin.delete(url).status_code == 200
    assert Category.objects.count() == 2


def lamp(**changes: Any) -> dict[str, Any]:
    """A lamp in two sizes and two colors, of which three combinations are made."""
    return {
        "name": "Lamp",
        "category_id": CategoryFactory().pk,
        "options": [
            {"name": "Size", "values": [{"value": "S"}, {"value": "L"}]},
            {"name": "Color", "values": [{"value": "Red", "swatch": "#ff0000"}, {"value": "Sand"}]},
        ],
        "variants": [
            {
                "sku": f"LAMP-{size}-{color}",
                "price": price,
                "stock_quantity": 3,
                "options": {"Size": size, "Color": color},
            }
            for size, color, price in [
                ("S", "Red", "10.00"),
                ("L", "Red", "20.00"),
                ("L", "Sand", "21.00"),
            ]
        ],
        **changes,
    }


def test_a_product_with_options_is_made_in_one_call(admin, anyone):
    answer = admin.post("/api/products", lamp())

    assert answer.status_code == 201, answer.json()
    data = anyone.get(answer["Location"]).json()["data"]
    assert [
        (each["name"], [value["value"] for value in each["values"]]) for each in data["options"]
    ] == [
        ("Size", ["S", "L"]),
        ("Color", ["Red", "Sand"]),
    ]
    assert [(each["sku"], each["price"], each["options"]) for each in data["variants"]] == [
        ("LAMP-S-Red", "10.00", {"Size": "S", "Color": "Red"}),
        ("LAMP-L-Red", "20.00", {"Size": "L", "Color": "Red"}),
        ("LAMP-L-Sand", "21.00", {"Size": "L", "Color": "Sand"}),
    ]
    assert (data["price"], data["stock_quantity"]) == ("10.00", 9)


def changed(place: int, **changes: Any) -> dict[str, Any]:
    """The lamp, one of its variants otherwise."""
    body = lamp()
    body["variants"][place] |= changes
    return body


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (lambda: changed(1, options={"Size": "S", "Color": "Red"}), "variants.1.options"),
        (lambda: changed(1, options={"Size": "L"}), "variants.1.options"),
        (lambda: changed(0, options={"Size": "S", "Color": "Blue"}), "variants.0.options"),
        (lambda: changed(2, price="1.001"), "variants.2.price"),
        (lambda: changed(2, currency="USD"), "currency"),
        (lambda: lamp(price="10.00"), "price"),
        (lambda: lamp(options=[]), "options.non_field_errors"),
        (lambda: {"name": "Lamp", "category_id": CategoryFactory().pk}, "price"),
    ],
    ids=["twin", "half", "unknown", "amount", "currency", "both", "no options", "nothing"],
)
def test_options_and_variants_that_do_not_fit_make_nothing(admin, body, field):
    answer = admin.post("/api/products", body())

    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    assert (Product.objects.count(), Variant.objects.count(), StockItem.objects.count()) == (
        0,
        0,
        0,
    )


def test_a_taken_sku_among_variants_makes_nothing(admin):
    VariantFactory(sku="LAMP-L-Sand")

    answer = admin.post("/api/products", lamp())

    assert (answer.status_code, answer.json()["code"]) == (409, "sku_taken")
    assert (Product.objects.count(), Variant.objects.count()) == (1, 1)


def test_what_products_refer_to_can_be_read(anyone, django_assert_num_queries):
    maker = MakerFactory(name="Oak & Co", slug="oak-co")
    kind = AttributeFactory(code="material", kind="choice").product_type
    kind.attributes.get().choices.create(value="Oak")

    makers = anyone.get("/api/makers").json()
    with django_assert_num_queries(4):
        types = anyone.get("/api/product-types/").json()

    assert [each["id"] for each in makers["items"]] == [maker.pk]
    assert anyone.get("/api/makers/oak-co").json()["data"]["name"] == "Oak & Co"
    assert types["items"][0]["attributes"][0]["choices"] == ["Oak"]
    assert anyone.get(f"/api/product-types/{kind.pk}").json()["data"]["code"] == kind.code
    assert anyone.get("/api/product-types/none").status_code == 404


def test_a_variant_is_priced_in_its_own_currency_only(admin):
    ExchangeRateFactory(currency="USD", rate="2")
    mug = VariantFactory(sku="M", price_minor=1000, currency="USD")
    url = f"/api/products/{mug.product_id}/variants/{mug.pk}"

    asked = admin.patch(f"{url}?currency=EUR", {"price": "3.00"})
    other = admin.patch(url, {"price": "3.00", "currency": "EUR"})
    own = admin.patch(url, {"price": "4.00", "currency": "USD"})

    assert (asked.status_code, other.status_code, own.status_code) == (400, 400, 200)
    assert list(other.json()["errors"]) == ["currency"]
    mug.refresh_from_db()
    assert (mug.price_minor, mug.currency) == (400, "USD")


def test_only_staff_list_products_by_status(anyone, admin):
    VariantFactory(sku="D", product__status=ProductStatus.DRAFT)

    assert anyone.get("/api/products", {"status": "draft"}).status_code == 403
    assert admin.get("/api/products", {"status": "draft"}).json()["total"] == 1


def test_a_picture_is_uploaded_once_for_each_key(admin, alice):
    mug = VariantFactory(sku="M")
    url = f"/api/products/{mug.product_id}/images"
    sent = [
        admin.post(url, {"file": png()}, format="multipart", headers={"Idempotency-Key": "one"})
        for _ in range(2)
    ]

    assert [answer.status_code for answer in sent] == [201, 201]
    assert sent[0].json() == sent[1].json()
    assert ProductImage.objects.count() == 1
    data = sent[0].json()["data"]
    assert data["url"].startswith("http://")
    shown = admin.get(data["url"].removeprefix(settings.SITE_URL))
    assert shown["Cross-Origin-Resource-Policy"] == "cross-origin"
