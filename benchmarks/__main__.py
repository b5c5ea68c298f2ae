"""`make bench`: what the shop costs, measured interleaved in one run on PostgreSQL.

Two servers run side by side, gunicorn with two workers each: the shop, and a bare Django view of 25
KB behind the usual middleware. Every round measures each scenario once, so that a busy moment of
the machine hits all of them; figures are medians over the rounds, in CPU milliseconds of the whole
process tree for one request.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote_plus

from benchmarks.client import Client, Figure, measure, rate
from benchmarks.servers import Server, serving

ROOT = Path(__file__).resolve().parent.parent
ADMIN_URL = os.environ.get("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")
# Two checkouts on one PostgreSQL need a name each.
DATABASE = os.environ.get("BENCH_DATABASE", "linden_bench")
KEPT = ROOT / "var" / "bench"
BARE_PORT, SHOP_PORT = 8910, 8911
BARE = "bare view, 25 KB"
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
ADDRESS = {
    "name": "Alice Larsen",
    "line1": "Invalidenstraße 1",
    "postal_code": "10115",
    "city": "Berlin",
    "country": "DE",
}


@dataclass(frozen=True, slots=True)
class Catalog:
    """What there is to ask for."""

    slugs: list[str]
    skus: list[str]
    categories: list[str]
    ids: list[int]
    searches: list[str]


Scenario = tuple[Server, Callable[[int], None]]


@dataclass(slots=True)
class Result:
    """One shop under measurement, and what came out."""

    shop: Server
    catalog: Catalog
    acts: dict[str, Scenario]
    figures: dict[str, Figure]
    memory: float = 0.0
    resident: float = 0.0
    orders: float = 0.0
    order_cpu: float = 0.0
    p95: float = 0.0

    def check_out(self, clients: list[Callable[[int], None]], times: int) -> None:
        """Orders from all `clients` at once; the memory is that of a worker which
        has done all of this.
        """
        before = self.shop.cpu_seconds()
        self.orders, self.p95 = rate(clients, times)
        spent = self.shop.cpu_seconds() - before
        self.order_cpu = spent * 1000 / (len(clients) * times)
        self.memory, self.resident = self.shop.worker_megabytes()


def main() -> None:
    """Run the benchmark for each size of catalog and print a Markdown table."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "--products", default="1000,100000", help="sizes of the catalog (1000,100000)"
    )
    parser.add_argument("--rounds", type=int, default=5, help="rounds to take medians of (5)")
    parser.add_argument(
        "--requests", type=int, default=40, help="requests of a scenario a round (40)"
    )
    parser.add_argument("--orders", type=int, default=40, help="orders of each of 8 clients (40)")
    parser.add_argument(
        "--keep", action="store_true", help="leave the shops in var/bench for the next --keep"
    )
    parser.add_argument("--only", default="", help="scenarios whose name holds this text")
    options = parser.parse_args()
    sizes = [int(size) for size in options.products.split(",")]
    with ExitStack() as shops:
        prepared = {size: shops.enter_context(filled_shop(size, options.keep)) for size in sizes}
        report(run(prepared, options))


@contextmanager
def filled_shop(size: int, keep: bool) -> Iterator[dict[str, str]]:
    """The environment of a shop with `size` products in a database of its own; `keep`:
    made once, left in the end.
    """
    name = f"{DATABASE}_{size}"
    scratch = KEPT / str(size)
    if not keep or not scratch.joinpath("filled").exists():
        shutil.rmtree(scratch, ignore_errors=True)
        admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"')
    environment = shop_environment(ADMIN_URL.rpartition("/")[0] + "/" + name, scratch)
    try:
        prepare(environment, size, scratch / "filled")
        yield environment
    finally:
        if not keep:
            admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            shutil.rmtree(scratch, ignore_errors=True)


def admin(*statements: str) -> None:
    """Run statements on the server's own database."""
    import psycopg

    with psycopg.connect(ADMIN_URL, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def shop_environment(url: str, scratch: Path) -> dict[str, str]:
    """Like production, but on plain HTTP and without throttles, which would only
    measure themselves.
    """
    return {
        "ENVIRONMENT": "development",
        "COLLECTED_STATIC": "on",
        "DATABASE_URL": url,
        "REDIS_URL": "",
        "MEDIA_ROOT": str(scratch / "media"),
        "STATIC_ROOT": str(scratch / "static"),
        "LOG_DIR": str(scratch / "logs"),
        "LOG_LEVEL": "WARNING",
        "THROTTLE_ANON": "off",
        "THROTTLE_USER": "off",
        "THROTTLE_LOGIN": "off",
        "THROTTLE_ORDER": "off",
        "DJANGO_SETTINGS_MODULE": "shop.settings",
    }


def manage(environment: dict[str, str], *arguments: str) -> str:
    """The output of a management command."""
    result = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
        text=True,
    )
    return result.stdout


