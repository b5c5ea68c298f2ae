"""How names become plain words and slugs. One table of letters serves search and addresses."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from anyascii import anyascii
from django.utils.text import slugify

# Han characters are words of their own, written without spaces.
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")


class _LatinLetters(dict[int, Any]):
    """Latin letters in ASCII, for `str.translate`; filled as they are met."""

    def __missing__(self, code: int) -> int | str:
        letter = chr(code)
        is_latin = code > 127 and unicodedata.name(letter, "").startswith("LATIN ")
        spelled = self[code] = anyascii(letter).lower() if is_latin else code
        return spelled


_LATIN = _LatinLetters()


def plain(text: str) -> str:
    """Lower case without accents, Latin letters in ASCII: "Crème Brûlée" → "creme brulee"."""
    folded = unicodedata.normalize("NFKD", text.casefold().translate(_LATIN))
    return "".join(letter for letter in folded if not unicodedata.combining(letter))


def slug_of(text: str, *, otherwise: str, most: int) -> str:
    """A slug of at most `most` characters: "Großer Spieß" → "grosser-spiess", "茶杯" → "cha-bei".

    It is never empty or a number, which an id would be taken for: "30" → "product-30" where
    `otherwise` is "product".
    """
    composed = unicodedata.normalize("NFKC", text).casefold().translate(_LATIN)
    slug = slugify(anyascii(_HAN.sub(r" \g<0> ", composed)))
    if not slug or slug.isdigit():
        slug = f"{otherwise}-{slug}" if slug else otherwise
    return slug[:most].rstrip("-_") or otherwise
