"""Code that nothing uses: `python -m tests.unused`, a part of `make check`.

vulture reads the Python; this adds the names that templates and dotted paths in strings use, and
leaves variables out, which Django's declarations are full of. What only tests use counts as unused.
"""

from __future__ import annotations

import fnmatch
import keyword
import re
import sys
from fnmatch import fnmatchcase
from pathlib import Path

from vulture import Vulture

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = [
    *("accounts", "inventory", "catalog", "pricing", "cart", "orders", "payments"),
    *("notifications", "reports", "shop", "benchmarks"),
]
ALLOWED = ROOT / "tests" / "unused_allowed.txt"
# Variables and attributes are columns, options of Meta and of admin classes: not code that runs.
KINDS = {"class", "function", "import", "method", "property", "unreachable_code"}
# What registers itself, and is then called by the registry.
REGISTERING = [
    *("@on", "@invariant", "@every", "@exports", "@lost_work", "@register*", "@receiver"),
    *("@task", "@action", "@display", "@admin*", "@extend_schema*"),
]
WORD = re.compile(r"\b[A-Za-z_]\w+\b")
DOTTED = re.compile(r"""["'][\w]+(?:\.\w+)+["']""")


def find_unused() -> dict[str, str]:
    """Where each unused name is, as `path:line kind name`, and the name."""
    reader = Vulture(ignore_decorators=REGISTERING)
    files = [str(ROOT / name) for name in (*FOLDERS, "gunicorn.conf.py")]
    reader.scavenge(files, exclude=["*/tests/*"])
    reader.scan("\n".join(sorted(_names_elsewhere())), filename="templates")
    return {
        f"{item.filename.relative_to(ROOT)}:{item.first_lineno} {item.typ} {item.name}": item.name
        for item in reader.get_unused_code(min_confidence=60)
        if item.typ in KINDS
    }


def _names_elsewhere() -> set[str]:
    """Names in the tags of templates, and in dotted paths such as those of the settings."""
    names: set[str] = set()
    for folder in ("templates", *FOLDERS):
        for path in [ROOT / "gunicorn.conf.py", *(ROOT / folder).rglob("*")]:
            if path.suffix in {".html", ".txt"}:
                for tag in re.findall(r"\{[{%].*?[%}]\}", path.read_text("utf-8"), re.DOTALL):
                    names.update(WORD.findall(tag))
            elif path.suffix == ".py" and "tests" not in path.parts:
                for text in DOTTED.findall(path.read_text("utf-8")):
                    names.update(WORD.findall(text))
    return {name for name in names if name.isidentifier()} - set(keyword.kwlist)


def allowed() -> list[str]:
    """Patterns of names that stay although nothing of ours calls them."""
    lines = ALLOWED.read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def main() -> int:
    """Print what is unused, and patterns that fit nothing any more; 1 if there is any."""
    found, patterns = find_unused(), allowed()
    faults = [
        f"{where}: nothing uses it"
        for where, name in sorted(found.items())
        if not any(fnmatchcase(name, pattern) for pattern in patterns)
    ]
    faults += [
        f"{pattern}: no unused name fits, take it out of {ALLOWED.relative_to(ROOT)}"
        for pattern in patterns
        if not fnmatch.filter(found.values(), pattern)
    ]
    print("\n".join(faults) or "No unused code.")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
