"""The templates and icons that stand over Unfold's."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import unfold
from fontTools.ttLib import TTFont

from tests.backoffice.icons import SUBSET, icons_in_use, ligatures

pytestmark = pytest.mark.django_db


TEMPLATES = Path(unfold.__file__).parent / "templates"


# Unfold's templates that ours replace, as they were when ours were written. A change here means:
# read what moved upstream, mend ours, then write the new sum.
REPLACED = {
    "admin/actions.html": "b5332aace8e69192",
    "admin/base.html": "2ce9250b3c649e3a",
    "admin/change_list.html": "5885c39760f6085d",
    "admin/change_list_results.html": "1a2a072727ae72f9",
    "admin/object_history.html": "276be0d3eb1c5eaa",
    "admin/search_form.html": "32c57965802858bd",
    "unfold/helpers/actions_row.html": "a322f5b53d779840",
    "unfold/helpers/app_list.html": "6ab83ac498b2f50f",
    "unfold/helpers/change_list_filter.html": "9606a6123fb48b05",
    "unfold/helpers/change_list_headers.html": "fe918b6eb4eece69",
    "unfold/helpers/command.html": "ae6ce324d8536613",
    "unfold/helpers/dialog.html": "e961b19a9a2f2175",
    "unfold/helpers/edit_inline/inline_delete.html": "aa81c3c8f5a2c86a",
    "unfold/helpers/edit_inline/inline_drag.html": "1801fc63f70fdbc7",
    "unfold/helpers/edit_inline/tabular_heading.html": "eef46d03bc1655ad",
    "unfold/helpers/edit_inline/tabular_table.html": "57d22471b10cefc8",
    "unfold/helpers/fieldsets_tabs.html": "277e79c595b0f4df",
    "unfold/helpers/header_title.html": "b126ed2ab9ca1680",
    "unfold/helpers/modal.html": "fa0832c6ded6a26b",
    "unfold/helpers/navigation.html": "fd819dae3473c0be",
    "unfold/helpers/navigation_header.html": "35139b9d94580be9",
    "unfold/helpers/navigation_user.html": "4c9ba58b3f215326",
    "unfold/helpers/search.html": "91996c27181d14ad",
    "unfold/helpers/tab_action.html": "6728db375499fab6",
    "unfold/helpers/tab_actions.html": "2883f8c5b35d3085",
    "unfold/helpers/tab_items.html": "d23095f9525ae751",
    "unfold/helpers/theme_switch.html": "c8e659df65f5aa78",
    "unfold/helpers/welcomemsg.html": "e8eab02522ba2319",
    "unfold/layouts/skeleton.html": "66af9f0bb45f98ba",
}


def test_the_templates_we_replace_are_still_the_ones_we_know():
    now = {
        name: hashlib.sha256((TEMPLATES / name).read_bytes()).hexdigest()[:16] for name in REPLACED
    }

    assert now == REPLACED


def test_every_template_of_ours_that_stands_over_one_of_unfolds_is_known():
    ours = Path(__file__).resolve().parents[2] / "templates"
    shared = {
        str(path.relative_to(ours))
        for folder in ("admin", "unfold")
        for path in (ours / folder).rglob("*.html")
        if (TEMPLATES / path.relative_to(ours)).exists()
    }

    assert shared == set(REPLACED)


def test_every_icon_in_use_is_in_the_font():
    known = ligatures(TTFont(SUBSET))

    assert {name for name in icons_in_use() if name not in known} == set()


def test_the_icon_font_is_small():
    assert SUBSET.stat().st_size < 24_000
