"""Filters of the two layouts of e-mails, `emails/base.html` and `emails/base.txt`."""

from __future__ import annotations

import re

from django import template
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

_BREAKS = re.compile(r"[\r\n]+")


@register.filter(is_safe=True)
def one_line(text: str) -> str:
    """Return `text` without line breaks, so that no value adds a header to a subject."""
    return _BREAKS.sub(" ", text.strip("\r\n"))


@register.filter
def style_paragraphs(html: str, style: str) -> SafeString:
    """Return rendered `html` with `style` on each `<p>`: mail clients read only inline styles."""
    # Rendered with autoescape: a `<p>` in it is the template's own.
    return mark_safe(html.replace("<p>", f'<p style="{style}">'))  # noqa: S308
