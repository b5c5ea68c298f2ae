"""Search finds what is meant, and nothing somebody types can break it."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from catalog.models import Product, SearchWord
from catalog.products import archive_product, update_product
from catalog.search import closest, database, did_you_mean, find, reindex, suggest
from catalog.search.words import distance, nearest, singular, typed_words, words_of
from catalog.tests.factories import VariantFactory
from shop.core.actors import SYSTEM
from shop.core.outbox import deliver_due
from shop.core.tests.statistics import counted_rows

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def shelf(db: None) -> None:
    for name, sku, text in [
        ("Rosehip teapot", "LN-POT-RED", "Pours without a drip."),
        ("Paper lantern", "LN-LANT-1", "Hang it over the teapot."),
        ("Crème bowl", "LN-BOWL", "For soup."),
        ("Diyarbakır rug", "LN-RUG", "Wool."),
    ]:
        VariantFactory(sku=sku, product__name=name, product__description=text)
    reindex(Product.objects.values_list("pk", flat=True))


def names(query: str, **options: bool) -> list[str]:
    found = find(Product.objects.published(at=NOW), query, **options)
    return [product.name for product in found.sorted_by("relevance")]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("teapot", ["Rosehip teapot", "Paper lantern"]),
        ("TEAPOTS", ["Rosehip teapot", "Paper lantern"]),
        ("rose", ["Rosehip teapot"]),
        ("lanterns paper", ["Paper lantern"]),
        ("creme", ["Crème bowl"]),
        ("crème bowls", ["Crème bowl"]),
        ("ln-lant-1", ["Paper lantern"]),
        ("diyarbakir", ["Diyarbakır rug"]),
        ("DİYARBAKIR", ["Diyarbakır rug"]),
        ("diyarbakır", ["Diyarbakır rug"]),
        ("teapot soup", []),
        ("", []),
        ("…", []),
    ],
)
def test_words_find_products_names_first(shelf, query, found):
    assert names(query) == found


@pytest.mark.parametrize(
    "query",
    ['"', "a AND", "NEAR(a b)", "name:x", "* ^ -", "%_%", "'); DROP TABLE x;--", "a:* & !b | (c",
     "\\", "x" * 100_000, "ab " * 50_000, "𝕬𝖇", "日本語", "e\u0301" * 500],
)  # fmt: skip
def test_no_text_is_an_operator_or_costs_much(shelf, query, django_assert_max_num_queries):
    with django_assert_max_num_queries(25):
        find(Product.objects.published(at=NOW), query).count()
        list(closest(Product.objects.all(), query))
        suggest(query)
        did_you_mean(query)


def test_a_misspelled_word_is_put_right(shelf):
    assert did_you_mean("teepot") == "teapot"
    assert did_you_mean("papre lantren") == "paper lantern"
    assert did_you_mean("teapot") == ""
    assert did_you_mean("xyzzyx") == ""
    assert [product.name for product in closest(Product.objects.all(), "lantren")] == [
        "Paper lantern"
    ]


def test_what_is_typed_is_completed(shelf):
    assert suggest("tea") == ["teapot"]
    assert suggest("paper lan") == ["paper lantern"]
    assert suggest("") == []


def test_the_index_follows_the_products(shelf):
    bowl = Product.objects.get(name="Crème bowl")
    update_product(bowl, name="Walnut dish", actor=SYSTEM, at=NOW)
    deliver_due()

    assert names("walnut") == ["Walnut dish"]
    assert names("creme") == []
    archive_product(bowl, actor=SYSTEM, at=NOW)
    deliver_due()
    assert names("walnut") == []


def test_the_index_is_made_again_by_command(shelf):
    reindex_before = names("teapot")

    out = StringIO()
    call_command("rebuild_search", stdout=out)

    assert names("teapot") == reindex_before
    assert "4 products indexed." in out.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize("order", [1, -1])
def test_a_word_that_many_products_have_finds_the_same_ones_each_time(monkeypatch, order):
    """However rows lie on the disk: nothing is left out before everything has its place."""
    monkeypatch.setattr(database, "MOST_HITS", 6)
    monkeypatch.setattr(database, "MOST_FOUND", 4)
    made = [
        VariantFactory(product__name="Oak stool", price_minor=1000 + place).product
        for place in range(12)
    ]
    for product in made[::order]:
        reindex([product.pk])
    newest = [product.pk for product in reversed(made)][:4]

    def found(sort: str) -> list[int]:
        products = find(Product.objects.published(at=NOW), "oak stool")
        return list(products.sorted_by(sort).values_list("pk", flat=True))

    assert [found("relevance") for _time in range(4)] == [newest] * 4
    assert [found("price_asc") for _time in range(4)] == [sorted(newest)] * 4
    assert [found("price_desc") for _time in range(4)] == [newest] * 4


@pytest.mark.postgres
@pytest.mark.django_db
def test_the_best_hit_is_found_however_many_are_newer(monkeypatch):
    monkeypatch.setattr(database, "MOST_FOUND", 3)
    best = VariantFactory(product__name="Oak").product
    for _each in range(8):
        VariantFactory(product__name="Stool", product__description="Made of oak.")
    reindex(Product.objects.values_list("pk", flat=True))

    assert find(Product.objects.published(at=NOW), "oak").sorted_by("relevance")[0] == best


@pytest.mark.django_db
def test_a_rebuild_leaves_the_planner_with_what_the_index_holds(shelf):
    call_command("rebuild_search", stdout=StringIO())

    assert counted_rows("catalog_searchword") == SearchWord.objects.count()
    if connection.vendor == "postgresql":
        assert counted_rows("catalog_search") == 4


def test_a_search_is_one_query(shelf, django_assert_num_queries):
    with django_assert_num_queries(1):
        find(Product.objects.published(at=NOW), "teapot lantern creme rose")


def test_words_are_plain_and_bounded():
    assert words_of("Crème-BRÛLÉE, Straße_7!") == ["creme", "brulee", "strasse", "7"]
    assert words_of("Diyarbakır Łódź Smørrebrød Þór İzmir") == [
        "diyarbakir",
        "lodz",
        "smorrebrod",
        "thor",
        "izmir",
    ]
    # Other scripts stay as they are typed.
    assert words_of("Чайник 茶杯") == ["чаиник", "茶杯"]
    assert len(typed_words("a b c d e f g h i j k")) == 8
    assert [singular(each) for each in ("lamps", "boxes", "glass", "bus")] == [
        "lamp",
        "box",
        "glass",
        "bus",
    ]
    assert distance("teepot", "teapot", 2) == 1
    assert distance("lantren", "lantern", 2) == 1
    assert distance("abc", "xyz", 1) == 2
    assert nearest("teepot", [("teapot", 3), ("depot", 9)]) == "teapot"
