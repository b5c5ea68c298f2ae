"""Words: how a text becomes what the index holds, and how near two words are. Knows no database."""

from __future__ import annotations

import re
from collections.abc import Iterable

from catalog.spelling import plain

# What somebody may type; the rest of a longer text changes nothing but the cost.
MOST_CHARACTERS = 200
MOST_WORDS = 8
MOST_LETTERS = 40
_WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> list[str]:
    """The plain words of a text, in order; signs part them."""
    return [word[:MOST_LETTERS] for word in _WORD.findall(plain(text))]


def typed_words(query: str) -> list[str]:
    """The words somebody typed, each once; bounded, whatever was typed."""
    return list(dict.fromkeys(words_of(query[:MOST_CHARACTERS])))[:MOST_WORDS]


def singular(word: str) -> str:
    """The stem that an English plural begins with, or the word: "boxes" → "box",
    "berries" → "berr".
    """
    if len(word) < 4 or not word.isascii() or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3]
    if word.endswith(("xes", "ses", "zes", "ches", "shes")):
        return word[:-2]
    return word.removesuffix("s")


def distance(one: str, other: str, most: int) -> int:
    """Letters to change, add, drop or swap with their neighbour to make one word the other.

    `most + 1` as soon as it is more than `most` (optimal string alignment, bounded).
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        line = [row]
        for column, against in enumerate(other, start=1):
            cost = min(
                last[column] + 1, line[column - 1] + 1, last[column - 1] + (letter != against)
            )
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == against:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        if min(line) > most:
            return most + 1
        before, last = last, line
    return last[-1]


def tolerance(word: str) -> int:
    """How many mistakes a word of this length may hold."""
    return 0 if len(word) < 3 else 1 if len(word) < 6 else 2


def nearest(word: str, known: Iterable[tuple[str, int]]) -> str:
    """The most likely of the `known` (word, count) pairs, or "" where none is near enough."""
    most = tolerance(word)
    best: tuple[int, int, str] | None = None
    for other, count in known:
        away = distance(word, other, most)
        if away <= most and (best is None or (away, -count, other) < best):
            best = away, -count, other
    return best[2] if best else ""
