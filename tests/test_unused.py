"""The check for unused code finds what only tests use, and believes templates and settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests import unused

CODE = """
def called(): return 1
def forgotten(): return called()
def shown_in_a_template(): return 2
def named_in_settings(): return 3
PATH = "shop.code.named_in_settings"
"""


def test_only_what_nothing_uses_is_found(tmp_path: Path, monkeypatch: Any):
    (tmp_path / "shop" / "tests").mkdir(parents=True)
    (tmp_path / "templates").mkdir()
    (tmp_path / "gunicorn.conf.py").write_text("")
    (tmp_path / "shop" / "code.py").write_text(CODE)
    (tmp_path / "shop" / "tests" / "test_code.py").write_text("forgotten()")
    (tmp_path / "templates" / "page.html").write_text("<b>{{ shown_in_a_template }}</b> forgotten")
    monkeypatch.setattr(unused, "ROOT", tmp_path)
    monkeypatch.setattr(unused, "FOLDERS", ["shop"])

    assert set(unused.find_unused().values()) == {"forgotten"}
