"""The shop's icon, wherever browsers and phones look for it."""

from io import BytesIO

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from PIL import Image

pytestmark = pytest.mark.django_db


def picture_at(url: str) -> Image.Image:
    path = finders.find(url.removeprefix(settings.STATIC_URL))
    with open(path, "rb") as file:  # noqa: PTH123  # the finder answers text
        return Image.open(BytesIO(file.read()))


def test_browsers_find_the_icon_where_they_look_first(client):
    response = client.get("/favicon.ico")

    assert response.status_code == 302
    assert (32, 32) in picture_at(response["Location"]).info["sizes"]
    assert response["Cache-Control"] == "public, max-age=86400"


def test_a_phone_learns_name_and_icons_of_the_shop(client, settings):
    settings.SHOP_NAME = "Añejo & Söhne"

    response = client.get("/site.webmanifest")

    assert response["Content-Type"] == "application/manifest+json"
    content = response.json()
    assert (content["name"], content["start_url"]) == ("Añejo & Söhne", "/")
    for icon in content["icons"]:
        side, _x, _side = icon["sizes"].partition("x")
        assert picture_at(icon["src"]).size == (int(side), int(side))


def test_pages_name_the_icons(client):
    page = client.get("/").content.decode()

    assert 'rel="manifest" href="/site.webmanifest"' in page
    assert 'rel="apple-touch-icon"' in page
