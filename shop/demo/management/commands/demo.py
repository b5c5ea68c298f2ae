"""`manage.py demo`: the demo shop, or a very large one."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from catalog.models import Product
from inventory.services import release_expired
from orders.models import Order
from shop.core.progress import Progress
from shop.demo.catalog import load_catalog
from shop.demo.gift_cards import make_gift_cards
from shop.demo.logins import PASSWORD, demo_logins, make_logins
from shop.demo.orders import make_customers, make_orders
from shop.demo.pricing import load_pricing
from shop.demo.scale import make_many
from shop.demo.seller import stand_in

DATA = Path(__file__).resolve().parents[2] / "data"


class Command(BaseCommand):
    """Loads what is missing; running it again changes nothing that is there."""

    help = (
        "Fill the shop with the demo: categories, products, prices, stock, promotions, taxes, delivery, "
        "pages, customers and past orders in every state. Running it again adds only what is missing. "
        "In development it also makes logins (password linden-demo); elsewhere it never does."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--orders", type=int, default=200, metavar="N", help="past orders to make (default 200)"
        )
        parser.add_argument(
            "--products",
            type=int,
            default=0,
            metavar="N",
            help="enlarge the catalog to N products with made-up ones, for tests at scale",
        )
        parser.add_argument(
            "--seed", type=int, default=7, metavar="N", help="the same seed makes the same shop"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be made and write nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["orders"] < 0 or options["products"] < 0:
            raise CommandError("--orders and --products take whole numbers from 0 up.")
        if options["dry_run"]:
            self._say_what_is_missing(options)
            return
        if settings.ENVIRONMENT == "development":
            stand_in()
        at = timezone.now()
        load_catalog(DATA, at=at, log=self.stdout.write)
        load_pricing(DATA, at=at)
        self.stdout.write("Prices, taxes, delivery and promotions are in.")
        make_customers(DATA, at=at)
        if settings.ENVIRONMENT == "development":
            make_logins(at=at)
        if options["orders"]:
            make_gift_cards(at=at)
        missing = options["orders"] - Order.objects.count()
        if missing > 0:
            make_orders(
                missing, at=at, seed=options["seed"], progress=Progress("Orders", self.stdout)
            )
        # Holds that ended while the past was being made; the worker would find them within a minute.
        release_expired(at=timezone.now())
        more = options["products"] - Product.objects.count()
        if more > 0:
            make_many(more, at=at, progress=Progress("Products", self.stdout))
        for email, use in demo_logins():
            self.stdout.write(f"{email:28} {PASSWORD}   {use}")
        self.stdout.write(self.style.SUCCESS("The demo shop is ready."))

    def _say_what_is_missing(self, options: dict[str, Any]) -> None:
        wanted_orders = max(options["orders"] - Order.objects.count(), 0)
        more = max(options["products"] - Product.objects.count(), 0)
        self.stdout.write(
            f"Would load the demo catalog, prices and customers, make {wanted_orders} orders and "
            f"{more} more products. Nothing was written."
        )
