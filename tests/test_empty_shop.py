"""A shop that its merchant has just opened: nothing in it comes from the demo."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.template.loader import render_to_string
from django.test import Client
from pytest_django.asserts import assertInHTML

from catalog.models import HomeBlock, Page
from shop.core.seller import fill_placeholders, seller

ROOT = Path(django_settings.BASE_DIR)
DEMO = ROOT / "shop" / "demo" / "data"
PAGES = [
    "/",
    "/categories/",
    "/makers/",
    "/menu/",
    "/menu/?as=phone",
    "/search/",
    "/search/?q=lamp",
    "/suggest/?q=lamp",
    "/help/",
    "/preferences/",
    "/cart/",
    "/cart/drawer/",
    "/cart/gift-card-balance/",
    "/checkout/",
    "/track/",
    "/withdraw/",
    "/account/login/",
    "/account/signup/",
    "/account/password/reset/",
    "/nowhere/",
    "/admin/login/",
    "/sitemap.xml",
    "/api/products",
    "/api/categories",
]
SAMPLE_WORDS = ["demo", "demonstration", "lindenhof", "samplestr", "sample", "linden.example"]


def demo_words() -> list[str]:
    """What only the demo says: its claims, and the names of its products and makers."""
    content = json.loads((DEMO / "content.json").read_text())
    home = content["home"]
    texts = [home["hero"]["title"], home["hero"]["text"], *home["notice"], home["footer"]["text"]]
    products = json.loads((DEMO / "products.json").read_text())
    makers = json.loads((DEMO / "makers.json").read_text())
    names = [each["name"] for each in [*_rows(products), *_rows(makers)]]
    return [text.casefold() for text in [*texts, *names]]


def _rows(data: Any) -> list[dict[str, Any]]:
    return data if isinstance(data, list) else next(iter(data.values()))


def found_in(text: str, words: list[str]) -> list[str]:
    """The words that stand in a text by themselves."""
    lower = text.casefold()
    return [word for word in words if re.search(rf"\b{re.escape(word)}\b", lower)]


@pytest.fixture
def opened(settings: Any) -> Client:
    """An empty shop of another name, as its visitors see it."""
    settings.SHOP_NAME = "Corner Store"
    settings.SHOP_LEGAL_NAME = settings.SHOP_ADDRESS = settings.SHOP_VAT_ID = ""
    settings.SHOP_REGISTER = ""
    return Client(raise_request_exception=False)


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_no_page_of_an_empty_shop_speaks_of_the_demo(opened: Client, path: str) -> None:
    response = opened.get(path, follow=True)

    text = response.content.decode()
    assert response.status_code in {200, 404}
    assert found_in(text, [*SAMPLE_WORDS, *demo_words()]) == []
    if not path.startswith("/admin"):
        assert found_in(text, ["linden"]) == []


@pytest.mark.parametrize("template", ["400.html", "500.html", "503.html"])
def test_no_error_page_speaks_of_the_demo(opened: Client, template: str) -> None:
    text = render_to_string(template)

    assert found_in(text, [*SAMPLE_WORDS, *demo_words(), "linden"]) == []


@pytest.mark.parametrize("folder", ["templates", "static/js", "static/css"])
def test_what_every_shop_is_made_of_holds_no_word_of_the_demo(folder: str) -> None:
    found = {}
    for path in sorted((ROOT / folder).rglob("*.*")):
        if path.suffix in {".html", ".txt", ".js", ".css"} and "vendor" not in path.parts:
            words = found_in(path.read_text(), ["demo", "demonstration", "linden", "lindenhof"])
            if words:
                found[str(path.relative_to(ROOT))] = words

    assert found == {}


@pytest.mark.django_db
def test_what_the_demo_says_of_itself_is_a_block_that_can_be_changed(client: Client) -> None:
    HomeBlock.objects.create(
        kind="footer", key="footer", title="Made to last", text="Nothing you order is sent."
    )

    text = client.get("/help/").content.decode()

    assertInHTML("<h2>Made to last</h2><p>Nothing you order is sent.</p>", text)
    assert "Nothing you order is sent." not in client.get("/").content.decode().split("<footer")[0]


@pytest.mark.django_db
def test_the_imprint_and_the_invoice_name_one_seller(client: Client, settings: Any) -> None:
    settings.SHOP_LEGAL_NAME = "Corner Store Ltd"
    settings.SHOP_ADDRESS = "2 Side Street|E1 6AN London"
    settings.SHOP_REGISTER = "Company 01234567"
    settings.SHOP_VAT_ID = "GB123456789"
    Page.objects.create(kind="legal", slug="imprint", title="Imprint", body="{seller}\n\n{else}")

    text = client.get("/pages/imprint/").content.decode()

    assertInHTML(
        "<p>Corner Store Ltd<br>2 Side Street<br>E1 6AN London<br>Company 01234567"
        "<br>VAT number GB123456789</p><p>{else}</p>",
        text,
    )
    assert seller()["name"] == "Corner Store Ltd"
    assert seller()["lines"] == ["2 Side Street", "E1 6AN London"]


def test_a_placeholder_without_a_fact_leaves_no_trace(settings: Any) -> None:
    settings.SHOP_NAME = "Corner Store"
    settings.SHOP_LEGAL_NAME = settings.SHOP_ADDRESS = settings.SHOP_VAT_ID = ""
    settings.SHOP_REGISTER = ""

    assert fill_placeholders("Sold by {seller}.") == "Sold by Corner Store."
