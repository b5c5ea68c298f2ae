"""The back office's icon font: `python -m tests.backoffice.icons` keeps only the icons in use."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from tempfile import NamedTemporaryFile

import unfold
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parents[2]
UNFOLD = Path(unfold.__file__).parent
FULL = UNFOLD / "static/unfold/fonts/material-symbols/Material-Symbols-Outlined.woff2"
# The same path as Unfold's: our static folder comes first, so this one is served.
SUBSET = ROOT / "static/unfold/fonts/material-symbols/Material-Symbols-Outlined.woff2"
# Where our own code names icons.
CODE = [
    "*/admin*.py",
    "*/admin/*.py",
    "*/*/admin*.py",
    "orders/editing/forms.py",
    "shop/admin/**/*.py",
]


def ligatures(font: TTFont) -> dict[str, str]:
    """Icon name -> glyph name."""
    letters = {glyph: chr(code) for code, glyph in font.getBestCmap().items()}
    found = {}
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            real = getattr(table, "ExtSubTable", table)
            for first, ligature_set in getattr(real, "ligatures", {}).items():
                for ligature in ligature_set:
                    glyphs = [first, *ligature.Component]
                    if all(glyph in letters for glyph in glyphs):
                        name = "".join(letters[glyph] for glyph in glyphs)
                        found[name] = ligature.LigGlyph
    return found


def words_in_use() -> set[str]:
    """Every word that could be an icon's name, in templates, code and Unfold's style sheet."""
    words: set[str] = set()
    templates = [UNFOLD, ROOT / "templates/admin", ROOT / "templates/unfold"]
    for folder in templates:
        for file in folder.rglob("*.html"):
            words |= set(re.findall(r"[a-z][a-z0-9_]+", file.read_text()))
    sources = [*UNFOLD.rglob("*.py")]
    for pattern in CODE:
        sources += [path for path in ROOT.glob(pattern) if ".venv" not in path.parts]
    for file in sources:
        words |= set(re.findall(r"[\"']([a-z][a-z0-9_]+)[\"']", file.read_text()))
    sheet = (UNFOLD / "static/unfold/css/styles.css").read_text()
    return words | set(re.findall(r"content:[\"']([a-z][a-z0-9_]+)[\"']", sheet))


def icons_in_use() -> dict[str, str]:
    """Name -> glyph of the words that are icons."""
    known = ligatures(TTFont(FULL))
    return {word: known[word] for word in sorted(words_in_use()) if word in known}


def cut() -> None:
    """Write the subset."""
    with NamedTemporaryFile("w", suffix=".txt") as names:
        names.write("\n".join(sorted(set(icons_in_use().values()))))
        names.flush()
        SUBSET.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [
                sys.executable,
                "-m",
                "fontTools.subset",
                str(FULL),
                f"--glyphs-file={names.name}",
                "--text=abcdefghijklmnopqrstuvwxyz0123456789_",
                "--no-layout-closure",
                "--layout-features=*",
                "--flavor=woff2",
                f"--output-file={SUBSET}",
            ],
            check=True,
        )


if __name__ == "__main__":
    cut()
    sys.stdout.write(f"{len(icons_in_use())} icons, {SUBSET.stat().st_size:,} bytes\n")
