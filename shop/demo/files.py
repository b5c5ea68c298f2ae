"""The demo's data files."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any


@lru_cache(maxsize=16)
def _parsed(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def read(data_dir: Path, name: str) -> Any:
    """What `<name>.json` holds; not to be changed by the caller."""
    return _parsed(data_dir / f"{name}.json")
