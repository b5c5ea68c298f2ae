"""A client that is generated from the OpenAPI document, and knows nothing else, buys something."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inventory.models import StockItem
from orders.models import Order
from orders.tests.factories import make_shop, variant
from tests.contract import DOCUMENT

CONFIG = """
project_name_override: linden_client
package_name_override: linden_client
post_hooks: []
"""


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The generated package, for import."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "config.yaml").write_text(CONFIG)
    generate = [
        str(Path(sys.executable).with_name("openapi-python-client")),
        *("generate", "--path", str(DOCUMENT), "--meta", "none"),
        *("--config", str(folder / "config.yaml")),
        *("--output-path", str(folder / "linden_client")),
    ]
    made = subprocess.run(generate, capture_output=True, text=True, timeout=120, check=True)
    # It knows no PDFs; everything else is in it.
    assert "will not be generated" not in made.stdout + made.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield "linden_client"


@pytest.mark.django_db(transaction=True)
def test_a_generated_client_finds_orders_and_reads_again(package: str, live_server: Any):
    def module(name: str) -> Any:
        return importlib.import_module(f"{package}.{name}")

    make_shop()
    variant("MUG", price_minor=2000, on_hand=5)
    client = module("client").Client(base_url=live_server.url)
    models = module("models")

    found = module("api.products.products_list").sync(client=client)
    added = module("api.cart.cart_item_add").sync_detailed(
        client=client, body=models.AddItemInputRequest(sku=found.items[0].sku, quantity=2)
    )
    token = added.headers["X-Cart-Token"]
    quote = module("api.cart.cart_quote").sync(client=client, country="DE", x_cart_token=token).data
    placed = (
        module("api.orders.orders_place")
        .sync(
            client=client,
            idempotency_key="one",
            x_cart_token=token,
            body=models.PlaceOrderInputRequest(
                email="alice@example.com",
                shipping_address=models.AddressInputRequest(
                    name="Alice Lind",
                    line1="Lindenstraße 7",
                    postal_code="10969",
                    city="Berlin",
                    country="DE",
                ),
                shipping_method=quote.shipping_methods[0].code,
                payment_method="cash",
                expected_total=quote.total,
            ),
        )
        .data
    )
    read = (
        module("api.orders.orders_retrieve")
        .sync(placed.number, client=client, x_order_token=placed.token)
        .data
    )

    assert (quote.total, read.total, read.status) == ("44.90", "44.90", "confirmed")
    assert [(item.product_sku, item.quantity) for item in read.items] == [("MUG", 2)]
    assert Order.objects.get().number == placed.number
    assert StockItem.objects.get(sku="MUG").reserved == 2
