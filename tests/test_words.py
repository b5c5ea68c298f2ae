"""Every fixed text of the shop is plain product English: no word that a shopper or
a merchant stumbles over.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
FOLDERS = [
    *("accounts", "cart", "catalog", "inventory", "notifications", "orders", "payments"),
    *("pricing", "reports", "reviews", "shop", "templates"),
]
GETTEXT = {
    *("_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"),
    *("pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"),
}
BANNED = re.compile(
    r"\b(?:things?|(?<!-)letters?|reckon\w*|anew|dearer|papers?|heed\w*|whoever|whom|towns?|postcodes?"
    r"|per cent|colours?|cancelled|tries|meanwhile|there is no such|no such"
    r"|(?:ways?|how) (?:to pay|to deliver)|ways? of delivery|write to us"
    r"|somebody|any more)\b",
    re.IGNORECASE,
)
# Text -> why it may stay.
ALLOWED = {
    "Enter a SKU of 1 to 64 letters, digits, dots, dashes and underscores.": "letters of a code",
    "Use letters, digits and . + - _ only.": "letters of a code",
    "Enter a slug that contains at least one letter.": "letters of a code",
    "How to pay": "heading above a bank's details",
}
TRANSLATE = re.compile(
    r"""\{%-?\s*(?:translate|trans)\s+(?:"([^"]*)"|'([^']*)')|_\((?:"([^"]*)"|'([^']*)')\)"""
)
BLOCK = re.compile(
    r"\{%\s*blocktrans(?:late)?\b[^%]*%\}(.*?)\{%\s*endblocktrans(?:late)?\s*%\}", re.DOTALL
)
# What no docstring, comment or name says, in tests neither.
BANNED_IN_CODE = re.compile(
    r"(?<![a-z])(?:reckon[a-z]*|anew|dearer|heed(?:ed|s|ing)?|postcodes?|per cent|colours?"
    r"|cancelled|befalls?|cellars?)(?![a-z])",
    re.IGNORECASE,
)
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\{.*?\}\}|\{%.*?%\}|<[^>]*>")


def texts_of_python(source: str) -> Iterator[str]:
    """Texts that a gettext call marks, in each of its plural forms."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in GETTEXT:
            continue
        for part in node.args:
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield part.value


def texts_of_template(source: str) -> Iterator[str]:
    """Texts that a template marks."""
    for match in TRANSLATE.finditer(source):
        yield next(text for text in match.groups() if text is not None)
    for match in BLOCK.finditer(source):
        yield match.group(1)


def texts() -> Iterator[tuple[str, str]]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix not in {".py", ".html", ".txt"} or {"tests", "migrations"} & {
                *path.parts
            }:
                continue
            source = path.read_text()
            read = texts_of_python if path.suffix == ".py" else texts_of_template
            for text in read(source):
                yield str(path.relative_to(ROOT)), text


def banned_words(text: str) -> list[str]:
    """The words of a text that no fixed text uses; names of placeholders and
    markup do not count.
    """
    return [] if text in ALLOWED else BANNED.findall(PLACEHOLDER.sub(" ", text))


def test_fixed_texts_use_plain_product_words():
    found = [
        f"{where}: {text!r} says {', '.join(words)}"
        for where, text in texts()
        if (words := banned_words(text))
    ]

    assert found == []


def test_every_exception_is_still_in_use():
    used = {text for _where, text in texts()}

    assert set(ALLOWED) - used == set()


def words_of_code(source: str) -> Iterator[tuple[int, str]]:
    """Names, comments and docstrings, each with its line."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield getattr(node, "lineno", 1), ast.get_docstring(node) or ""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in {tokenize.NAME, tokenize.COMMENT}:
            yield token.start[0], re.sub(r"(?<=[a-z])(?=[A-Z])", " ", token.string)


def test_names_comments_and_docstrings_use_the_terms_of_the_field():
    found = [
        f"{path.relative_to(ROOT)}:{line} says {word}"
        for folder in [*FOLDERS, "tests", "benchmarks"]
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line, text in words_of_code(path.read_text())
        for word in BANNED_IN_CODE.findall(text)
    ]

    assert found == []


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("def reckon_anew(): ...", "reckon"),
        ("class PostcodeField: ...", "Postcode"),
        ("x = 1  # ten per cent", "per cent"),
        ('def f():\n    """What is dearer."""', "dearer"),
    ],
)
def test_a_word_is_found_in_names_comments_and_docstrings(source: str, word: str):
    found = [w for _line, text in words_of_code(source) for w in BANNED_IN_CODE.findall(text)]

    assert word in found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("4 things", ["things"]),
        ("Reckon anew", ["Reckon", "anew"]),
        ("The letter is on its way", ["letter"]),
        ("Enter the postcode", ["postcode"]),
        ("Ten per cent", ["per cent"]),
        ("Ways to pay", ["Ways to pay"]),
        ("There is no such cart.", ["There is no such"]),
        ("%(things)s in {{ town }}", []),
        ("Something went wrong. Nothing was changed.", []),
        ("Choose a color", []),
    ],
)
def test_a_word_is_found_as_a_word_and_not_in_placeholders(text, words):
    assert banned_words(text) == words


def test_texts_are_read_from_python_and_from_templates():
    python = 'ngettext("%(n)d thing", "%(n)d things", n)\nlabel = _("Town")\nplain = "letter"'
    template = (
        '{% translate "Town" %} {% blocktranslate count n=n %}{{ n }} thing{% plural %}'
        "{{ n }} things{% endblocktranslate %} {% include 'x' with label=_('Paper') %}"
    )

    assert list(texts_of_python(python)) == ["%(n)d thing", "%(n)d things", "Town"]
    assert list(texts_of_template(template)) == [
        "Town",
        "Paper",
        "{{ n }} thing{% plural %}{{ n }} things",
    ]
