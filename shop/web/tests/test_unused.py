"""Templates, static files and icons that nothing names any more."""

from __future__ import annotations

import re
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.conf import settings

from shop.web.assets import PAGES

ROOT = Path(settings.BASE_DIR)
# Packages whose templates and files we replace by ours of the same name.
REPLACED = ["unfold", "allauth", "django"]


def tracked() -> list[Path]:
    """What belongs to the project, without its tests."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    paths = [Path(name) for name in listed.stdout.splitlines()]
    return [path for path in paths if "tests" not in path.parts and (ROOT / path).is_file()]


def texts() -> dict[Path, str]:
    kinds = {".py", ".html", ".txt", ".svg", ".js", ".css"}
    return {
        path: (ROOT / path).read_text(encoding="utf-8")
        for path in tracked()
        if path.suffix in kinds
    }


def replaced(kind: str) -> set[str]:
    """The names of the templates or static files of other packages."""
    names = set()
    for package in REPLACED:
        spec = find_spec(package)
        assert spec
        assert spec.origin
        for folder in Path(spec.origin).parent.rglob(kind):
            names |= {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    return names


def unnamed(folder: str, known: set[str]) -> list[str]:
    """Files of `folder` that are not `known` and that no other file names."""
    sources = texts()
    found = []
    for path in tracked():
        name = str(path.relative_to(folder)) if path.parts[0] == folder else ""
        if not name or name in known or "LICENSE" in name or path.name == "OFL.txt":
            continue
        # A style sheet names a file from where it stands.
        inside = f"../{name}"
        if not any(name in text or inside in text for at, text in sources.items() if at != path):
            found.append(name)
    return found


def test_every_template_is_named_somewhere():
    # The name of an e-mail's template is made of its kind.
    emails = {
        str(path.relative_to("templates"))
        for path in tracked()
        if path.parts[:2] == ("templates", "emails")
    }

    assert unnamed("templates", replaced("templates") | emails) == []


def test_every_static_file_is_named_somewhere():
    bundled = {f"css/{name}.css" for names in PAGES.values() for name in names}

    assert unnamed("static", replaced("static") | bundled) == []


def test_every_template_that_is_named_exists():
    ours = {
        str(path.relative_to("templates")) for path in tracked() if path.parts[0] == "templates"
    }
    others = replaced("templates")
    sources = {path: text for path, text in texts().items() if path.parts[0] == "templates"}
    named = {
        name
        for text in sources.values()
        for name in re.findall(r'{% (?:include|extends) "([^"]+\.\w+)"', text)
    }

    assert named - ours - others == set()


def test_every_icon_of_the_sprite_is_named_somewhere():
    drawn = set(re.findall(r'id="i-([\w-]+)"', (ROOT / "static/img/sprite.svg").read_text()))
    everything = "\n".join(texts().values())

    assert {name for name in drawn if not re.search(rf"[\"']{name}[\"']", everything)} == set()


def test_fonts_and_their_licenses_are_kept_once():
    files = [
        path
        for path in tracked()
        if path.suffix == ".woff2" or path.name in {"OFL.txt", "LICENSE.txt"}
    ]
    contents = [(ROOT / path).read_bytes() for path in files]

    assert len(set(contents)) == len(files)
