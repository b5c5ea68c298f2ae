"""Files of the shop: whole, and never one in place of another."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from shop.core.storage import WholeFileStorage


def test_a_name_that_is_taken_at_the_last_moment_gives_another_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    storage = WholeFileStorage(location=tmp_path)
    find, asked = storage.get_available_name, []

    def find_too_early(name: str, max_length: int | None = None) -> str:
        """As if somebody else took the name after we were told that it is free, twice."""
        asked.append(name)
        (tmp_path / "cup.png").write_bytes(b"theirs")
        return name if len(asked) <= 2 else str(find(name, max_length))

    monkeypatch.setattr(storage, "get_available_name", find_too_early)

    name = storage.save("cup.png", ContentFile(b"ours"))

    assert (tmp_path / "cup.png").read_bytes() == b"theirs"
    assert (tmp_path / name).read_bytes() == b"ours"
    assert len(list(tmp_path.iterdir())) == 2
