"""What Django's models do not describe: the full-text table of the search, and the ledger of prices.

The search is FTS5 on SQLite and a weighted tsvector on PostgreSQL.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations

from shop.core.append_only import append_only

SQLITE = """
CREATE VIRTUAL TABLE catalog_search USING fts5(
    name, facts, text, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3', content = ''
    , contentless_delete = 1
)
"""
# `contentless_delete` needs SQLite 3.43; older ones keep the words as well, which costs only space.
SQLITE_BEFORE_3_43 = """
CREATE VIRTUAL TABLE catalog_search USING fts5(
    name, facts, text, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
)
"""
# No foreign key, as on SQLite: a row whose product is gone is found by nobody, since every search goes
# through the products, and a constraint from outside Django's models would stand in the way of TRUNCATE.
POSTGRESQL = """
CREATE TABLE catalog_search (
    product_id bigint PRIMARY KEY,
    words tsvector NOT NULL
);
CREATE INDEX catalog_search_words ON catalog_search USING gin (words);
"""


def create(apps: Any, schema_editor: Any) -> None:
    connection = schema_editor.connection
    if connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL)
        return
    has_contentless_delete = connection.Database.sqlite_version_info >= (3, 43)
    schema_editor.execute(SQLITE if has_contentless_delete else SQLITE_BEFORE_3_43)


def drop(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute("DROP TABLE catalog_search")


class Migration(migrations.Migration):
    dependencies = [("core", "0002_append_only"), ("catalog", "0001_initial")]

    operations = [
        migrations.RunPython(create, drop),
        append_only("catalog_pricechange", is_erasable=True),
    ]
