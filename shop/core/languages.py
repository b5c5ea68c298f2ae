"""Languages of the shop. A page's language is in its path: `/de/cart/`; the default language has no
prefix. What is written to somebody is written in one language, and in that alone.
"""

from __future__ import annotations

from django.conf import settings
from django.utils import translation


def offered(language: str) -> str:
    """`language` if the shop offers it, else its default language: Django's few words of others
    would stand between ours.
    """
    return language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def speaking(language: str) -> translation.override:
    """A block in which texts are in `language`, or in the shop's own."""
    return translation.override(offered(language))


def language_of(path: str) -> str:
    """The language in which a page is served: its prefix's, or the default language."""
    return split(path)[0]


def split(path: str) -> tuple[str, str]:
    """The language of a path and the path without its prefix."""
    first, _slash, rest = path[1:].partition("/")
    if first != settings.LANGUAGE_CODE and first in dict(settings.LANGUAGES):
        return first, f"/{rest}"
    return settings.LANGUAGE_CODE, path


def in_language(path: str, language: str) -> str:
    """A storefront path in another language; `path` may have a query."""
    _code, rest = split(path)
    return rest if language == settings.LANGUAGE_CODE else f"/{language}{rest}"


def own_name(language: str) -> str:
    """A language's name in itself, as a choice of languages shows it."""
    name: str = translation.get_language_info(language)["name_local"]
    return name[:1].upper() + name[1:]


def alternates(path: str) -> dict[str, str]:
    """The paths of a storefront page in every language of the shop, by language."""
    return {code: in_language(path, code) for code, _name in settings.LANGUAGES}
