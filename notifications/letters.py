"""What an e-mail says, before it is laid out: one shape for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an order in a mail: texts ready to read."""

    name: str
    detail: str
    price: str
    picture_url: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A heading with a few lines, and links below it: (label, address)."""

    heading: str
    lines: Sequence[str]
    links: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail's text. `preheader` is what an inbox shows beside the subject."""

    subject: str
    title: str
    paragraphs: Sequence[str]
    preheader: str = ""
    action: tuple[str, str] | None = None
    lines: Sequence[Line] = ()
    totals: Sequence[tuple[str, str]] = ()
    total: tuple[str, str] | None = None
    total_note: str = ""
    boxes: Sequence[Box] = field(default_factory=tuple)
