"""The shop window: lists, search and content pages, as visitors get them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone
from pytest_django.asserts import assertHTMLEqual, assertInHTML

from catalog.models import Category, HomeBlock, HomeBlockProduct, Page, SlugRedirect
from catalog.search import reindex
from catalog.states import ProductStatus
from catalog.tests.factories import (
    AttributeFactory,
    CategoryFactory,
    CollectionFactory,
    ExchangeRateFactory,
    MakerFactory,
    ProductAttributeFactory,
    ProductFactory,
    VariantFactory,
)
from shop.core.caching import bump_catalog_version

pytestmark = pytest.mark.django_db


def a_product(**fields):
    """A product with one variant of 10 units, at 20.00 EUR."""
    variant_fields = {
        name.removeprefix("variant__"): fields.pop(name)
        for name in list(fields)
        if name.startswith("variant__")
    }
    return VariantFactory(product=ProductFactory(**fields), **variant_fields).product


def text(response) -> str:
    return response.content.decode()


class TestHome:
    def test_shows_the_blocks_in_order_with_their_products(self, client):
        lamp = a_product(name="Brass lamp")
        HomeBlock.objects.create(kind="hero", key="hero", title="Things that last", position=1)
        again = HomeBlock.objects.create(kind="again", key="again", title="Again", position=2)
        HomeBlockProduct.objects.create(block=again, product=lamp)

        page = text(client.get("/"))

        assert page.index("Things that last") < page.index(">Again<") < page.index("Brass lamp")
        assert page.count("<h1") == 1

    def test_hides_drafts_that_a_block_names(self, client):
        draft = a_product(name="Secret lamp", status=ProductStatus.DRAFT)
        block = HomeBlock.objects.create(kind="again", key="again", title="Again")
        HomeBlockProduct.objects.create(block=block, product=draft)

        assert "Secret lamp" not in text(client.get("/"))

    def test_is_the_same_for_everyone_and_sets_no_cookie(self, client, django_user_model):
        alice = django_user_model.objects.create_user("alice@example.com", "long-enough-secret")
        guest = client.get("/")
        client.force_login(alice)

        signed_in = client.get("/")

        assert signed_in.content == guest.content
        assert not signed_in.cookies
        assert "csrfmiddlewaretoken" not in text(signed_in)
        assert signed_in["Cache-Control"].startswith("public")


class TestCategory:
    def test_shows_products_of_the_categories_below(self, client):
        room = CategoryFactory(name="Kitchen", slug="kitchen")
        a_product(name="Blue teapot", category=CategoryFactory(parent=room))
        a_product(name="Camera")

        page = text(client.get("/c/kitchen/"))

        assert "Blue teapot" in page
        assert "Camera" not in page

    def test_query_count_does_not_grow_with_the_products(
        self, client, django_assert_num_queries, django_capture_on_commit_callbacks
    ):
        room = CategoryFactory(slug="kitchen")
        a_product(category=room)
        client.get("/c/kitchen/?sort=name")

        with django_assert_num_queries(2):  # page, tile; the counts are remembered
            client.get("/c/kitchen/?sort=new")

        for _number in range(23):
            a_product(category=room)
        with django_capture_on_commit_callbacks(execute=True):
            bump_catalog_version()
        client.get("/categories/")
        # Totals, facets, makers, prices; cards that nobody has seen yet: products, variants,
        # stock, pictures, options.
        with django_assert_num_queries(11):
            client.get("/c/kitchen/?sort=price_asc")
        with django_assert_num_queries(2):
            client.get("/c/kitchen/?sort=price_desc")

    def test_what_is_counted_is_counted_again_once_the_catalog_changes(
        self, client, django_capture_on_commit_callbacks
    ):
        room = CategoryFactory(slug="kitchen")
        a_product(category=room)
        assert client.get("/c/kitchen/").context["listing"].total == 1

        with django_capture_on_commit_callbacks(execute=True):
            a_product(category=room)
            bump_catalog_version()

        assert client.get("/c/kitchen/?sort=new").context["listing"].total == 2

    def test_unknown_one_is_404_and_a_renamed_one_moves_for_good(self, client):
        room = CategoryFactory(slug="kitchen")
        SlugRedirect.objects.create(kind="category", old_slug="galley", category=room)

        moved = client.get("/c/galley/?sort=new")

        assert moved.status_code == 301
        assert moved["Location"] == "/c/kitchen/?sort=new"
        assert client.get("/c/nowhere/").status_code == 404

    def test_a_hidden_one_is_404(self, client):
        CategoryFactory(slug="attic", is_active=False)

        assert client.get("/c/attic/").status_code == 404

    def test_pages_split_after_24_and_the_next_is_a_plain_link(self, client):
        room = CategoryFactory(slug="kitchen")
        for _number in range(25):
            a_product(category=room)

        first, second = client.get("/c/kitchen/"), client.get("/c/kitchen/?page=2")

        assert text(first).count('<article class="card') == 24
        assert 'rel="next" href="/c/kitchen/?page=2"' in " ".join(text(first).split())
        assert text(second).count('<article class="card') == 1

    def test_show_more_answers_only_the_new_cards(self, client):
        room = CategoryFactory(slug="kitchen")
        for _number in range(25):
            a_product(category=room)

        part = text(client.get("/c/kitchen/?page=2&part=more"))

        assert part.startswith('<div id="more">')
        assert part.count('<article class="card') == 1

    @pytest.mark.parametrize(
        "query",
        [
            "page=0", "page=x", "page=99999999", "page=٣", "sort=%00", "min_price=NaN",
            "min_price=1e9", "max_price=-1", "in_stock=2", "a-wood=%00", "maker=%F0%9F%98%80",
            "min_price=99999999999999", "a-=x", "q=%00", "page=-1&page=2",
        ],
    )  # fmt: skip
    def test_nonsense_in_the_address_is_left_out(self, client, query):
        room = CategoryFactory(slug="kitchen")
        a_product(name="Blue teapot", category=room)

        response = client.get(f"/c/kitchen/?{query}")

        assert response.status_code == 200


class TestFilters:
    def test_values_of_a_facet_are_alternatives_and_keep_their_counts(self, client):
        room = CategoryFactory(slug="kitchen")
        wood = AttributeFactory(code="wood", label="Wood")
        for value, count in [("Oak", 2), ("Ash", 1)]:
            for _number in range(count):
                product = a_product(category=room)
                ProductAttributeFactory(product=product, attribute=wood, text=value)

        listing = client.get("/c/kitchen/?a-wood=Oak").context["listing"]

        assert listing.total == 2
        facet = next(each for each in listing.facets if each.name == "a-wood")
        assert [(each.label, each.count, each.is_checked) for each in facet.values] == [
            ("Ash", 1, False),
            ("Oak", 2, True),
        ]
        assert [each.label for each in listing.applied] == ["Oak"]
        assert listing.applied[0].remove_url == "/c/kitchen/"

    def test_price_and_stock_narrow_and_say_so(self, client):
        room = CategoryFactory(slug="kitchen")
        a_product(name="Cheap", category=room, variant__price_minor=500)
        a_product(name="Right", category=room, variant__price_minor=2000)
        a_product(name="Gone", category=room, variant__price_minor=2500, variant__on_hand=0)

        listing = client.get("/c/kitchen/?min_price=10&max_price=30,00&in_stock=1").context[
            "listing"
        ]

        assert listing.total == 1
        assert "Right" in listing.cards[0]
        assert [each.label for each in listing.applied] == ["In stock", "€10 to €30"]
        assert listing.in_stock_count == 1

    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            ("/c/kitchen/?sort=new&min_price=&max_price=", "/c/kitchen/?sort=new"),
            ("/c/kitchen/?min_price=&max_price=9", "/c/kitchen/?max_price=9"),
            ("/c/kitchen/?min_price=", "/c/kitchen/"),
            ("/search/?q=", "/search/"),
            ("/search/?q=cup&min_price=", "/search/?q=cup"),
        ],
    )
    def test_fields_that_were_left_empty_are_not_in_the_address(self, client, sent, kept):
        a_product(name="Cup", category=CategoryFactory(slug="kitchen"))

        response = client.get(sent)

        assert (response.status_code, response["Location"]) == (302, kept)
        assert client.get(kept).status_code == 200

    def test_the_button_of_the_sheet_is_a_part_that_says_what_the_ticks_leave(self, client):
        room = CategoryFactory(slug="kitchen")
        a_product(name="Cheap", category=room, variant__price_minor=500)
        a_product(name="Right", category=room, variant__price_minor=2000)

        part = text(client.get("/c/kitchen/?max_price=10&part=show"))

        assertHTMLEqual(
            part, '<button class="btn" id="s-show" form="s-facets">Show 1 item</button>'
        )

    def test_a_list_without_filters_has_no_column_for_them(self, client):
        a_product(category=CategoryFactory(slug="lanterns"))

        page = text(client.get("/c/lanterns/"))

        assertInHTML("<strong data-total>1 item</strong>", page)
        assert 'class="facets"' not in page
        assert 'class="sort"' not in page

    @pytest.mark.parametrize(("prices", "bars"), [([500, 2000], 0), ([500, 1200, 2000], 14)])
    def test_a_histogram_is_drawn_only_where_it_says_something(self, client, prices, bars):
        room = CategoryFactory(slug="kitchen")
        for price in prices:
            a_product(category=room, variant__price_minor=price)

        response = client.get("/c/kitchen/")

        assert len(response.context["listing"].price.bars) == bars
        assert ('class="hist"' in text(response)) is bool(bars)
        assert 'name="min_price"' in text(response)

    def test_makers_are_a_facet(self, client):
        room = CategoryFactory(slug="kitchen")
        a_product(category=room, maker=MakerFactory(name="Aurel", slug="aurel"))
        a_product(category=room, maker=MakerFactory(name="Halden", slug="halden"))

        listing = client.get("/c/kitchen/?maker=aurel").context["listing"]

        assert listing.total == 1
        assert [(each.label, each.count) for each in listing.facets[0].values] == [
            ("Aurel", 1),
            ("Halden", 1),
        ]

    def test_more_than_two_filters_are_not_for_search_engines(self, client):
        room = CategoryFactory(slug="kitchen")
        a_product(category=room, maker=MakerFactory(slug="aurel"))

        page = text(client.get("/c/kitchen/?in_stock=1&min_price=1&maker=aurel"))

        assert 'content="noindex,follow"' in page
        assert 'rel="canonical" href="http://127.0.0.1:8000/c/kitchen/"' in page

    def test_each_facet_in_use_costs_one_more_query(self, client, django_assert_num_queries):
        room = CategoryFactory(slug="kitchen")
        wood = AttributeFactory(code="wood")
        product = a_product(category=room)
        ProductAttributeFactory(product=product, attribute=wood, text="Oak")
        client.get("/c/kitchen/")

        with django_assert_num_queries(6):
            client.get("/c/kitchen/?a-wood=Oak")


class TestOtherLists:
    def test_a_collection_by_rule_shows_what_fits(self, client):
        CollectionFactory(slug="cheap", rule={"max_price_minor": 1000, "currency": "EUR"})
        a_product(name="Soap", variant__price_minor=900)
        a_product(name="Sofa", variant__price_minor=90000)

        page = text(client.get("/collections/cheap/"))

        assert "Soap" in page
        assert "Sofa" not in page

    def test_a_maker_has_a_story_and_products(self, client):
        aurel = MakerFactory(name="Aurel", slug="aurel", story="Two people & a lathe.")
        a_product(name="Radio", maker=aurel)

        page = text(client.get("/makers/aurel/"))

        assert "Two people &amp; a lathe." in page
        assert "Radio" in page

    def test_all_categories_are_one_tree(self, client, django_assert_num_queries):
        room = CategoryFactory(name="Kitchen")
        CategoryFactory(name="Teapots", parent=room)
        client.get("/categories/")

        with django_assert_num_queries(0):
            page = text(client.get("/categories/?again"))

        assert "Kitchen" in page
        assert "Teapots" in page

    def test_the_menu_answers_both_shapes(self, client):
        CategoryFactory(name="Kitchen", slug="kitchen")

        assert 'id="mega-kitchen" hidden' in text(client.get("/menu/"))
        assert 'id="level-kitchen"' in text(client.get("/menu/?as=phone"))


class TestSearch:
    def test_finds_by_name_and_counts(self, client):
        camera, teapot = a_product(name="Field camera"), a_product(name="Teapot")
        reindex([camera.pk, teapot.pk])

        response = client.get("/search/?q=camera")

        assert "1 result for “camera”" in text(response)
        assert response.context["listing"].total == 1

    def test_a_misspelled_word_is_put_right(self, client):
        camera = a_product(name="Field camera")
        reindex([camera.pk])

        response = client.get("/search/?q=camrea")

        assert response.context["did_you_mean"] == "camera"
        assert "No results for “camrea”" in text(response)

    def test_nothing_found_is_never_an_empty_page(self, client):
        a_product(name="Field camera")

        response = client.get("/search/?q=zzzzqq")

        assert response.status_code == 200
        assert "Field camera" in text(response)

    def test_what_was_typed_is_escaped(self, client):
        page = text(client.get('/search/?q="><script>alert(1)</script>'))

        assert "<script>alert" not in page

    def test_suggestions_are_options_of_a_listbox(self, client):
        camera = a_product(name="Field camera")
        CategoryFactory(name="Cameras", slug="cameras")
        reindex([camera.pk])

        page = text(client.get("/search/suggest/?q=cam"))

        assert 'href="/p/' in page
        assert 'href="/c/cameras/"' in page
        assert 'href="/search/?q=camera"' in page

    def test_before_anything_is_typed_the_popular_is_offered(self, client):
        a_product(category=CategoryFactory(name="Cameras", slug="cameras"))
        Category.objects.update(product_count=1)

        page = text(client.get("/search/suggest/?popular=1"))

        assert "Popular searches" in page
        assert 'href="/search/?q=Cameras"' in page
        assert 'href="/c/cameras/"' in page
        assert "All results for" not in page

    @pytest.mark.parametrize("query", ["", "c", "%00", "   ", "x" * 3000])
    def test_suggestions_for_too_little_are_none(self, client, query):
        response = client.get(f"/search/suggest/?q={query}")

        assert response.status_code == 200
        assert 'role="option"' not in text(response)


class TestContent:
    def test_a_legal_page_shows_its_sample_note_and_escapes_its_text(self, client):
        Page.objects.create(
            kind="legal", slug="terms", title="Terms", body="## Law\n\n<b>bold</b>\n\nTwo",
            sample_note="Only a sample.",
        )  # fmt: skip

        page = text(client.get("/pages/terms/"))

        assert "Only a sample." in page
        assert "<h2>Law</h2>" in page
        assert "&lt;b&gt;bold&lt;/b&gt;" in page

    def test_an_unpublished_page_is_404(self, client):
        Page.objects.create(kind="help", slug="soon", title="Soon", body="x", is_published=False)

        assert client.get("/pages/soon/").status_code == 404

    def test_help_lists_its_pages(self, client):
        Page.objects.create(kind="help", slug="returns", title="Returns", body="x")

        assert 'href="/pages/returns/"' in text(client.get("/help/"))


class TestNotFound:
    def test_search_is_filled_from_the_address_and_guesses_are_near(self, client):
        camera = a_product(name="Field camera")
        reindex([camera.pk])

        response = client.get("/p/field-camera-53/")

        assert response.status_code == 404
        assert 'value="field camera 53"' in text(response)
        assert f'href="/p/{camera.slug}/"' in text(response)

    def test_markup_in_the_address_is_escaped(self, client):
        page = text(client.get("/p/<script>/"))

        assert "<script>/" not in page

    def test_the_page_that_says_something_broke_needs_no_database(self, django_assert_num_queries):
        with django_assert_num_queries(0):
            page = render_to_string("500.html")

        assert "Your cart is saved" in page
        assert "<h1>Something went wrong on our side</h1>" in page


class TestSitemaps:
    def test_name_every_product_that_is_shown(self, client):
        shown = a_product(slug="shown")
        a_product(slug="hidden", status=ProductStatus.DRAFT)

        page = text(client.get("/sitemap-products.xml"))

        assert f"<loc>http://127.0.0.1:8000/p/{shown.slug}/</loc>" in page
        assert "hidden" not in page


class TestPreferences:
    def test_choices_are_kept_in_cookies_and_the_visitor_goes_back(self, client):
        ExchangeRateFactory(currency="USD", rate="1.10")

        response = client.post(
            "/preferences/save/",
            {"language": "en", "currency": "USD", "theme": "dark", "next": "/c/kitchen/"},
            headers={"sec-fetch-site": "same-origin"},
        )

        assert response.status_code == 302
        assert response["Location"] == "/c/kitchen/"
        assert response.cookies["currency"].value == "USD"
        assert response.cookies["theme"].value == "dark"

    def test_other_sites_cannot_choose(self):
        response = Client(enforce_csrf_checks=True).post(
            "/preferences/save/",
            {"language": "en", "currency": "USD", "theme": "dark"},
            headers={"sec-fetch-site": "cross-site"},
        )

        assert response.status_code == 403
        assert "currency" not in response.cookies

    def test_nobody_is_sent_to_a_foreign_page(self, client):
        response = client.post(
            "/preferences/save/",
            {"language": "en", "currency": "EUR", "theme": "", "next": "https://evil.example/"},
            headers={"sec-fetch-site": "same-origin"},
        )

        assert response["Location"] == "/"

    def test_only_currencies_that_can_be_priced_are_offered(self, client):
        ExchangeRateFactory(currency="USD", rate="1.10")
        # A rate alone does not make it one of the shop's currencies.
        ExchangeRateFactory(currency="CHF", rate="0.95")

        page = text(client.get("/preferences/"))

        offered = re.findall(r'<option value="([A-Z]{3})"', page)
        assert offered == ["EUR", "USD"]

    @pytest.mark.parametrize("currency", ["XXX", "GBP"])
    def test_a_currency_that_cannot_be_priced_is_refused(self, client, currency):
        response = client.post(
            "/preferences/save/",
            {"language": "en", "currency": currency, "theme": "dark"},
            headers={"sec-fetch-site": "same-origin"},
        )

        assert response.status_code == 422
        assert not response.cookies


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("/", 5),  # blocks, places of products and of categories, products, collection
        ("/collections/all/", 2),  # collection, page
        ("/makers/", 1),
        ("/makers/aurel/", 2),
        ("/search/", 1),
        ("/search/?q=lamp", 3),
        ("/categories/", 0),
        ("/menu/", 0),
        ("/help/", 1),
        ("/pages/returns/", 1),
    ],
)
def test_a_page_costs_the_same_for_three_products_and_for_twenty(
    client, path, queries, django_assert_num_queries
):
    aurel = MakerFactory(slug="aurel")
    everything = CollectionFactory(slug="all", rule={"max_price_minor": 9000})
    Page.objects.create(kind="help", slug="returns", title="Returns", body="x")
    block = HomeBlock.objects.create(
        kind="new", key="new", title="New", collection=everything, limit=20
    )
    again = HomeBlock.objects.create(kind="again", key="again", title="Again", limit=20)

    def stock_up(count: int) -> None:
        products = [a_product(name="Lamp", maker=aurel) for _number in range(count)]
        for product in products:
            HomeBlockProduct.objects.create(block=again, product=product)
        reindex([product.pk for product in products])

    stock_up(3)
    client.get(path)
    mark = "&" if "?" in path else "?"
    with django_assert_num_queries(queries):
        assert client.get(f"{path}{mark}one").status_code == 200
    stock_up(17)
    client.get(f"{path}{mark}warm")
    with django_assert_num_queries(queries):
        assert client.get(f"{path}{mark}twenty").status_code == 200
    assert block.pk


def test_a_scheduled_product_appears_at_its_moment(client):
    room = CategoryFactory(slug="kitchen")
    a_product(name="Later", category=room, published_at=timezone.now() + timedelta(hours=1))
    a_product(name="Now", category=room, published_at=datetime(2025, 1, 1, tzinfo=UTC))

    page = text(client.get("/c/kitchen/"))

    assert "Now" in page
    assert "Later" not in page
