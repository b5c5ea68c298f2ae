"""The demo shop: complete, repeatable, and without logins where real people work."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from catalog.models import Category, Page, Product, Variant
from catalog.tests.factories import VariantFactory
from inventory.models import Movement
from notifications.models import OutgoingMail
from orders.models import Invoice, Order, Return
from orders.tests.factories import make_order, variant
from pricing.models import Coupon, GiftCard, Promotion
from shop.core.events import handlers_of
from shop.core.integrity import check
from shop.core.models import OutboxDelivery
from shop.demo.media import PICTURES, renditions_of
from shop.demo.seller import DATA
from shop.demo.stories import STORIES

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(300)]


def demo(*arguments: str) -> str:
    """What the command says."""
    out = StringIO()
    call_command("demo", *arguments, stdout=out)
    return out.getvalue()


def counts() -> dict[str, int]:
    """How much there is."""
    models = (Category, Product, Variant, Movement, Coupon, Promotion, Page, Order, User, GiftCard)
    return {model.__name__: model.objects.count() for model in models}


def test_the_demo_is_whole_and_a_second_run_changes_nothing(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.ENVIRONMENT = "development"

    demo("--orders", "12")
    first = counts()
    said = demo("--orders", "12")

    assert counts() == first
    assert (first["Category"], first["Product"], first["Variant"]) == (22, 55, 202)
    assert (first["Order"], first["User"], first["Coupon"], first["Promotion"]) == (12, 66, 5, 6)
    assert "ines@linden.example" in said
    cards = GiftCard.objects.order_by("issued_at")
    assert [(card.balance_minor, card.initial_minor, card.is_active) for card in cards] == [
        (5000, 5000, True),
        (0, 2000, True),
        (7500, 5000, False),
    ]
    assert User.objects.get(email="admin@linden.example").is_superuser
    assert [breach for _promise, breach in check(at=timezone.now()) if breach] == []


def test_every_leaf_of_the_demo_holds_three_products_with_their_own_pictures():
    products = json.loads((DATA / "products.json").read_text())
    categories = json.loads((DATA / "categories.json").read_text())
    parents = {each["parent"] for each in categories}
    held = Counter(each["category"] for each in products)
    pictures = [each["key"] for product in products for each in product["pictures"]]

    leaves = {each["slug"] for each in categories} - parents
    assert {slug for slug in leaves if held[slug] < 3} == set()
    assert held.keys() == leaves
    assert len(pictures) == len(set(pictures))


@pytest.mark.parametrize(
    ("story", "kind", "status"),
    [
        ("return_asked", "return", "requested"),
        ("return_approved", "return", "approved"),
        ("return_declined", "return", "declined"),
        ("return_in_part", "return", "received"),
        ("returned", "return", "closed"),
        ("exchange_asked", "exchange", "requested"),
        ("exchanged", "exchange", "closed"),
        ("withdrawn", "withdrawal", "approved"),
        ("part_withdrawn", "withdrawal", "approved"),
    ],
)
def test_returns_of_the_demo_stand_where_they_should(story, kind, status):
    now = timezone.now()
    at = now - timedelta(days=20)
    order = make_order(at=at, items={"MUG": 2, "BOWL": 1})
    VariantFactory(product=variant("MUG").product, sku="MUG-RED", price_minor=2000, on_hand=10)

    STORIES[story](order, at, now, random.Random(7))

    assert list(Return.objects.values_list("kind", "status")) == [(kind, status)]
    assert [breach for _promise, breach in check(at=now) if breach] == []


def test_elsewhere_the_demo_makes_no_logins_and_a_large_catalog_is_sound(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.ENVIRONMENT = "production"

    said = demo("--orders", "0", "--products", "150", "--outside-development")

    assert Product.objects.count() == 150
    # The made-up customers are there, but nobody can sign in as any of them.
    assert User.objects.exclude(password__startswith="!").count() == 0
    assert User.objects.exclude(role="customer").count() == 0
    assert "linden-demo" not in said
    assert [breach for _promise, breach in check(at=timezone.now()) if breach] == []


def test_a_dry_run_says_what_is_missing_and_writes_nothing(settings):
    said = demo("--dry-run", "--products", "100")

    assert "200 orders and 100 more products" in said
    assert set(counts().values()) == {0}


def test_numbers_below_zero_are_refused():
    with pytest.raises(CommandError, match="must be 0 or more"):
        demo("--orders", "-1")

    assert Product.objects.count() == 0


# Where real people buy
# -----------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["production", "test"])
def test_outside_development_the_demo_refuses_unless_it_is_told_otherwise(settings, place):
    settings.ENVIRONMENT = place

    with pytest.raises(CommandError, match="--outside-development"):
        demo("--orders", "12")

    assert set(counts().values()) == {0}


def test_a_shop_with_one_order_is_never_filled_outside_development(settings):
    settings.ENVIRONMENT = "production"
    make_order()
    before = counts()

    with pytest.raises(CommandError, match="not empty"):
        demo("--orders", "12", "--outside-development")

    assert counts() == before
    assert not Invoice.objects.exists()


def test_outside_development_the_demo_writes_no_e_mail(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.ENVIRONMENT = "production"

    demo("--orders", "12", "--outside-development")

    assert Order.objects.count() == 12
    assert not OutgoingMail.objects.exists()
    assert not OutboxDelivery.objects.filter(handler__startswith="notifications.").exists()
    assert "notifications.handlers.confirm" in handlers_of("OrderConfirmed")


def test_every_picture_that_the_demo_names_comes_with_it():
    texts = {source.stem: source.read_text() for source in DATA.glob("*.json")}
    named = {
        *re.findall(r'"picture": "([a-z0-9-]+)"', "".join(texts.values())),
        *re.findall(r'"key": "([a-z0-9-]+)"', texts["products"]),
    }

    assert len(named) > 100
    assert {name for name in named if not (PICTURES / f"{name}.webp").exists()} == set()
    assert {name for name in named if not renditions_of(name)} == set()
