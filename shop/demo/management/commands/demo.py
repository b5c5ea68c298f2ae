"""`manage.py demo`: the demo shop, or a very large one."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import Customer
from catalog.models import Category, Product
from inventory.services import release_expired
from orders.models import Invoice, Order
from shop.core.events import without_handlers
from shop.core.progress import Progress
from shop.core.statistics import refresh_statistics, tables_of
from shop.demo.catalog import load_catalog
from shop.demo.gift_cards import make_gift_cards
from shop.demo.logins import PASSWORD, demo_logins, make_logins
from shop.demo.orders import make_customers, make_orders
from shop.demo.pricing import load_pricing
from shop.demo.scale import make_many
from shop.demo.seller import stand_in

MUST_BE_EMPTY = (Category, Product, Customer, Order, Invoice)
DATA = Path(__file__).resolve().parents[2] / "data"


# The apps that the demo writes to.
FILLED = ["accounts", "catalog", "inventory", "pricing", "cart", "orders", "payments", "core"]


class Command(BaseCommand):
    """Loads what is missing; running it again changes nothing that is there."""

    help = (
        "Load the demo shop: categories, products, prices, stock, promotions, taxes, delivery "
        "methods, pages, customers and past orders in every status. Running it again adds only "
        "what is missing. In development it also creates logins (password linden-demo). In other "
        "environments it creates no logins, sends no e-mail, and requires an empty shop and "
        "--outside-development."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--orders",
            type=int,
            default=200,
            metavar="N",
            help="number of past orders (default: 200)",
        )
        parser.add_argument(
            "--products",
            type=int,
            default=0,
            metavar="N",
            help="extend the catalog to N products with generated ones, for tests at scale",
        )
        parser.add_argument(
            "--seed",
            type=int,
            default=7,
            metavar="N",
            help="random seed; the same seed creates the same shop",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="print what would be created and write nothing"
        )
        parser.add_argument(
            "--outside-development",
            action="store_true",
            help="load the demo into an empty shop outside development; its orders use up invoice "
            "numbers, which cannot be reused",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["orders"] < 0 or options["products"] < 0:
            raise CommandError("--orders and --products must be 0 or more.")
        if options["dry_run"]:
            self._say_what_is_missing(options)
            return
        if settings.ENVIRONMENT == "development":
            stand_in()
            self._fill(options)
        else:
            self._require_consent(options)
            with without_handlers("notifications."):
                self._fill(options)

    def _require_consent(self, options: dict[str, Any]) -> None:
        """Refuse to mix made-up orders and invoices into a shop that people buy in."""
        if not options["outside_development"]:
            raise CommandError(
                "Nothing was written: ENVIRONMENT is not development. The demo would add "
                "products, customers, orders and invoices that cannot be deleted. To load it into "
                "an empty shop anyway, run `manage.py demo --outside-development`."
            )
        if any(model._default_manager.exists() for model in MUST_BE_EMPTY):
            raise CommandError(
                "Nothing was written: this shop is not empty. Outside development the demo can "
                "only be loaded into an empty shop. Use a separate database."
            )

    def _fill(self, options: dict[str, Any]) -> None:
        at = timezone.now()
        load_catalog(DATA, at=at, log=self.stdout.write)
        load_pricing(DATA, at=at)
        self.stdout.write("Prices, taxes, delivery methods and promotions loaded.")
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
        # Holds that ended while the past was being made; the worker would find
        # them within a minute.
        release_expired(at=timezone.now())
        more = options["products"] - Product.objects.count()
        if more > 0:
            make_many(more, at=at, progress=Progress("Products", self.stdout))
        refresh_statistics([*tables_of(*FILLED), "catalog_search"])
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
