"""Migrations keep the previous release selling, and wait for nobody's lock for long."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import connection, models
from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState

from shop.core.management.commands import migrate
from tests.migration_safety import faults_of
from tests.test_serve import ROOT

# Migrations whose breach was confirmed, and why: nothing of the previous release
# needs what they take away.
CONFIRMED: dict[str, str] = {}


def own_migrations() -> list[tuple[Migration, ProjectState]]:
    """The shop's migrations beyond the first of each app, each with the state
    that it starts from.
    """
    loader = MigrationLoader(None)
    own = {
        config.label
        for config in apps.get_app_configs()
        if config.path.startswith(str(ROOT)) and ".venv" not in config.path
    }
    found = []
    for key in sorted(loader.graph.nodes):
        migration = loader.graph.nodes[key]
        if migration.app_label in own and not _is_first(migration):
            found.append((migration, loader.project_state(key, at_end=False)))
    return found


def _is_first(migration: Migration) -> bool:
    return bool(migration.initial) or not any(
        app_label == migration.app_label for app_label, _name in migration.dependencies
    )


def test_no_migration_stops_the_release_before_it():
    found = {
        f"{migration.app_label}.{migration.name}": faults
        for migration, before in own_migrations()
        if (faults := faults_of(migration, before))
    }

    assert {name: faults for name, faults in found.items() if name not in CONFIRMED} == {}


# What the check sees
# -------------------------------------------------------------------------------


def lamps() -> ProjectState:
    """A shop with one table."""
    state = ProjectState()
    fields = [
        ("id", models.BigAutoField(primary_key=True)),
        ("name", models.CharField(max_length=80)),
        ("watts", models.IntegerField(null=True)),
        ("price", models.IntegerField(db_default=0)),
    ]
    state.add_model(ModelState("lamps", "Lamp", fields))
    return state


def faults(*steps: Any) -> list[str]:
    migration = Migration("0002_change", "lamps")
    migration.operations = list(steps)
    return faults_of(migration, lamps())


def check_of(name: str, condition: models.Q) -> operations.AddConstraint:
    return operations.AddConstraint("lamp", models.CheckConstraint(condition=condition, name=name))


@pytest.mark.parametrize(
    ("step", "fault"),
    [
        (
            operations.AddField("lamp", "hue", models.IntegerField(default=1)),
            "adds lamp.hue NOT NULL without db_default",
        ),
        (operations.RemoveField("lamp", "name"), "removes lamp.name"),
        (operations.RenameField("lamp", "name", "title"), "renames lamp.name"),
        (operations.DeleteModel("Lamp"), "deletes the table of lamp"),
        (operations.RenameModel("Lamp", "Light"), "renames the table of lamp"),
        (operations.AlterModelTable("lamp", "lights"), "renames the table of lamp"),
        (
            operations.AlterField("lamp", "watts", models.IntegerField(default=0)),
            "makes lamp.watts NOT NULL",
        ),
        (
            operations.AlterField("lamp", "name", models.CharField(max_length=40)),
            "shortens lamp.name",
        ),
        (
            operations.AlterField("lamp", "name", models.CharField(max_length=80, unique=True)),
            "makes lamp.name unique",
        ),
        (
            operations.AlterField("lamp", "name", models.IntegerField()),
            "makes lamp.name a IntegerField",
        ),
        (
            operations.AlterField("lamp", "price", models.IntegerField(default=0)),
            "takes db_default from lamp.price",
        ),
        (check_of("bright", models.Q(watts__gt=5)), "adds bright on columns that old code writes"),
        (
            operations.AddConstraint(
                "lamp", models.UniqueConstraint(fields=["name"], name="one_name")
            ),
            "adds one_name on columns that old code writes",
        ),
        (
            operations.RunSQL("ALTER TABLE lamps_lamp DROP COLUMN name"),
            "runs SQL with DROP COLUMN",
        ),
        (
            operations.RunSQL([("ALTER TABLE lamps_lamp ALTER name SET NOT NULL", None)]),
            "runs SQL with SET NOT NULL",
        ),
        (
            operations.SeparateDatabaseAndState(
                state_operations=[operations.RemoveField("lamp", "name")]
            ),
            "forgets lamp.name",
        ),
        (
            operations.SeparateDatabaseAndState(
                database_operations=[operations.RemoveField("lamp", "name")]
            ),
            "removes lamp.name",
        ),
    ],
)
def test_what_would_stop_old_code_is_named(step: Any, fault: str):
    found = faults(step)

    assert len(found) == 1
    assert found[0].startswith(fault)


@pytest.mark.parametrize(
    "steps",
    [
        [operations.AddField("lamp", "hue", models.IntegerField(default=1, db_default=1))],
        [operations.AddField("lamp", "hue", models.IntegerField(null=True))],
        [operations.AlterField("lamp", "name", models.CharField(max_length=120))],
        [operations.AlterField("lamp", "name", models.TextField())],
        [operations.AddIndex("lamp", models.Index(fields=["name"], name="lamp_name"))],
        [operations.RunSQL("UPDATE lamps_lamp SET name = 'Dropped'")],
        [
            operations.AddField("lamp", "hue", models.IntegerField(db_default=1)),
            check_of("hue_is_small", models.Q(hue__lt=360)),
        ],
        [
            operations.CreateModel("Bulb", [("id", models.BigAutoField(primary_key=True))]),
            operations.AddField("bulb", "hue", models.IntegerField(default=1)),
            operations.AddConstraint(
                "bulb", models.UniqueConstraint(fields=["hue"], name="one_hue")
            ),
        ],
        [
            operations.SeparateDatabaseAndState(
                state_operations=[operations.RemoveField("lamp", "price")]
            )
        ],
    ],
)
def test_what_old_code_can_live_with_is_not(steps: list[Any]):
    assert faults(*steps) == []


# Locks
# ---------------------------------------------------------------------------------------------


class Holder:
    """Another connection that is in the middle of something with a table."""

    def __init__(self) -> None:
        self._connection = psycopg.connect(**connection.get_connection_params() | {"options": ""})
        self._connection.execute("LOCK TABLE scratch IN ACCESS SHARE MODE")

    def let_go(self) -> None:
        self._connection.close()


@pytest.fixture
def holder(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Holder]:
    """Somebody reads a table that `migrate` is about to change, in the place of any migration."""

    def alter(_self: Any, *_arguments: Any, **_options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE scratch ADD COLUMN extra integer")

    monkeypatch.setattr(DjangoMigrate, "handle", alter)
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT_MS", 50)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE scratch (id integer)")
    holder = Holder()
    yield holder
    holder.let_go()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE scratch")
        cursor.execute("RESET lock_timeout")
        cursor.execute("RESET statement_timeout")


def columns() -> list[str]:
    with connection.cursor() as cursor:
        table = connection.introspection.get_table_description(cursor, "scratch")
    return [column.name for column in table]


@pytest.mark.postgres
def test_a_table_in_use_is_asked_for_again_until_it_is_free(
    holder: Holder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 2:
            holder.let_go()

    monkeypatch.setattr(migrate.time, "sleep", wait)

    call_command("migrate", verbosity=0)

    assert columns() == ["id", "extra"]
    assert waited == [1, 2]
    assert capsys.readouterr().err.splitlines() == [
        "A table is locked. Retrying in 1 s.",
        "A table is locked. Retrying in 2 s.",
    ]


@pytest.mark.postgres
def test_a_table_that_stays_in_use_ends_the_command_with_what_to_do(
    holder: Holder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(migrate.time, "sleep", lambda _seconds: None)

    with pytest.raises(CommandError, match=r"still locked after 8 attempts.*pg_stat_activity"):
        call_command("migrate", verbosity=0)

    assert columns() == ["id"]


@pytest.mark.postgres
def test_while_a_migration_waits_readers_wait_a_moment_only(
    holder: Holder, monkeypatch: pytest.MonkeyPatch
):
    is_out_of_the_way = threading.Event()
    read: list[int] = []

    def wait(_seconds: float) -> None:
        # Between two attempts nobody stands in the queue for the table.
        with psycopg.connect(**connection.get_connection_params() | {"options": ""}) as reader:
            reader.execute("SET lock_timeout = 1000")
            read.append(len(reader.execute("SELECT * FROM scratch").fetchall()))
        is_out_of_the_way.set()
        holder.let_go()

    monkeypatch.setattr(migrate.time, "sleep", wait)

    call_command("migrate", verbosity=0)

    assert is_out_of_the_way.is_set()
    assert read == [0]
