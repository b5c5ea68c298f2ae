"""What holds across all apps, and what no linter knows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest
from django.apps import apps
from django.conf import settings
from django.template import TemplateSyntaxError, engines
from django.template.loader import get_template

ROOT = Path(settings.BASE_DIR)
# From the bottom up; neighbors share a number.
LAYERS = {
    "core": 0,
    "accounts": 1,
    "inventory": 2,
    "catalog": 3,
    "pricing": 4,
    "cart": 5,
    "orders": 6,
    "payments": 7,
    "reviews": 8,
    "notifications": 8,
    "reports": 9,
}
LONGEST_FUNCTION, LONGEST_TEMPLATE = 60, 120
APPS = [name for name in LAYERS if name != "core" and (ROOT / name).is_dir()]
ENTRY_POINTS = {"views", "api", "admin", "tasks", "handlers", "management", "consumers"}
BANNED_CACHING = ["cache" + "_page", "UpdateCache" + "Middleware", "FetchFromCache" + "Middleware"]


def python_files() -> Iterator[Path]:
    for folder in ["shop", *APPS]:
        yield from (ROOT / folder).rglob("*.py")


def template_files() -> Iterator[Path]:
    for folder in [ROOT / "templates", *(ROOT / name / "templates" for name in APPS)]:
        yield from sorted(folder.rglob("*.html"))
        yield from sorted(folder.rglob("*.txt"))


def template_name(path: Path) -> str:
    return str(path).rpartition("/templates/")[2]


def in_project(path: Path) -> str:
    return str(path.relative_to(ROOT))


# Layers ------------------------------------------------------------------------------------------


def test_no_relation_points_to_a_higher_layer_or_to_a_neighbor():
    wrong = []
    for model in apps.get_models():
        own = model._meta.app_label
        if own not in LAYERS:
            continue
        for relation in (*model._meta.local_fields, *model._meta.local_many_to_many):
            target = relation.related_model and relation.related_model._meta.app_label
            if target in LAYERS and target != own and LAYERS[target] >= LAYERS[own]:
                wrong.append(f"{model._meta.label}.{relation.name} -> {target}")

    assert wrong == []


def test_no_app_imports_the_entry_points_of_another():
    graph = grimp.build_graph("shop", *APPS, cache_dir=None)
    wrong = []
    for module in graph.modules:
        app = module.partition(".")[0]
        # The top layer may import everything, and so may a test.
        if app == "shop" or ".tests" in module:
            continue
        for imported in graph.find_modules_directly_imported_by(module):
            other, _, rest = imported.partition(".")
            is_nested = rest == "api.serializers" and module.endswith("serializers")
            # The back office shows an order together with its payments.
            is_nested |= (module, imported) == ("orders.admin.page", "payments.admin")
            is_entry_point = not ENTRY_POINTS.isdisjoint(rest.split("."))
            if other in APPS and other != app and is_entry_point and not is_nested:
                wrong.append(f"{module} -> {imported}")

    assert wrong == []


# Settings ----------------------------------------------------------------------------------------


def test_every_variable_the_shop_reads_is_explained_in_the_example():
    read = set(re.findall(r'\benv\.\w+\(\s*"([A-Z_]+)"', (ROOT / "shop/settings.py").read_text()))
    for path in [*python_files(), *(ROOT / "tests").glob("*.py")]:
        read |= set(re.findall(r'os\.environ\.get\(\s*"([A-Z_]+)"', path.read_text()))
    read -= {"CI", "DJANGO_SETTINGS_MODULE"}

    lines = (ROOT / ".env.example").read_text().splitlines()
    named = {}
    for previous, line in zip(["", *lines], lines, strict=False):
        if match := re.match(r"#([A-Z_]+)=", line):
            named[match[1]] = previous

    assert read - set(named) == set(), "missing in .env.example"
    assert set(named) - read - {"WEB_CONCURRENCY"} == set(), "nobody reads these any more"
    unexplained = [
        name
        for name, previous in named.items()
        if not previous.startswith("# ") and not re.match(r"#[A-Z_]+=", previous)
    ]
    assert unexplained == []


# Pages -------------------------------------------------------------------------------------------


def test_every_template_compiles():
    broken = []
    for path in template_files():
        try:
            get_template(template_name(path))
        except TemplateSyntaxError as error:
            broken.append(f"{in_project(path)}: {error}")

    assert engines.all()
    assert broken == []


# Mail clients read nothing but inline styles.
PAGES = [path for path in template_files() if "emails/" not in template_name(path)]


def test_no_line_of_a_page_is_wider_than_120_columns():
    wide = [
        f"{in_project(path)}:{number}"
        for path in PAGES
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if len(line) > 120
    ]

    assert wide == []


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        (r"<[^>]*\sstyle\s*=", "a style attribute"),
        (r"<style[\s>]", "a style element"),
        (r"<[^>]*\son[a-z]+\s*=", "an inline event handler"),
        (r"<[^>]*\shx-on", "htmx's inline event handler"),
        (r"\bjavascript:", "a javascript: address"),
        (
            r"<script(?![^>]*\ssrc=)(?![^>]*type=\"application/(?:ld\+)?json\")[^>]*>",
            "an inline script",
        ),
    ],
)
def test_no_page_carries_what_the_strict_policy_blocks(pattern, what):
    found = [
        in_project(path) for path in PAGES if re.search(pattern, path.read_text(), re.IGNORECASE)
    ]

    assert found == [], what


# Habits ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BANNED_CACHING)
def test_nothing_uses_the_cache_middleware_of_django(name):
    assert [in_project(path) for path in python_files() if name in path.read_text()] == []


def test_only_the_base_code_touches_the_cache():
    """All else goes through `shop.core.caching`, which keeps nothing but plain values."""
    assert [
        in_project(path)
        for path in python_files()
        if "django.core.cache" in path.read_text()
        and not in_project(path).startswith(("shop/core/", "shop/web/", "shop/runtime/"))
        and "/tests/" not in in_project(path)
        and in_project(path) != "shop/settings.py"
    ] == []


def test_no_dictionary_of_a_request_is_expanded_into_a_call():
    """`filter(**request.GET)` lets a visitor name any field (CVE-2025-64459 and its kin)."""
    pattern = re.compile(r"\*\*\s*(?:self\.)?request\.(?:GET|POST|data|query_params|META)\b")
    found = [in_project(path) for path in python_files() if pattern.search(path.read_text())]

    assert found == []


def test_money_is_never_kept_in_a_decimal_or_float_column():
    """SQLite stores a DecimalField as a float, where 0.10 + 0.20 = 0.30 is false."""
    fields = [
        field
        for model in apps.get_models()
        if model._meta.app_label in LAYERS
        for field in model._meta.local_fields
    ]
    wrong = [
        str(field)
        for field in fields
        if field.get_internal_type() in {"DecimalField", "FloatField"}
        and re.search("price|amount|total|cost|discount|tax|balance", field.name)
        and not field.name.endswith("_percent")
    ]
    assert wrong == []

    amounts = [field for field in fields if field.name.endswith("_minor")]
    assert len(amounts) > 0
    # JSON: a coupon's whole amounts by currency.
    allowed = {"BigIntegerField", "PositiveBigIntegerField", "JSONField"}
    assert [str(f) for f in amounts if f.get_internal_type() not in allowed] == []


# The shop's clock --------------------------------------------------------------------------------

CLOCK = "shop/core/clock.py"
# What turns an instant into a day or into text by whatever time zone happens to be in force.
CLOCK_CALLS = {
    "date_format",
    "time_format",
    "localtime",
    "localdate",
    "make_aware",
    "make_naive",
    "get_current_timezone",
    "get_default_timezone",
    "combine",
    "today",
    "utcnow",
    "strftime",
    "ZoneInfo",
}
# Records for machines, written in UTC whatever the zone of the shop is; and the
# check of that setting.
WRITES_UTC = {
    "shop/core/environment.py",
    "shop/runtime/logging.py",
    "shop/core/pdf.py",
    "notifications/handlers.py",
}


def clock_faults(source: str) -> list[int]:
    """The lines of `source` that decide on their own what day it is, or how a moment is shown."""
    tree = ast.parse(source)
    ours = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "shop.core.clock"
        for alias in node.names
    }
    lines = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            is_day = name == "date" and isinstance(node.func, ast.Attribute) and not node.args
            if is_day or (name in CLOCK_CALLS and name not in ours):
                lines.append(node.lineno)
        elif isinstance(node, ast.FormattedValue) and "%" in str(
            node.format_spec and ast.unparse(node.format_spec)
        ):
            lines.append(node.lineno)
    return lines


def test_only_the_clock_turns_a_moment_into_a_day_or_into_text():
    wrong = [
        f"{in_project(path)}:{line}"
        for path in python_files()
        if not {"tests", "migrations"} & set(path.parts)
        and in_project(path) not in {CLOCK, *WRITES_UTC}
        and not in_project(path).startswith("shop/demo/")
        for line in clock_faults(path.read_text())
    ]

    assert wrong == []


@pytest.mark.parametrize(
    "line",
    [
        "at.date()",
        "timezone.now().date()",
        "timezone.localdate()",
        "timezone.localtime(at)",
        "date_format(at, 'j F')",
        "datetime.combine(day, time.min)",
        "date.today()",
        "at.strftime('%d')",
        "f'{at:%d.%m.}'",
        "at.astimezone(ZoneInfo('Europe/Berlin'))",
    ],
)
def test_the_clock_rule_finds(line):
    assert clock_faults(line) == [1]


def test_templates_show_moments_by_the_filters_of_the_clock():
    wrong = [
        f"{template_name(path)}: {found[0]}"
        for path in template_files()
        for found in re.finditer(
            r"""\b\w*(?:_at|\.at|moment)\|(?:date|time):(?!["']c["'])""", path.read_text()
        )
    ]

    assert wrong == []


def test_no_function_has_more_than_sixty_lines():
    found = [
        f"{in_project(path)}:{node.lineno} {node.name}"
        for path in python_files()
        if "tests" not in path.parts and "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]

    assert found == []


def test_no_template_has_more_than_a_hundred_and_twenty_lines():
    lengths = {in_project(path): path.read_text().count("\n") for path in template_files()}

    assert {path for path, lines in lengths.items() if lines > LONGEST_TEMPLATE} == set()
