"""A small shop that has everything a visitor meets: rooms, variants, filters,
coupons, pages, wide names.
"""

from __future__ import annotations

from datetime import datetime
from io import BytesIO

from django.utils import timezone
from PIL import Image, ImageDraw

from catalog.categories import create_category
from catalog.models import Category, HomeBlock, HomeBlockCategory, HomeBlockProduct, Page, Product
from catalog.pictures import add_image
from catalog.products import (
    Value,
    add_variant,
    create_product,
    set_attributes,
    set_options,
    update_variant,
)
from catalog.tests.factories import (
    AttributeChoiceFactory,
    AttributeFactory,
    CollectionFactory,
    ExchangeRateFactory,
    MakerFactory,
    ProductTypeFactory,
    TaxClassFactory,
)
from orders.tests.factories import make_shop
from pricing.tests.factories import CouponFactory
from shop.core.actors import SYSTEM

LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
WIDE_NAME = f"{LONG_WORD} 🫖👩🏽‍🍳 إبريق شاي من الخزف"


def furnish() -> None:
    """Fill the empty database: three categories, seven products, two codes, taxes,
    delivery, ways to pay.
    """
    at = timezone.now()
    TaxClassFactory()
    make_shop()
    ExchangeRateFactory()
    CouponFactory(code="TEN", name="Ten off")
    CouponFactory(code="BIG", name="For large orders", minimum_minor=20000)
    kitchen = create_category(name="Kitchen", slug="kitchen", line="For cooking and tea.")
    cups = create_category(name="Cups", slug="cups", parent=kitchen, line="To drink from.")
    rest = create_category(name="Living room", slug="living-room")
    _cup(cups, at)
    _simple("Oak board", "BOARD", 2400, rest, at, color="#c8a06a")
    _simple("Last lamp", "LAMP", 8900, rest, at, stock=1, color="#d8d0c0")
    _simple("Brass hook", "HOOK", 1200, rest, at, stock=0)
    _gift_card(rest, at)
    _simple(WIDE_NAME, "WIDE", 1_234_567, rest, at, headline=LONG_WORD, description=WIDE_NAME)
    _front(kitchen, rest)
    for kind, slug, title in [
        ("legal", "terms", "Terms"),
        ("help", "delivery", "Delivery"),
        ("help", "returns", "Returns"),
    ]:
        body = "What holds here.\n\n## In short\n\nAsk us, we answer within a day."
        Page.objects.create(kind=kind, slug=slug, title=title, line="In short.", body=body)


def _cup(category: Category, at: datetime) -> None:
    """A cup in two colors, with filters: its cream one is reduced, its teal one sells out."""
    kind = ProductTypeFactory(code="cup", name="Cup")
    material = AttributeFactory(product_type=kind, code="material", label="Material", kind="choice")
    for value in ("Enamel", "Clay"):
        AttributeChoiceFactory(attribute=material, value=value)
    for name, chosen in (("Enamel cup", "Enamel"), ("Clay cup", "Clay")):
        sku = name.split()[0].upper()
        product = create_product(
            name=name,
            category=category,
            sku=sku,
            price_minor=1800,
            stock_quantity=20,
            product_type=kind,
            maker=MakerFactory(name=f"{chosen} Works", slug=f"{chosen.lower()}-works"),
            description="Holds 350 ml.\n\nGoes into the oven.",
            headline="A cup for all days",
            lead="The one that falls down and stays whole.",
            actor=SYSTEM,
            at=at,
        )
        set_attributes(product, {"material": chosen}, actor=SYSTEM, at=at)
        _paint(product, "#e8e0d0", at)
        if name == "Clay cup":
            continue
        colors = [Value("Cream", "CREAM", "#f3ead7"), Value("Teal", "TEAL", "#2a7f86")]
        set_options(
            product, {"Color": [*colors, Value("Red", "RED", "#b3261e")]}, actor=SYSTEM, at=at
        )
        update_variant(product.variants.get(), options={"Color": "Cream"}, actor=SYSTEM, at=at)
        for color, stock in (("Teal", 5), ("Red", 0)):
            add_variant(
                product,
                sku=f"ENAMEL-{color.upper()}",
                price_minor=2100,
                compare_at_minor=2600 if color == "Teal" else None,
                stock_quantity=stock,
                options={"Color": color},
                actor=SYSTEM,
                at=at,
            )