def prepare(environment: dict[str, str], size: int, filled: Path) -> None:
    """A shop with `size` products, and stock that lasts; `filled` exists where
    that is done already.
    """
    manage(environment, "migrate", "--verbosity", "0")
    if not filled.exists():
        say(f"Filling a shop with {size:,} products")
        manage(environment, "demo", "--orders", "0", "--products", str(size))
        manage(environment, "shell", "-v", "0", "-c", STOCK_UP)
        manage(environment, "collectstatic", "--noinput", "--verbosity", "0")
        filled.touch()


STOCK_UP = """
from django.utils import timezone
from inventory.models import StockItem
from inventory.services import adjust_stock
from shop.core.actors import SYSTEM
for sku in StockItem.objects.counted().order_by('?').values_list('sku', flat=True)[:400]:
    adjust_stock(sku, delta=100_000, reason='bench', actor=SYSTEM, at=timezone.now())
"""

LIST = r"""
import json, random, re
from django.utils import timezone
from catalog.models import Category, Product, Variant
now = timezone.now()
products = Product.objects.published(at=now).order_by('pk')
step = max(products.count() // 600, 1)
chosen = list(products.values_list('pk', 'slug'))[::step]
named = products.values_list('name', flat=True)[::step]
names = [re.findall(r'[^\W\d_]{3,}', name.lower()) for name in named]
pairs = sorted({' '.join(two) for words in names for two in zip(words, words[1:])})
words = sorted({word for words in names for word in words})
random.seed(1)
random.shuffle(pairs)
random.shuffle(words)
large = Category.objects.filter(product_count__gte=20).order_by('-product_count')
stocked = Variant.objects.sold(at=now).filter(stock_item__on_hand__gt=50_000).order_by('pk')
print(json.dumps({
    'slugs': [slug for _pk, slug in chosen], 'ids': [pk for pk, _slug in chosen],
    # Every other one finds few products, every other one many; hardly one is asked for twice.
    'searches': [text for two in zip(words, pairs) for text in two],
    'skus': list(stocked.values_list('sku', flat=True)),
    'categories': list(large.values_list('slug', flat=True)[:40]),
}))
"""


def run(environments: dict[int, dict[str, str]], options: argparse.Namespace) -> dict[int, Result]:
    """All scenarios on all catalogs: each round asks each shop for each of them in turn."""
    with ExitStack() as servers:
        base = servers.enter_context(
            serving(
                "benchmarks.bare_wsgi:application",
                BARE_PORT,
                {},
                "/",
                "python:benchmarks.bare_server",
            )
        )
        results: dict[int, Result] = {}
        for place, (size, environment) in enumerate(environments.items()):
            catalog = Catalog(**json.loads(manage(environment, "shell", "-v", "0", "-c", LIST)))
            shop = servers.enter_context(
                serving(
                    "shop.wsgi:application",
                    SHOP_PORT + place,
                    environment,
                    "/healthz",
                    "gunicorn.conf.py",
                )
            )
            say(f"{size:,} products: started in {shop.start_seconds:.1f} s")
            acts = {
                name: scenario
                for name, scenario in scenarios(shop, base, catalog).items()
                if options.only in name or name == BARE
            }
            results[size] = Result(shop, catalog, acts, {name: Figure(name) for name in acts})
        for result in results.values():
            for _server, act in result.acts.values():
                for index in range(8):  # every worker has imported and compiled what it needs
                    act(index)
        say(f"Measuring {options.rounds} rounds")
        for _round in range(options.rounds):
            for name in next(iter(results.values())).acts:
                for result in results.values():
                    server, act = result.acts[name]
                    measure(result.figures[name], server, act, options.requests)
        for size, result in results.items():
            say(f"Checking out with 8 clients, {size:,} products")
            clients = [checkout_client(result.shop, result.catalog, offset) for offset in range(8)]
            result.check_out(clients, options.orders)
    return results


