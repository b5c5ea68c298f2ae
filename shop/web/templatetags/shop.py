"""Tags and filters of every page: icons, pictures, money, stars, style sheets.

They are builtins (`settings.TEMPLATES`), so no template loads them. All of them answer plain markup
without a query; a strict content policy forbids style attributes, hence the
classes for hues and stars.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any, Protocol

from babel.numbers import format_decimal
from django import template
from django.conf import settings
from django.forms import BoundField, CheckboxInput, RadioSelect, Select, Widget
from django.template.base import FilterExpression, Parser, Token
from django.templatetags.static import static
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, get_language_bidi, gettext

from shop.core import caching, clock
from shop.core.languages import alternates
from shop.core.money import Money, format_minor, format_price
from shop.core.permissions import act_named, may
from shop.web import assets

register = template.Library()

# `sizes` of every place a picture stands, from the layout grid.
SIZES = {
    "card": "(width >= 90em) 306px, (width >= 64em) 22vw, (width >= 48em) 30vw, 46vw",
    "gallery": "(width >= 64em) 56vw, (width >= 48em) 48vw, 100vw",
    "thumb": "(width >= 48em) 10vw, 20vw",
    "cat": "(width >= 64em) 15vw, (width >= 48em) 30vw, 46vw",
    "hero": "(width >= 64em) 22vw, 33vw",
    "mini": "120px",
}


class PictureLike(Protocol):
    """What a stage needs to know of a picture (`catalog.models.Pictured`)."""

    picture: Any
    picture_width: int | None
    picture_height: int | None
    is_cutout: bool

    @property
    def hue_class(self) -> str: ...

    @property
    def sources(self) -> list[tuple[str, str]]: ...


# Fragments
# -----------------------------------------------------------------------------------------
class _Fragment(template.Node):
    def __init__(self, nodes: template.NodeList, parts: list[FilterExpression]) -> None:
        self.nodes, self.parts = nodes, parts

    def render(self, context: template.Context) -> SafeString:
        key = tuple(part.resolve(context) for part in self.parts)
        return caching.fragment(key, lambda: self.nodes.render(context))


@register.tag
def fragment(parser: Parser, token: Token) -> _Fragment:
    """Markup that is remembered by all it depends on: `{% fragment "footer" LANGUAGE_CODE
    year %}…{% endfragment %}`.
    """
    nodes = parser.parse(("endfragment",))
    parser.delete_first_token()
    parts = token.split_contents()[1:]
    return _Fragment(nodes, [parser.compile_filter(part) for part in parts])


# Icons
# ---------------------------------------------------------------------------------------------
@lru_cache(maxsize=512)
def _icon(name: str, size: str, extra: str, url: str) -> SafeString:
    classes = " ".join(part for part in ("i", f"i-{size}" if size else "", extra) if part)
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#i-{}"/></svg>', classes, url, name
    )


@register.simple_tag
def icon(name: str, size: str = "", extra: str = "") -> SafeString:
    """An icon of the sprite; `size="s"` inside text.

    Icons never speak: the text beside them does.
    """
    return _icon(name, size, extra, static("img/sprite.svg"))


# Money and numbers
# ---------------------------------------------------------------------------------
def _minor_and_currency(value: object, currency: str) -> tuple[int, str] | None:
    if isinstance(value, Money):
        return value.minor, value.currency
    if isinstance(value, int):
        return value, currency or settings.DEFAULT_CURRENCY
    return None


@register.filter
def money(value: object, currency: str = "") -> str:
    """Minor units (or a `Money`) as shoppers read them: `8900|money:"EUR"`, see `format_price`."""
    parts = _minor_and_currency(value, currency)
    return format_price(*parts) if parts else ""


@register.filter
def money_exact(value: object, currency: str = "") -> str:
    """Minor units (or a `Money`) for people, with all decimals of the currency."""
    parts = _minor_and_currency(value, currency)
    return format_minor(*parts).replace(" ", "\u00a0") if parts else ""


@lru_cache(maxsize=4096)
def _number(value: int | Decimal, locale: str) -> str:
    return format_decimal(value, locale=locale)


@register.filter
def number(value: int | Decimal | None) -> str:
    """A number in the reader's language: `1204|number == "1,204"`."""
    if value is None:
        return ""
    return _number(value, (get_language() or "en").replace("-", "_"))


# Rights
# --------------------------------------------------------------------------------------------
@register.filter(name="may")
def may_do(user: Any, act: str) -> bool:
    """Whether the table of acts lets `user` do it: `request.user|may:"orders.fulfill"`."""
    return may(user, act_named(act))


# Pictures
# ------------------------------------------------------------------------------------------ Moments
# and days on the shop's clock: `{{ order.placed_at|moment }}`, see `shop.core.clock`.
register.filter("moment", clock.show_moment)
register.filter("period_end", clock.show_end)
register.filter("full_date", clock.show_date)
register.filter("short_moment", clock.show_short)
register.filter("short_date", clock.show_short_date)


