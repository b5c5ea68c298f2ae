"""The page of a product: variants by address, price, stock and what search engines read."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from catalog.models import GoesWith, PriceChange, Product, ProductImage, SlugRedirect
from catalog.prices.lookup import percent_off, price_before
from catalog.states import ProductStatus
from catalog.tests.factories import (
    CategoryFactory,
    ExchangeRateFactory,
    MakerFactory,
    OptionFactory,
    OptionValueFactory,
    ProductFactory,
    VariantFactory,
)
from shop.core.append_only import erasing

pytestmark = pytest.mark.django_db


@pytest.fixture
def scarf():
    """A scarf in red (short and long) and blue (short only)."""
    product = ProductFactory(name="Merino scarf", slug="scarf", lead="Goes round twice.")
    color = OptionFactory(product=product, name="Color", position=0)
    length = OptionFactory(product=product, name="Length", position=1)
    red = OptionValueFactory(option=color, value="Red", swatch="#ff0000", position=0)
    blue = OptionValueFactory(option=color, value="Blue", swatch="#0000ff", position=1)
    short = OptionValueFactory(option=length, value="Short", position=0)
    long = OptionValueFactory(option=length, value="Long", position=1)
    for sku, values, price in [
        ("S-RED-S", [red, short], 2000),
        ("S-RED-L", [red, long], 3000),
        ("S-BLU-S", [blue, short], 2000),
    ]:
        label = ", ".join(value.value for value in values)
        variant = VariantFactory(product=product, sku=sku, price_minor=price, label=label)
        variant.option_values.set(values)
    return product


def a_picture(**fields) -> None:
    """A picture's row with a name in the storage; no file is read."""
    image = ProductImage.objects.create(**fields)
    ProductImage.objects.filter(pk=image.pk).update(
        picture=f"pictures/{image.pk}.webp", picture_width=800, picture_height=800
    )


def text(response) -> str:
    return response.content.decode()


def structured(response) -> list[dict]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', text(response))
    return json.loads(found[1])


class TestVariants:
    def test_the_first_one_stands_ready(self, client, scarf):
        page = client.get("/p/scarf/").context["page"]

        assert page.variant.sku == "S-RED-S"
        assert page.price_minor == 2000
        assert page.url == "/p/scarf/?variant=S-RED-S"

    def test_each_has_an_address(self, client, scarf):
        response = client.get("/p/scarf/?variant=S-RED-L")

        assert response.context["page"].price_minor == 3000
        assert 'name="sku" value="S-RED-L"' in text(response)

    def test_the_pickers_fields_choose_one(self, client, scarf):
        color, length = scarf.options.all()
        blue, short = color.values.get(value="Blue"), length.values.get(value="Short")

        page = client.get(f"/p/scarf/?o{color.pk}={blue.pk}&o{length.pk}={short.pk}").context[
            "page"
        ]

        assert page.variant.sku == "S-BLU-S"

    def test_a_combination_that_is_not_made_cannot_be_bought(self, client, scarf):
        color, length = scarf.options.all()
        blue, long = color.values.get(value="Blue"), length.values.get(value="Long")

        response = client.get(f"/p/scarf/?o{color.pk}={blue.pk}&o{length.pk}={long.pk}")

        assert response.status_code == 200
        assert response.context["page"].variant is None
        assert "This combination is not available." in text(response)
        assert 'id="add"' not in text(response)

    def test_what_cannot_be_had_says_why(self, client, scarf):
        page = client.get("/p/scarf/?variant=S-BLU-S").context["page"]

        length = page.options[1]
        assert [(each.label, each.reason) for each in length.values] == [
            ("Short", ""),
            ("Long", "not available with the other choices"),
        ]

    @pytest.mark.parametrize(
        "query", ["variant=NONE", "variant=%00", "o1=x", "o99=1", "image=0", "image=99", "image=x"]
    )
    def test_nonsense_shows_the_first(self, client, scarf, query):
        response = client.get(f"/p/scarf/?{query}")

        assert response.status_code == 200
        assert response.context["page"].variant.sku == "S-RED-S"

    def test_pictures_of_the_choice_come_first(self, client, scarf):
        blue = scarf.options.first().values.get(value="Blue")
        a_picture(product=scarf, alt="View all", position=0)
        a_picture(product=scarf, alt="The blue one", option_value=blue, position=1)

        page = client.get("/p/scarf/?variant=S-BLU-S").context["page"]

        assert [each.alt for each in page.pictures] == ["The blue one", "View all"]
        assert page.picture_alt == "The blue one"


