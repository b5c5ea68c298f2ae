"""The category tree and its one lock."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from catalog.categories import (
    create_category,
    delete_category,
    misplaced_categories,
    move_category,
    repair_tree,
    update_category,
)
from catalog.errors import CategoryLoop, CategoryNotEmpty, SlugTaken
from catalog.models import Category, SlugRedirect
from catalog.tests.factories import ProductFactory

pytestmark = pytest.mark.django_db


def outline() -> list[tuple[str, int]]:
    return list(Category.objects.order_by("tree_id", "lft").values_list("slug", "level"))


@pytest.fixture
def tree() -> dict[str, Category]:
    home = create_category(name="Home")
    light = create_category(name="Light", parent=home)
    lamps = create_category(name="Lamps", parent=light)
    wardrobe = create_category(name="Wardrobe")
    return {each.slug: each for each in (home, light, lamps, wardrobe)}


def test_categories_nest_to_any_depth(tree):
    parent = tree["lamps"]
    for depth in range(10):
        parent = create_category(name=f"Depth {depth}", parent=parent)

    assert parent.get_ancestors().count() == 12
    assert misplaced_categories() == []


def test_a_category_moves_with_all_below_it(tree):
    move_category(tree["light"], parent=tree["wardrobe"])

    assert outline() == [("home", 0), ("wardrobe", 0), ("light", 1), ("lamps", 2)]
    assert misplaced_categories() == []


def test_a_category_moves_before_a_sibling_to_a_position_and_to_the_end(tree):
    chairs = create_category(name="Chairs", parent=tree["home"], before=tree["light"])
    assert outline()[:3] == [("home", 0), ("chairs", 1), ("light", 1)]

    move_category(tree["light"], parent=tree["home"], position=0)
    assert outline()[:4] == [("home", 0), ("light", 1), ("lamps", 2), ("chairs", 1)]

    move_category(tree["home"], parent=None)
    assert [slug for slug, level in outline() if level == 0] == ["wardrobe", "home"]
    move_category(chairs, parent=None, before=tree["wardrobe"])
    assert [slug for slug, level in outline() if level == 0] == ["chairs", "wardrobe", "home"]
    assert misplaced_categories() == []


def test_a_category_cannot_stand_below_itself(tree):
    before = outline()

    for parent in ("light", "lamps"):
        with pytest.raises(CategoryLoop):
            move_category(tree["light"], parent=tree[parent])

    assert outline() == before


def test_stale_objects_do_not_corrupt_the_tree(tree):
    stale_home, stale_light = (
        Category.objects.get(slug="home"),
        Category.objects.get(slug="light"),
    )
    move_category(tree["light"], parent=tree["wardrobe"])

    create_category(name="Rugs", parent=stale_home)
    move_category(stale_light, parent=stale_home)

    assert misplaced_categories() == []
    assert outline() == [("home", 0), ("rugs", 1), ("light", 1), ("lamps", 2), ("wardrobe", 0)]


def test_a_category_goes_only_when_nothing_is_in_it(tree):
    ProductFactory(category=tree["lamps"])

    for slug in ("home", "lamps"):
        with pytest.raises(CategoryNotEmpty):
            delete_category(tree[slug])
    delete_category(tree["wardrobe"])

    assert outline() == [("home", 0), ("light", 1), ("lamps", 2)]


def test_an_old_address_leads_to_the_new_one(tree):
    update_category(tree["light"], slug="lighting")
    assert SlugRedirect.objects.get().old_slug == "light"

    update_category(tree["light"], slug="light")

    assert SlugRedirect.objects.get().old_slug == "lighting"


def test_a_taken_address_is_refused(tree):
    with pytest.raises(SlugTaken):
        update_category(tree["light"], slug="lamps")

    assert create_category(name="Lamps").slug == "lamps-2"


def test_the_repair_follows_the_parents(tree):
    Category.objects.filter(slug="lamps").update(lft=90, rght=4, level=7)
    Category.objects.filter(slug="home").update(rght=2)

    wrong = len(misplaced_categories())
    assert repair_tree() == wrong

    assert misplaced_categories() == []
    assert outline() == [("home", 0), ("light", 1), ("lamps", 2), ("wardrobe", 0)]


def test_the_command_reports_and_mends(tree):
    Category.objects.filter(slug="lamps").update(level=7)

    with pytest.raises(CommandError):
        call_command("check_category_tree", stdout=StringIO())
    out = StringIO()
    call_command("check_category_tree", "--fix", "--json", stdout=out)

    report = json.loads(out.getvalue())
    assert [each["slug"] for each in report["misplaced"]] == ["lamps"]
    assert report["fixed"] == 1
    call_command("check_category_tree", stdout=StringIO())