def scenarios(shop: Server, base: Server, catalog: Catalog) -> dict[str, Scenario]:
    """What is measured: each act is one request."""
    bare, reader, buyer = Client(base.port), Client(shop.port), Client(shop.port)
    fresh = itertools.count()

    def once(paths: list[str]) -> Iterator[str]:
        """Addresses that no cached page answers: each is new."""
        for number in fresh:
            path = paths[number % len(paths)]
            yield f"{path}{'&' if '?' in path else '?'}bench={number}"

    products = once([f"/p/{slug}/" for slug in catalog.slugs])
    categories = once([f"/c/{slug}/" for slug in catalog.categories])
    filtered = once(
        [f"/c/{slug}/?min_price={price}" for slug in catalog.categories for price in range(1, 9)]
    )
    searches = once([f"/search/?q={quote_plus(text)}" for text in catalog.searches])
    adds = itertools.cycle(catalog.skus)

    def add(_index: int) -> None:
        if next(fresh) % 20 == 0:
            buyer.cookies.clear()
        status, _content = buyer.request("POST", "/cart/add/", f"sku={next(adds)}", SAME_ORIGIN)
        assert status == 302, status

    return {
        BARE: (base, lambda _index: bare.get("/") and None),
        "home, cached": (shop, lambda _index: reader.get("/") and None),
        "category, cached": (
            shop,
            lambda _index: reader.get(f"/c/{catalog.categories[0]}/") and None,
        ),
        "product, cached": (shop, lambda _index: reader.get(f"/p/{catalog.slugs[0]}/") and None),
        "product, uncached": (shop, lambda _index: reader.get(next(products)) and None),
        "category of 24, uncached": (shop, lambda _index: reader.get(next(categories)) and None),
        "category of 24 with a filter": (shop, lambda _index: reader.get(next(filtered)) and None),
        "search, uncached": (shop, lambda _index: reader.get(next(searches)) and None),
        "add to cart": (shop, add),
        "API product": (
            shop,
            lambda index: (
                reader.get(f"/api/products/{catalog.ids[index % len(catalog.ids)]}") and None
            ),
        ),
        "API list of 20": (
            shop,
            lambda index: reader.get(f"/api/products?page={index % 40 + 1}") and None,
        ),
    }


def checkout_client(shop: Server, catalog: Catalog, offset: int) -> Callable[[int], None]:
    """A guest who buys one thing a call: first item, quote, order."""
    client = Client(shop.port)
    skus = itertools.cycle(catalog.skus[offset::8] or catalog.skus)

    def check_out(_index: int) -> None:
        client.connection.request(
            "POST",
            "/api/cart/items",
            f'{{"sku": "{next(skus)}", "quantity": 1}}',
            {"Content-Type": "application/json"},
        )
        response = client.connection.getresponse()
        response.read()
        assert response.status == 201, response.status
        token = response.headers["X-Cart-Token"]
        quote = client.call("GET", "/api/cart/quote?country=DE", None, **{"X-Cart-Token": token})
        client.call(
            "POST",
            "/api/orders",
            {
                "email": f"bench-{uuid.uuid4().hex[:12]}@example.com",
                "shipping_address": ADDRESS,
                "shipping_method": quote["shipping_methods"][0]["code"],
                "payment_method": "card",
                "expected_total": quote["total"],
            },
            **{"X-Cart-Token": token, "Idempotency-Key": uuid.uuid4().hex},
        )

    return check_out


def report(results: dict[int, Result]) -> None:
    """Print the table that docs/performance.md holds."""
    sizes, first = list(results), next(iter(results.values()))
    head = "".join(f" {size:,} products: CPU ms | of bare |" for size in sizes)
    print(f"\n| scenario |{head} to {sizes[0]:,} |")
    print("|---|" + "---:|---:|" * len(sizes) + "---:|")
    for name in first.figures:
        cells = [
            f"{result.figures[name].cpu:.2f} | "
            f"{result.figures[BARE].cpu / result.figures[name].cpu:.2f}"
            for result in results.values()
        ]
        growth = results[sizes[-1]].figures[name].cpu / first.figures[name].cpu
        print(f"| {name} | " + " | ".join(cells) + f" | {growth:.2f} |")
    for label, key, unit in [
        ("checkouts over the API, 8 clients", "orders", "a second"),
        ("one checkout, CPU of the shop", "order_cpu", "ms"),
        ("one checkout, 95th percentile", "p95", "ms"),
        ("memory of a worker, its share of what is shared", "memory", "MB"),
        ("memory of a worker, with all that is shared", "resident", "MB"),
    ]:
        cells = [f"{getattr(result, key):.1f} {unit} | " for result in results.values()]
        print(f"| {label} | " + " | ".join(cells) + " | |")
    starts = [f"{result.shop.start_seconds:.1f} s | " for result in results.values()]
    print("| start until the first answer | " + " | ".join(starts) + " | |")


def say(text: str) -> None:
    """Tell what is going on, beside the table."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
