"""The full-text table: its rows, its query language and its rank, on SQLite and on PostgreSQL.

Both have `catalog_search` (migration 0002): on SQLite an FTS5 table whose rowid is the product, on
PostgreSQL a plain table with a weighted tsvector and a GIN index.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import IntegerField, Lookup
from django.db.models.expressions import RawSQL

from catalog.models import Product, SearchWord
from catalog.search.words import singular, words_of
from shop.core.statistics import refresh_statistics

TABLE = "catalog_search"
# Longer texts say nothing more about what a product is.
MOST_WORDS = 2_000


@dataclass(frozen=True, slots=True)
class Document:
    """The plain words of a product: its name; what it is and who made it; its
    numbers; its texts.
    """

    product_id: int
    name: str
    facts: str
    codes: str
    text: str


def document_of(product: Product) -> Document:
    """The words of a product with its category, maker, variants and attribute values loaded."""
    facts = [product.kind, product.category.name, " ".join(map(str, product.tags))]
    codes: list[str] = []
    if product.maker:
        facts.append(product.maker.name)
    for variant in product.variants.all():
        facts.append(variant.label)
        codes += [variant.sku, variant.barcode]
    facts += [
        value.choice.value if value.choice else value.text
        for value in product.attribute_values.all()
    ]
    text = f"{product.lead} {product.headline} {product.description}"
    return Document(
        product.pk,
        " ".join(words_of(product.name)[:MOST_WORDS]),
        " ".join(list(dict.fromkeys(words_of(" ".join(facts))))[:MOST_WORDS]),
        " ".join(list(dict.fromkeys(words_of(" ".join(codes))))[:MOST_WORDS]),
        " ".join(words_of(text)[:MOST_WORDS]),
    )


def _is_postgresql() -> bool:
    return connection.vendor == "postgresql"


def remove(product_ids: Sequence[int]) -> None:
    """Take products out of the index."""
    column = "product_id" if _is_postgresql() else "rowid"
    with connection.cursor() as cursor:
        cursor.executemany(
            f"DELETE FROM catalog_search WHERE {column} = %s",  # noqa: S608  a constant
            [(product_id,) for product_id in product_ids],
        )


def add(documents: Iterable[Document]) -> None:
    """Put products into the index; they are not in it yet."""
    rows = [
        (each.product_id, each.name, f"{each.facts} {each.codes}", each.text) for each in documents
    ]
    if _is_postgresql():
        sql = (
            "INSERT INTO catalog_search (product_id, words) VALUES (%s,"
            " setweight(to_tsvector('simple', %s), 'A')"
            " || setweight(to_tsvector('simple', %s), 'B')"
            " || setweight(to_tsvector('simple', %s), 'D'))"
        )
    else:
        sql = "INSERT INTO catalog_search (rowid, name, facts, text) VALUES (%s, %s, %s, %s)"
    with connection.cursor() as cursor:
        cursor.executemany(sql, rows)


def clear() -> None:
    """Empty the index."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM catalog_search")


def optimize() -> None:
    """Merge what many small writes left apart, and tell the planner how much there is."""
    if not _is_postgresql():
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO catalog_search (catalog_search) VALUES ('optimize')")
    refresh_statistics([TABLE, SearchWord._meta.db_table])


def every_word(words: Sequence[str], *, is_prefix: bool) -> str:
    """An expression for all of these plain words; the last may be a beginning,
    each with `is_prefix`.
    """
    last = len(words) - 1
    parts = [_either(word, is_open=is_prefix or place == last) for place, word in enumerate(words)]
    return (" & " if _is_postgresql() else " AND ").join(parts)


def any_word(words: Sequence[str]) -> str:
    """An expression for any of these plain words."""
    parts = [_either(word, is_open=len(word) > 3) for word in words]
    return (" | " if _is_postgresql() else " OR ").join(parts)


def _either(word: str, *, is_open: bool) -> str:
    """The word, or what its singular begins with.

    Words hold letters and digits only, so quoting is safe.
    """
    stem = singular(word)
    open_words = {word} if is_open else set()
    if stem != word:
        open_words.add(stem)
    if _is_postgresql():
        terms = [f"'{each}':*" for each in sorted(open_words)]
        terms += [] if is_open else [f"'{word}'"]
        return f"({' | '.join(terms)})"
    terms = [f'"{each}" *' for each in sorted(open_words)]
    terms += [] if is_open else [f'"{word}"']
    return f"({' OR '.join(terms)})"


def ranking(expression: str, *, hits: int, found: int) -> tuple[str, list[str | int]]:
    """SQL and parameters for the ids of at most `found` products, best first, the
    newest of equals first.

    Nothing is left out before it has its place in a total order: the same words find the same
    products each time. PostgreSQL ranks all hits, since to sort them by age would cost it as much.
    On SQLite the rank is the costly part, and the newest `hits` are ranked.
    """
    if _is_postgresql():
        return (
            (
                "SELECT product_id FROM catalog_search WHERE words @@ to_tsquery('simple', %s)"
                " ORDER BY"
                " ts_rank('{0.05, 0.2, 0.4, 1.0}', words, to_tsquery('simple', %s), 1) DESC,"
                " product_id DESC LIMIT %s"
            ),
            [expression, expression, found],
        )
    return (
        (
            "SELECT id FROM (SELECT rowid AS id, bm25(catalog_search, 10.0, 4.0, 0.5) AS score"
            " FROM catalog_search WHERE catalog_search MATCH %s ORDER BY rowid DESC LIMIT %s)"
            " ORDER BY score, id DESC LIMIT %s"
        ),
        [expression, hits, found],
    )


class Among(Lookup[Any]):
    """`Among(F("pk"), ids)`: `pk__in` with all ids as one parameter, where a thousand would be
    written six times a page.
    """

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        left, params = self.process_lhs(compiler, connection)
        ids = list(self.rhs)
        if connection.vendor == "postgresql":
            return f"{left} = ANY(%s::bigint[])", [*params, _as_array(ids)]
        within = f"{left} IN (SELECT value FROM json_each(%s))"  # noqa: S608 - Django made the column's name
        return within, [*params, json.dumps(ids)]


def _as_array(ids: Iterable[int]) -> str:
    """PostgreSQL's way to write an array; psycopg takes longer for a list than the
    search for its hits.
    """
    return "{" + ",".join(map(str, ids)) + "}"


def place_in(ids: Sequence[int]) -> RawSQL:
    """An expression for a product's place in `ids`, from 0 or 1 up."""
    if _is_postgresql():
        return RawSQL(
            'array_position(%s::bigint[], "catalog_product"."id")',
            [_as_array(ids)],
            output_field=IntegerField(),
        )
    listed = "," + ",".join(map(str, ids)) + ","
    return RawSQL(
        "instr(%s, ',' || \"catalog_product\".\"id\" || ',')",
        [listed],
        output_field=IntegerField(),
    )
