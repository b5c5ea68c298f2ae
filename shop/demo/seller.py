"""The demo's made-up seller, for what the environment says nothing about."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings

from shop.demo.files import read

DATA = Path(__file__).resolve().parent / "data"


def stand_in() -> None:
    """Fill the settings that name the seller; what the environment sets is kept."""
    sample: dict[str, str] = read(DATA, "content")["seller"]
    for name, value in sample.items():
        if not os.environ.get(name):
            setattr(settings, name, value)
