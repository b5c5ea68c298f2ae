"""Deep pages hold what OFFSET would give, without reading all that is before them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog import deep_pages
from catalog.deep_pages import rows_of
from catalog.models import Product
from catalog.querysets import SORTS
from catalog.tests.factories import LAST_YEAR, ProductFactory
from shop.core import caching

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _short_strides(monkeypatch):
    monkeypatch.setattr(deep_pages, "STRIDE", 4)


@pytest.fixture
def products():
    """Fifteen products, many of them alike."""
    for number in range(15):
        ProductFactory(
            name=f"Chair {number % 4}",
            published_at=LAST_YEAR + timedelta(days=number % 3),
            sold_count=number % 2,
            lowest_price_minor=1000 * (number % 5),
        )
    return Product.objects.published(at=timezone.now())


def page(products, sort, start, size=3):
    return [pk for (pk,) in rows_of(products, sort, "pk", start=start, size=size)]


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("starts", [range(16), range(15, -1, -1)], ids=["forward", "back"])
def test_every_page_is_the_one_that_offset_gives(products, sort, starts):
    whole = list(products.sorted_by(sort).values_list("pk", flat=True))

    for start in starts:
        assert page(products, sort, start) == whole[start : start + 3]


def test_a_mark_is_looked_for_once(products, django_assert_num_queries):
    caching.catalog_version()

    with django_assert_num_queries(1):
        page(products, "new", 3)
    with django_assert_num_queries(2):
        page(products, "new", 9)
    for start in (8, 10):
        with django_assert_num_queries(2):
            page(products, "new", start)
    with django_assert_num_queries(3):
        page(products, "new", 13)


def test_a_mark_that_is_gone_is_found_again(products):
    whole = list(products.sorted_by("price_asc").values_list("pk", flat=True))
    page(products, "price_asc", 8)

    Product.objects.filter(pk=whole.pop(7)).delete()

    assert page(products, "price_asc", 8) == whole[8:11]


def test_other_filters_and_orders_have_marks_of_their_own(products):
    page(products, "popular", 8)
    few = products.filter(sold_count=0)

    assert page(few, "popular", 4) == list(
        few.sorted_by("popular").values_list("pk", flat=True)[4:7]
    )


def test_beyond_the_end_there_is_nothing(products):
    assert page(products, "name", 40) == []


def test_the_index_is_read_from_the_mark_on(products):
    page(products, "popular", 8)
    key = deep_pages._mark(products, "popular", 8)

    sql = str(deep_pages._beyond(products.sorted_by("popular"), "popular", key).query)

    assert f'("catalog_product"."sold_count", "catalog_product"."id") < ({key[0]}, {key[1]})' in sql
