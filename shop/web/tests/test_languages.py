"""A page's language is in its path, the API's in a header; staff choose the back office's."""

import pytest
from django.urls import reverse
from django.utils.translation import override

from catalog.tests.factories import ProductFactory
from shop.core.languages import alternates, in_language, language_of

pytestmark = pytest.mark.django_db
THREE = [("en", "English"), ("de", "German"), ("ar", "Arabic")]


@pytest.fixture(autouse=True)
def _three_languages(settings):
    settings.LANGUAGES = THREE
    settings.TRANSLATIONS = dict(THREE)


@pytest.mark.parametrize(
    ("path", "language"),
    [("/", "en"), ("/de/", "de"), ("/ar/cart/", "ar"), ("/nl/", "en"), ("/dear/", "en")],
)
def test_the_language_is_the_first_part_of_the_path(path, language):
    assert language_of(path) == language


def test_a_path_is_led_to_another_language_and_back():
    assert in_language("/cart/?a=1", "de") == "/de/cart/?a=1"
    assert in_language("/de/cart/?a=1", "en") == "/cart/?a=1"
    assert in_language("/de/", "ar") == "/ar/"
    assert alternates("/de/p/pot/") == {"en": "/p/pot/", "de": "/de/p/pot/", "ar": "/ar/p/pot/"}


@pytest.mark.parametrize(
    ("path", "lang", "direction"),
    [("/", "en", "ltr"), ("/de/", "de", "ltr"), ("/ar/", "ar", "rtl")],
)
def test_a_page_is_in_the_language_of_its_path_whatever_the_browser_asks_for(
    client, path, lang, direction
):
    response = client.get(path, headers={"Accept-Language": "fr"})
    again = client.get(path)

    assert f'lang="{lang}"' in response.content.decode()
    assert f'dir="{direction}"' in response.content.decode()
    assert response["Content-Language"] == again["Content-Language"] == lang
    assert response.content == again.content


def test_the_default_language_has_one_path(client):
    assert client.get("/en/").status_code == 404


def test_links_stay_in_the_language(client):
    page = client.get("/de/cart/").content.decode()

    assert 'href="/de/"' in page
    assert 'href="/"' not in page
    with override("de"):
        assert reverse("cart:detail") == "/de/cart/"


def test_a_page_names_itself_in_the_other_languages(client):
    ProductFactory(slug="pot")

    page = client.get("/de/p/pot/").content.decode()

    site = "http://127.0.0.1:8000"
    assert f'<link rel="canonical" href="{site}/de/p/pot/">' in page
    assert f'<link rel="alternate" hreflang="ar" href="{site}/ar/p/pot/">' in page
    assert f'<link rel="alternate" hreflang="x-default" href="{site}/p/pot/">' in page


def test_a_shop_of_one_language_names_no_others(client, settings):
    settings.LANGUAGES = THREE[:1]

    assert "hreflang" not in client.get("/").content.decode()
    assert client.get("/de/").status_code == 404


def test_choosing_a_language_leads_to_the_same_page_in_it(client):
    form = {"language": "de", "currency": "EUR", "theme": "", "next": "/search/?q=pot"}

    response = client.post("/preferences/save/", form, headers={"Sec-Fetch-Site": "same-origin"})

    assert response["Location"] == "/de/search/?q=pot"
    assert "language" not in response.cookies


@pytest.mark.parametrize("path", ["/admin/", "/sitemap.xml", "/no-such-page/"])
def test_a_page_that_has_no_other_language_is_gone_back_to_as_it_is(client, path):
    form = {"language": "de", "currency": "EUR", "theme": "", "next": path}

    response = client.post("/preferences/save/", form, headers={"Sec-Fetch-Site": "same-origin"})

    assert response["Location"] == path


def test_who_signs_out_stays_in_the_language(admin_client):
    response = admin_client.post("/de/account/logout/")

    assert response["Location"] == "/de/"


def test_a_refusal_before_everything_is_not_in_the_language_of_the_request_before(client):
    client.get("/de/")

    assert client.get("/%01")["Content-Language"] == "en"
    assert client.get("/de/%01")["Content-Language"] == "de"


def test_a_program_asks_for_its_language_with_a_header(client):
    response = client.get("/api/products", headers={"Accept-Language": "de-CH,fr;q=0.5"})

    assert response["Content-Language"] == "de"
    assert "Accept-Language" in response["Vary"]


def test_staff_choose_the_language_of_the_back_office_alone(admin_client):
    chosen = admin_client.post("/admin/language/", {"language": "ar", "next": "/admin/"})

    assert chosen.cookies["language"]["path"] == "/admin/"
    assert admin_client.get("/admin/")["Content-Language"] == "ar"
    assert admin_client.get("/")["Content-Language"] == "en"


def test_a_language_that_is_not_there_is_not_taken(admin_client):
    admin_client.cookies["language"] = "nl"

    assert admin_client.get("/admin/")["Content-Language"] == "en"


def test_robots_stay_out_of_personal_pages_in_every_language(client):
    lines = client.get("/robots.txt").content.decode().splitlines()

    assert {"Disallow: /cart/", "Disallow: /de/cart/", "Disallow: /ar/account/"} <= {*lines}
