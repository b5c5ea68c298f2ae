"""Languages that the shop speaks: what is written for somebody is written in one
of them, and in that alone.
"""

from __future__ import annotations

from django.conf import settings
from django.utils import translation


def offered(language: str) -> str:
    """`language` if the shop speaks it, else its own: Django's few words of others
    would stand between ours.
    """
    return language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def speaking(language: str) -> translation.override:
    """A block in which texts are in `language`, or in the shop's own."""
    return translation.override(offered(language))