class TestPrice:
    def test_a_reduction_counts_from_the_lowest_of_30_days(self, client):
        variant = VariantFactory(product__slug="camera", price_minor=36000)
        now = timezone.now()
        with erasing(PriceChange):
            PriceChange.objects.all().delete()
        for days, price, was in [(200, 42000, None), (20, 40000, None), (2, 36000, 42000)]:
            PriceChange.objects.create(
                variant=variant,
                currency="EUR",
                price_minor=price,
                compare_at_minor=was,
                at=now - timedelta(days=days),
            )
        variant.compare_at_minor = 42000
        variant.save()

        response = client.get("/p/camera/")

        page = response.context["page"]
        assert (page.was_minor, page.low_minor, page.percent) == (40000, 40000, 10)
        assert "Lowest price in the last 30 days: €400." in text(response)
        assert "<del>€400</del>" in text(response)
        assert "€420" not in text(response)

    @pytest.mark.parametrize(
        ("price", "was", "low", "before", "percent"),
        [
            (21900, 24900, 22400, 22400, 2),
            (21900, 24900, None, 24900, 12),
            (21900, 24900, 21900, None, 0),
            (21900, 24900, 20000, None, 0),
            (21900, None, 22400, None, 0),
            (21900, 21900, 22400, None, 0),
        ],
    )
    def test_the_struck_price_is_the_one_that_the_percentage_counts_from(
        self, price, was, low, before, percent
    ):
        assert price_before(price, was, low) == before
        assert percent_off(price, was, low) == percent

    def test_other_currencies_are_converted(self, client):
        ExchangeRateFactory(currency="USD", rate="1.10")
        VariantFactory(product__slug="camera", price_minor=10000)
        client.cookies["currency"] = "USD"

        page = client.get("/p/camera/").context["page"]

        assert (page.price_minor, page.currency) == (11000, "USD")

    def test_price_by_weight_stands_beside(self, client):
        VariantFactory(
            product__slug="honey", price_minor=680, unit_amount=500, unit="g", unit_per=1000
        )

        assert "€13.60 / kg" in text(client.get("/p/honey/"))


class TestStock:
    def test_little_is_counted(self, client):
        variant = VariantFactory(product__slug="camera", on_hand=2)
        variant.stock_item.low_stock_threshold = 3
        variant.stock_item.save()

        page = client.get("/p/camera/").context["page"]

        assert (page.stock_kind, page.stock_line, page.most) == ("low", "Only 2 left.", 2)

    def test_sold_out_has_no_button_and_says_when_it_is_back(self, client):
        variant = VariantFactory(product__slug="camera", on_hand=0)
        variant.stock_item.backorder_until = date(2030, 12, 3)
        variant.stock_item.save()

        response = client.get("/p/camera/")

        assert response.context["page"].stock_line == "Sold out. Available 3 December."
        assert 'id="add"' not in text(response)

    def test_what_can_be_ordered_ahead_has_a_button(self, client):
        variant = VariantFactory(product__slug="camera", on_hand=0)
        variant.stock_item.backorder_limit = 5
        variant.stock_item.backorder_until = date(2030, 12, 3)
        variant.stock_item.save()

        page = client.get("/p/camera/").context["page"]

        assert page.is_sellable
        assert page.stock_kind == "later"


class TestAddresses:
    def test_an_old_one_moves_for_good(self, client, scarf):
        SlugRedirect.objects.create(kind="product", old_slug="shawl", product=scarf)

        response = client.get("/p/shawl/?variant=S-RED-L")

        assert response.status_code == 301
        assert response["Location"] == "/p/scarf/?variant=S-RED-L"

    def test_an_archived_product_is_gone_and_a_draft_unknown(self, client):
        VariantFactory(product__slug="old", product__status=ProductStatus.ARCHIVED)
        VariantFactory(product__slug="new", product__status=ProductStatus.DRAFT)

        assert client.get("/p/old/").status_code == 410
        assert client.get("/p/new/").status_code == 404

    def test_one_address_is_canonical_for_all_variants(self, client, scarf):
        page = text(client.get("/p/scarf/?variant=S-RED-L&utm_source=x"))

        assert '<link rel="canonical" href="http://127.0.0.1:8000/p/scarf/">' in page