def _simple(
    name: str,
    sku: str,
    price_minor: int,
    category: Category,
    at: datetime,
    *,
    stock: int = 10,
    color: str = "",
    **texts: str,
) -> Product:
    product = create_product(
        name=name,
        category=category,
        sku=sku,
        price_minor=price_minor,
        stock_quantity=stock,
        actor=SYSTEM,
        at=at,
        **texts,
    )
    if color:
        _paint(product, color, at)
    return product


def _gift_card(category: Category, at: datetime) -> None:
    """A gift card of 25.00 or 50.00 EUR."""
    product = create_product(
        name="Gift card",
        category=category,
        sku="GIFT-25",
        price_minor=2500,
        is_gift_card=True,
        actor=SYSTEM,
        at=at,
    )
    _paint(product, "#d9a441", at)
    set_options(product, {"Amount": [Value("25", "25"), Value("50", "50")]}, actor=SYSTEM, at=at)
    update_variant(product.variants.get(), options={"Amount": "25"}, actor=SYSTEM, at=at)
    add_variant(
        product, sku="GIFT-50", price_minor=5000, options={"Amount": "50"}, actor=SYSTEM, at=at
    )


def add_yarn() -> None:
    """A yarn in a hundred colors: a few seconds, so only for who needs it."""
    at = timezone.now()
    product = _simple("Yarn", "YARN", 700, Category.objects.get(slug="kitchen"), at)
    values = [Value(f"Color {number:03}", f"C{number}") for number in range(1, 101)]
    set_options(product, {"Color": values}, actor=SYSTEM, at=at)
    update_variant(product.variants.get(), options={"Color": values[0].value}, actor=SYSTEM, at=at)
    for value in values[1:]:
        add_variant(
            product,
            sku=f"YARN-{value.code}",
            price_minor=700,
            stock_quantity=3,
            options={"Color": value.value},
            actor=SYSTEM,
            at=at,
        )


def _front(kitchen: Category, rest: Category) -> None:
    """The home page: a hero, the rooms, a collection, promises."""
    cup, board, lamp = (Product.objects.get(variants__sku=sku) for sku in ("CLAY", "BOARD", "LAMP"))
    collection = CollectionFactory(
        name="Under 40 EUR", slug="under-40-eur", rule={"max_price_minor": 4000, "currency": "EUR"}
    )
    hero = HomeBlock.objects.create(
        kind="hero",
        key="hero",
        title="Things that last",
        text="Made to be mended.",
        action_label="Continue shopping",
        action_url="/c/kitchen/",
    )
    for place, product in enumerate((cup, board, lamp)):
        HomeBlockProduct.objects.create(block=hero, product=product, position=place)
    rooms = HomeBlock.objects.create(kind="rooms", key="rooms", title="By room", position=1)
    for place, category in enumerate((kitchen, rest)):
        HomeBlockCategory.objects.create(block=rooms, category=category, position=place)
    HomeBlock.objects.create(
        kind="new", key="small", title="Small money", collection=collection, position=2
    )
    HomeBlock.objects.create(
        kind="promise", key="promise", title="60 days to return", text="In any state.", position=3
    )
    HomeBlock.objects.create(kind="notice", key="notice", title="Free delivery from 100 EUR")


def _paint(product: Product, color: str, at: datetime) -> None:
    """Give the product a picture: a shape on white."""
    image = Image.new("RGB", (480, 480), "#ffffff")
    ImageDraw.Draw(image).ellipse((90, 90, 390, 390), fill=color)
    file = BytesIO()
    image.save(file, "PNG")
    file.seek(0)
    add_image(product, file=file, alt=f"{product.name}, from the front", actor=SYSTEM, at=at)
