"""Colors and budgets of the pages: contrast is computed from `tokens.css`, not believed."""

from __future__ import annotations

import gzip
import math
import re
from pathlib import Path

import pytest
from django.conf import settings

from shop.web.assets import PAGES, write_bundles

STATIC = Path(settings.BASE_DIR) / "static"
TOKENS = (STATIC / "css/tokens.css").read_text()
OKLCH = r"oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)"

TEXT = ["ink", "ink-2", "ink-3", "link", "sale", "ok", "warn", "danger", "info"]
TINTED = ["ok", "warn", "danger", "info"]


def linear_rgb(lightness: float, chroma: float, hue: float) -> list[float]:
    """Linear sRGB of an OKLCH color (CSS Color 4, §10.2), clipped to the gamut."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    rgb = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    return [min(max(each, 0.0), 1.0) for each in rgb]


def luminance(color: tuple[float, float, float]) -> float:
    red, green, blue = linear_rgb(*color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def token(name: str, theme: str) -> tuple[float, float, float]:
    value = re.search(rf"--{name}: ([^;]+);", TOKENS)[1]
    colors = [tuple(map(float, found)) for found in re.findall(OKLCH, value)]
    return colors[-1] if theme == "dark" else colors[0]


def contrast(name: str, ground: str, theme: str) -> float:
    """The WCAG 2 ratio of two tokens."""
    bright, dim = sorted(
        (luminance(token(name, theme)), luminance(token(ground, theme))), reverse=True
    )
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", TEXT)
@pytest.mark.parametrize("ground", ["bg", "surface", "sunken"])
def test_text_is_readable_on_every_ground(name, ground, theme):
    assert contrast(name, ground, theme) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("name", "ground"),
    [
        ("on-brand", "brand"),
        ("on-brand", "brand-hover"),
        ("on-accent", "accent"),
        ("ink-3", "chosen"),
        ("ink-3", "hover"),
        ("ink", "accent-tint"),
        *[(each, f"{each}-tint") for each in TINTED],
    ],
)
def test_text_is_readable_on_its_own_ground(name, ground, theme):
    assert contrast(name, ground, theme) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["line-strong", "star", "brand"])
def test_graphics_stand_out(name, theme):
    assert contrast(name, "bg", theme) >= 3.0


@pytest.mark.parametrize("page", sorted(PAGES))
def test_style_sheets_of_a_page_fit_the_budget(page, tmp_path):
    write_bundles(source=STATIC, target=tmp_path)

    size = len(gzip.compress((tmp_path / f"css/page-{page}.css").read_bytes(), 9))

    assert size <= 20_480


def test_own_scripts_fit_the_budget():
    sizes = {
        path.name: len(gzip.compress(path.read_bytes(), 9))
        for path in sorted((STATIC / "js").glob("*.js"))
    }

    assert sum(sizes.values()) <= 20_480
    assert sizes["app.js"] <= 6_144


def test_every_icon_a_template_names_is_in_the_sprite():
    drawn = set(re.findall(r'id="i-([\w-]+)"', (STATIC / "img/sprite.svg").read_text()))
    templates = (Path(settings.BASE_DIR) / "templates").rglob("*.html")
    named = {
        name for path in templates for name in re.findall(r'{% icon "([\w-]+)"', path.read_text())
    }

    assert named <= drawn


def test_no_template_of_a_page_has_a_style_attribute_or_inline_script():
    templates = Path(settings.BASE_DIR) / "templates"
    for folder in ["catalog", "components", "cart", "orders", "payments", "accounts"]:
        for path in (templates / folder).rglob("*.html"):
            markup = path.read_text()
            assert not re.search(r"\sstyle=", markup), path
            assert not re.search(r"<script(?![^>]*\ssrc=)(?![^>]*application/)", markup), path