@register.simple_tag
def picture(
    image: PictureLike | None,
    alt: str = "",
    sizes: str = "card",
    eager: bool = False,
    priority: bool = False,
) -> SafeString:
    """The `<picture>` of an image, in every format it exists in; nothing where there is none.

    `sizes` names a place of `SIZES`. `eager` for the first row, `priority` for the
    largest one of the page.
    """
    if image is None or not image.picture:
        return mark_safe("")
    sources = format_html_join(
        "",
        '<source type="{}" srcset="{}" sizes="{}">',
        ((kind, srcset, SIZES[sizes]) for kind, srcset in image.sources),
    )
    if priority:
        loading = mark_safe(' fetchpriority="high"')
    elif eager:
        loading = mark_safe("")
    else:
        loading = mark_safe(' loading="lazy" decoding="async"')
    return format_html(
        '<picture>{}<img src="{}" width="{}" height="{}" alt="{}"{}></picture>',
        sources,
        image.picture.url,
        image.picture_width or 1200,
        image.picture_height or 1200,
        alt,
        loading,
    )


@register.filter
def stage_class(image: PictureLike | None) -> str:
    """Classes of the stage an image stands on: its hue, and `photo` where it fills the stage."""
    if image is None:
        return "stage"
    return f"stage {image.hue_class}" + ("" if image.is_cutout else " photo")


@register.simple_tag
def swatch(color: str, extra: str = "") -> SafeString:
    """A dot of a color (`#rrggbb`)."""
    return format_html(
        '<svg class="{}" viewBox="0 0 20 20" aria-hidden="true">'
        '<circle cx="10" cy="10" r="9.5" fill="{}"/></svg>',
        extra or "sw",
        color,
    )


# Ratings
# -------------------------------------------------------------------------------------------
@register.simple_tag
def stars(value: Decimal | float | None, label: bool = True) -> SafeString:
    """Five stars filled to the nearest half; with `label` the words for those
    who cannot see them.
    """
    if value is None:
        return mark_safe("")
    exact = Decimal(str(value)).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    half_steps = int((exact * 2).to_integral_value(rounding=ROUND_HALF_UP))
    shape = format_html('<i class="v{}"></i>', half_steps * 5)
    if not label:
        return format_html('<span class="stars" aria-hidden="true">{}</span>', shape)
    words = gettext("%(value)s out of 5") % {"value": number(exact)}
    return format_html('<span class="stars" role="img" aria-label="{}">{}</span>', words, shape)


# Forms
# ---------------------------------------------------------------------------------------------
def _input_class(widget: Widget) -> str:
    if isinstance(widget, CheckboxInput):
        return "check"
    if isinstance(widget, RadioSelect):
        return "radio"
    return "select" if isinstance(widget, Select) else "input"


@register.filter
def as_input(field: BoundField) -> SafeString:
    """The control of a form field with the class of its kind (Django adds the ARIA attributes)."""
    own = field.field.widget.attrs.get("class", "")
    classes = f"{_input_class(field.field.widget)} {own}".strip()
    return field.as_widget(attrs={"class": classes})


@register.filter
def control_kind(field: BoundField) -> str:
    """`check`, `radio`, `select` or `input`: which control a form field draws."""
    return _input_class(field.field.widget)


# Pages
# ---------------------------------------------------------------------------------------------
@lru_cache(maxsize=128)
def _stylesheets(page: str, urls: tuple[str, ...]) -> SafeString:
    return format_html_join("\n", '<link rel="stylesheet" href="{}">', ((url,) for url in urls))


@register.simple_tag
def stylesheets(page: str) -> SafeString:
    """The style sheets of a page type, see `shop.web.assets.PAGES`: one file in production."""
    return _stylesheets(page, tuple(assets.stylesheet_urls(page)))


@register.simple_tag
def text_direction() -> str:
    """`rtl` in languages that are written from right to left, else `ltr`."""
    return "rtl" if get_language_bidi() else "ltr"


@register.simple_tag
def canonical(address: str) -> SafeString:
    """The `<link>`s to a page's one address (its path, in the active language), and to the same
    page in the shop's other languages.
    """
    site = settings.SITE_URL
    link = format_html('<link rel="canonical" href="{}{}">', site, address)
    pages = alternates(address)
    if len(pages) == 1:
        return link
    pages["x-default"] = pages[settings.LANGUAGE_CODE]
    others = format_html_join(
        "\n",
        '<link rel="alternate" hreflang="{}" href="{}{}">',
        ((code, site, path) for code, path in pages.items()),
    )
    return format_html("{}\n{}", link, others)


@register.filter
def paragraphs(text: str) -> SafeString:
    """Text as `<p>` elements, split at blank lines; everything else is escaped."""
    blocks = (block.strip() for block in text.replace("\r\n", "\n").split("\n\n"))
    return format_html_join("\n", "<p>{}</p>", ((block,) for block in blocks if block))


@register.filter
def emphasize_rest(text: str, typed: str) -> SafeString:
    """A suggestion with the part that was not typed in bold: "head" of
    "headphones" → head<b>phones</b>.
    """
    if typed and text.casefold().startswith(typed.casefold()):
        return format_html("{}<b>{}</b>", text[: len(typed)], text[len(typed) :])
    return conditional_escape(text)


@register.simple_tag
def shop_name() -> str:
    """The shop's name from the settings."""
    return str(settings.SHOP_NAME)


@register.simple_tag
def shop_email() -> str:
    """The address people write to."""
    return str(settings.SHOP_EMAIL)
