"""Products: made, changed, shown, archived; variants, stored facts and what follows stock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from catalog.categories import create_category
from catalog.errors import NotSellable, SkuTaken
from catalog.models import Category, Product, SlugRedirect, Variant
from catalog.products import (
    Value,
    add_variant,
    archive_product,
    create_product,
    delete_product,
    publish_product,
    remove_variant,
    set_attributes,
    set_options,
    unpublish_product,
    update_product,
    update_variant,
)
from catalog.states import ProductStatus
from catalog.stored_facts import show_due
from catalog.tests.factories import (
    AttributeChoiceFactory,
    AttributeFactory,
    CategoryFactory,
    VariantFactory,
)
from inventory.services import adjust_stock, reserve_stock
from shop.core.actors import SYSTEM
from shop.core.errors import Conflict, Invalid
from shop.core.integrity import check
from shop.core.outbox import deliver_due

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
DONE_BY = {"actor": SYSTEM, "at": NOW}


def make(name: str = "Mug", sku: str = "MUG", **more: object) -> Product:
    category = more.pop("category", None) or CategoryFactory()
    return create_product(
        name=name, category=category, sku=sku, price_minor=1000, **{**DONE_BY, **more}
    )


def breaches() -> list[object]:
    return [breach.code for _invariant, breach in check(at=NOW) if breach]


def test_a_new_product_has_all_that_its_books_need():
    product = make(stock_quantity=3)

    assert (product.lowest_price_minor, product.in_stock, product.variant_count) == (1000, True, 1)
    assert (product.slug, product.tax_class.code) == ("mug", "standard")
    assert product.is_published(at=NOW)
    assert breaches() == []


def test_the_same_name_gets_another_address():
    make()

    assert make(sku="MUG2").slug == "mug-2"


def test_a_taken_sku_leaves_nothing_behind():
    make()

    with pytest.raises(SkuTaken):
        make(name="Cup")

    assert Product.objects.count() == 1


def test_an_old_address_leads_to_the_new_one():
    product = make()

    product = update_product(product, slug="tea-mug", **DONE_BY)

    assert (product.slug, product.version) == ("tea-mug", 3)
    assert SlugRedirect.objects.get().old_slug == "mug"


def test_counts_follow_status_and_category():
    home, lamps = create_category(name="Home"), None
    lamps = create_category(name="Lamps", parent=home)
    product = make(category=lamps)

    def counts() -> list[int]:
        return list(Category.objects.order_by("lft").values_list("product_count", flat=True))

    assert counts() == [1, 1]
    unpublish_product(product, **DONE_BY)
    assert counts() == [0, 0]
    publish_product(product, **DONE_BY)
    update_product(product, category=home, **DONE_BY)
    assert counts() == [1, 0]
    archive_product(product, **DONE_BY)
    assert counts() == [0, 0]


def test_a_product_without_a_variant_on_sale_cannot_be_shown():
    product = make(status=ProductStatus.DRAFT)
    update_variant(product.variants.get(), is_active=False, **DONE_BY)

    with pytest.raises(NotSellable):
        publish_product(product, **DONE_BY)

    assert Product.objects.get().status == ProductStatus.DRAFT


def test_what_is_reserved_is_archived_instead_of_deleted():
    product = make(stock_quantity=3)
    reserve_stock({"MUG": 1}, holder="order:A", expires_at=None, at=NOW)

    assert delete_product(product, **DONE_BY) is False

    assert Product.objects.get().status == ProductStatus.ARCHIVED


def test_a_deleted_products_sku_can_be_sold_again():
    product = make(stock_quantity=3)
    assert delete_product(product, **DONE_BY) is True

    again = make(stock_quantity=5)

    assert again.variants.get().stock_item.on_hand == 5
    assert breaches() == []


def test_options_make_variants_and_labels():
    product = make()
    set_options(
        product,
        {"Color": [Value("Red", "RED", "#da4240"), Value("Sky")], "Size": [Value("S")]},
        **DONE_BY,
    )
    red = {"Color": "Red", "Size": "S"}

    variant = add_variant(product, sku="M-RED-S", price_minor=1200, options=red, **DONE_BY)

    assert variant.label == "Red, S"
    with pytest.raises(Conflict):
        add_variant(product, sku="M-2", price_minor=1200, options=red, **DONE_BY)
    with pytest.raises(Invalid):
        add_variant(product, sku="M-3", price_minor=1, options={"Color": "Red"}, **DONE_BY)
    with pytest.raises(Conflict):
        set_options(product, {"Size": [Value("S")]}, **DONE_BY)
    product = Product.objects.get()
    assert (product.highest_price_minor, product.variant_count) == (1200, 2)
    assert breaches() == []


def test_the_last_variant_stays():
    product = make()

    with pytest.raises(Conflict):
        remove_variant(product.variants.get(), **DONE_BY)

    assert Variant.objects.count() == 1


def test_pages_follow_stock_through_the_outbox():
    product = make(stock_quantity=1)
    version = Product.objects.get().version

    reserve_stock({"MUG": 1}, holder="order:A", expires_at=None, at=NOW)
    deliver_due()

    gone = Product.objects.get()
    assert (gone.in_stock, Variant.objects.get().in_stock) == (False, False)
    assert gone.version > version
    adjust_stock("MUG", delta=4, reason="came", **DONE_BY)
    deliver_due()
    assert Product.objects.get(pk=product.pk).in_stock is True
    assert breaches() == []


def test_a_product_appears_when_its_moment_has_come():
    later = NOW + timedelta(hours=1)
    product = make(published_at=later)
    assert not Product.objects.published(at=NOW).exists()

    assert show_due(since=NOW, at=NOW + timedelta(minutes=59)) == 0
    assert show_due(since=NOW, at=later) == 1

    assert Product.objects.published(at=later).get() == product


def test_attributes_are_typed_and_become_facets():
    attribute = AttributeFactory(code="width", kind="integer", label="Width")
    kind = attribute.product_type
    AttributeChoiceFactory(
        attribute=AttributeFactory(product_type=kind, code="material", kind="choice"), value="Oak"
    )
    product = make()
    product = update_product(product, product_type=kind, **DONE_BY)

    set_attributes(product, {"width": 30, "material": "Oak"}, **DONE_BY)

    facets = Product.objects.all().facet_counts()
    assert [(each.code, each.value, each.count) for each in facets] == [
        ("material", "Oak", 1),
        ("width", "30", 1),
    ]
    assert list(Product.objects.with_attribute("width", ["30"])) == [product]
    with pytest.raises(Invalid) as refusal:
        set_attributes(product, {"width": "wide", "material": "Elm", "x": 1}, **DONE_BY)
    assert sorted(refusal.value.errors) == ["material", "width", "x"]
    assert product.attribute_values.count() == 2


@pytest.mark.parametrize("kind", ["text", "choice", "integer", "boolean"])
def test_an_attribute_with_a_nul_is_refused_alike_on_either_database(kind):
    attribute = AttributeFactory(code="finish", kind=kind)
    product = update_product(make(), product_type=attribute.product_type, **DONE_BY)

    with pytest.raises(Invalid) as refusal:
        set_attributes(product, {"finish": "Oiled\x00oak"}, **DONE_BY)

    assert list(refusal.value.errors) == ["finish"]
    assert product.attribute_values.count() == 0


def test_a_list_counts_its_facets_and_prices_in_one_query_each(django_assert_num_queries):
    for price in (1000, 2000, 2000, 5000):
        VariantFactory(price_minor=price)
    products = Product.objects.published(at=NOW)
    products.totals()

    with django_assert_num_queries(4):
        totals = products.totals()
        products.facet_counts()
        products.maker_counts()
        least, most, bars = products.price_histogram(4)

    assert (totals.all, totals.in_stock) == (4, 4)
    assert (least, most, bars) == (1000, 5000, [1, 2, 0, 1])


def test_a_listing_costs_the_same_for_one_and_for_many(django_assert_num_queries):
    VariantFactory()
    with django_assert_num_queries(5):
        assert len(Product.objects.published(at=NOW).for_listing()) == 1
    for number in range(5):
        VariantFactory(sku=f"N{number}")

    with django_assert_num_queries(5):
        assert len(Product.objects.published(at=NOW).for_listing()) == 6
