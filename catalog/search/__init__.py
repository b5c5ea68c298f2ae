"""Search in the catalog, from the database's own full text."""

from catalog.search.database import (
    closest,
    did_you_mean,
    find,
    popular_words,
    rebuild,
    reindex,
    suggest,
)

__all__ = [
    "closest",
    "did_you_mean",
    "find",
    "popular_words",
    "rebuild",
    "reindex",
    "suggest",
]