class TestForMachines:
    def test_a_group_names_every_variant_with_its_offer(self, client, scarf):
        group, crumbs = structured(client.get("/p/scarf/"))

        assert group["@type"] == "ProductGroup"
        assert [each["sku"] for each in group["hasVariant"]] == ["S-RED-S", "S-RED-L", "S-BLU-S"]
        offer = group["hasVariant"][1]["offers"]
        assert (offer["price"], offer["priceCurrency"]) == ("30.00", "EUR")
        assert offer["availability"] == "https://schema.org/InStock"
        assert crumbs["@type"] == "BreadcrumbList"

    def test_text_cannot_end_the_script(self, client):
        VariantFactory(
            product__slug="evil",
            product__name="</script><script>alert(1)</script>",
            product__lead="<!-- & -->",
        )

        response = client.get("/p/evil/")

        assert "<script>alert" not in text(response)
        assert structured(response)[0]["name"] == "</script><script>alert(1)</script>"

    def test_ratings_are_told_only_where_there_are_some(self, client, scarf):
        assert "aggregateRating" not in structured(client.get("/p/scarf/"))[0]


def test_query_count_is_the_same_for_one_and_for_many_variants(
    client, scarf, django_assert_num_queries
):
    VariantFactory(product__slug="plain", product__maker=MakerFactory())
    client.get("/p/plain/")

    with django_assert_num_queries(6):
        client.get("/p/plain/?again")
    with django_assert_num_queries(6):
        client.get("/p/scarf/")
    color = scarf.options.first()
    for number in range(20):
        value = OptionValueFactory(option=color, value=f"Shade {number}", position=number + 5)
        VariantFactory(product=scarf).option_values.add(value)
        a_picture(product=scarf, option_value=value)
    with django_assert_num_queries(6):
        client.get("/p/scarf/?again")


def test_things_that_go_with_it_are_cards(client):
    camera = VariantFactory(product__slug="camera").product
    strap = VariantFactory(product__name="Leather strap", product__slug="strap")
    draft = VariantFactory(product__name="Hidden case", product__status=ProductStatus.DRAFT)
    GoesWith.objects.create(product=camera, variant=strap)
    GoesWith.objects.create(product=camera, variant=draft)

    page = text(client.get("/p/camera/"))

    assert "Leather strap" in page
    assert "Hidden case" not in page


def test_the_way_from_home_leads_through_the_categories(client):
    room = CategoryFactory(name="Play", slug="play")
    shelf = CategoryFactory(name="Cameras", slug="cameras", parent=room)
    VariantFactory(
        product__slug="camera",
        product__category=shelf,
        product__published_at=datetime(2025, 1, 1, tzinfo=UTC),
    )

    page = client.get("/p/camera/").context["page"]

    assert page.crumbs == [("Play", "/c/play/"), ("Cameras", "/c/cameras/")]
    assert page.department_slug == "play"


def test_the_amounts_of_a_gift_card_are_named_in_the_visitor_s_currency(client, scarf):
    ExchangeRateFactory(currency="USD", rate="1.10")
    Product.objects.update(is_gift_card=True)

    own = labels_of(client.get("/p/scarf/"))
    client.cookies["currency"] = "USD"
    other = labels_of(client.get("/p/scarf/"))

    # The length alone decides on the price; the color does not.
    assert own == ["Red", "Blue", "€20", "€30"]
    assert other == ["Red", "Blue", "$22", "$33"]


def test_pictures_of_a_gift_card_with_one_amount_keep_their_names(client, scarf):
    Product.objects.update(is_gift_card=True)
    scarf.variants.update(price_minor=2000)

    assert labels_of(client.get("/p/scarf/")) == ["Red", "Blue", "Short", "Long"]


def labels_of(response) -> list[str]:
    """The choices of a product's page."""
    pattern = re.compile(r'<label class="opt[^"]*">.*?<span>(.*?)</span>\s*</label>', re.DOTALL)
    fields = pattern.findall(text(response))
    return [re.sub(r"(?s)<span.*|<[^>]*>", "", field).strip() for field in fields]
