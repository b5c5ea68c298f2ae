"""Full text in the database itself: FTS5 on SQLite, tsvector on PostgreSQL. The same words on both.

The index holds plain words (see `words.py`), so that accents, case and signs make no difference and
no text somebody types can be an operator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from django.db import connection, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Length

from catalog.models import Category, Product, SearchWord
from catalog.querysets import ProductQuerySet
from catalog.search import index
from catalog.search.words import nearest, singular, tolerance, typed_words

# A word that half the shop has says nothing: no search shows more than MOST_FOUND, or ranks more
# on SQLite than MOST_HITS.
MOST_HITS = 5_000
MOST_FOUND = 1_000
MOST_CANDIDATES = 4_000
MOST_SUGGESTIONS = 8


def find(products: ProductQuerySet, query: str, *, is_prefix: bool = False) -> ProductQuerySet:
    """Those of `products` that have every word of `query`, with their rank for
    `sorted_by("relevance")`.

    The last word, or each with `is_prefix`, may be only the beginning of one. One query of bounded
    cost, at most 1,000 hits; nothing for a text without words.
    """
    words = typed_words(query)
    return (
        _ranked(products, index.every_word(words, is_prefix=is_prefix))
        if words
        else products.none()
    )


def closest(products: ProductQuerySet, query: str) -> ProductQuerySet:
    """Those of `products` that have any word of `query`, misspelled or not, the nearest first."""
    words = typed_words(query)
    corrected = [_correct(word) or word for word in words]
    if not words:
        return products.none()
    found = _ranked(products, index.any_word(list(dict.fromkeys([*words, *corrected]))))
    return found.sorted_by("relevance")


def did_you_mean(query: str) -> str:
    """The query with its misspelled words put right; empty where every word is
    known or none is near.
    """
    words = typed_words(query)
    corrected = [_correct(word) for word in words]
    if not any(corrected):
        return ""
    return " ".join(right or word for word, right in zip(words, corrected, strict=True))


def suggest(term: str) -> list[str]:
    """Queries that begin like what is typed so far, the most frequent first; at most eight."""
    words = typed_words(term)
    if not words:
        return []
    *done, started = words
    completions = (
        SearchWord.objects.filter(word__startswith=started)
        .order_by("-product_count", "word")
        .values_list("word", flat=True)[:MOST_SUGGESTIONS]
    )
    return [" ".join([*done, completion]) for completion in completions]


def popular_words(limit: int = 6) -> list[str]:
    """What people look for most: the names of the fullest categories that hold products."""
    fullest = (
        Category.objects.shown()
        .filter(product_count__gt=0, rght=F("lft") + 1)
        .order_by("-product_count", "name")
        .values_list("name", flat=True)
    )
    return list(fullest[:limit])


def reindex(product_ids: Iterable[int]) -> None:
    """Bring the index up to date for these products; those that are gone or not
    for sale leave it.
    """
    ids = sorted(set(product_ids))
    with transaction.atomic():
        index.remove(ids)
        documents = [
            index.document_of(product)
            for product in Product.objects.filter(pk__in=ids, status="active")
            .select_related("category", "maker")
            .prefetch_related("variants", "attribute_values__choice")
        ]
        index.add(documents)
        _learn(documents)


def rebuild(progress: Callable[[int, int], None] | None = None) -> int:
    """Rebuild the whole index in batches; return the number of products in it."""
    ids = list(Product.objects.filter(status="active").order_by("pk").values_list("pk", flat=True))
    index.clear()
    SearchWord.objects.all().delete()
    for done, batch in enumerate(_batches(ids, 500), start=1):
        reindex(batch)
        if progress:
            progress(min(done * 500, len(ids)), len(ids))
    index.optimize()
    return len(ids)


def _batches(ids: Sequence[int], size: int) -> Iterable[Sequence[int]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


def _ranked(products: ProductQuerySet, expression: str) -> ProductQuerySet:
    """The hits, best first; `relevance` is the place in that order."""
    with connection.cursor() as cursor:
        cursor.execute(*index.ranking(expression, hits=MOST_HITS, found=MOST_FOUND))
        ids = [row[0] for row in cursor.fetchall()]
    if not ids:
        return products.none().annotate(relevance=Value(0))
    return products.filter(index.Among(F("pk"), ids)).annotate(relevance=index.place_in(ids))


def _correct(word: str) -> str:
    """The known word nearest to a misspelled one; empty where the word is known or none is near."""
    most = tolerance(word)
    if not most or word.isdigit():
        return ""
    known = SearchWord.objects.filter(Q(word__startswith=word) | Q(word=singular(word)))
    if known.exists():
        return ""
    near = (
        SearchWord.objects.annotate(letters=Length("word"))
        .filter(letters__gte=len(word) - most, letters__lte=len(word) + most)
        .filter(
            Q(word__startswith=word[0]) | Q(word__endswith=word[-1]) | Q(word__startswith=word[1])
        )
        .order_by("-product_count", "word")
        .values_list("word", "product_count")
    )
    return nearest(word, near[:MOST_CANDIDATES])


def _learn(documents: Sequence[index.Document]) -> None:
    """Count the words of names for suggestions.

    Counts drift upwards with changes; a rebuild sets them right.
    """
    counts: dict[str, int] = {}
    for document in documents:
        for word in set(document.name.split() + document.facts.split()):
            if len(word) > 2 and not word.isdigit():
                counts[word] = counts.get(word, 0) + 1
    SearchWord.objects.bulk_create(
        [SearchWord(word=word, product_count=0) for word in counts], ignore_conflicts=True
    )
    by_count: dict[int, list[str]] = {}
    for word, count in counts.items():
        by_count.setdefault(count, []).append(word)
    for count, same in sorted(by_count.items()):
        SearchWord.objects.filter(word__in=sorted(same)).update(
            product_count=F("product_count") + count
        )
