"""PCI DSS 6.4.3 and 11.6.1: nothing is on the payment page that is not in its
inventory, and nothing is changed.
"""

from __future__ import annotations

import re
from io import StringIO
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.models import Order
from orders.tests.factories import make_order
from payments.checkout import page_inventory as payment_page
from payments.checkout.page_inventory import differences, inventory, released, sum_of

pytestmark = pytest.mark.django_db

HINT = (
    "Read what changed, then write it down in payments/checkout/payment_page.json, with its reason "
    "and the sum that `payments.checkout.page_inventory.sum_of` gives."
)


@pytest.fixture
def order() -> Order:
    return make_order(at=timezone.now())


@pytest.fixture
def page(client: Client, order: Order) -> Any:
    address = reverse("payments:pay", args=[order.number])
    client.get(f"{address}?token={order.token}")
    return client.get(address)


def read(address: str) -> bytes:
    return released(address.removeprefix("/static/"))


def compare(page: Any, html: str = "", **headers: str) -> list[str]:
    """The differences of the page as it is, or with other markup or headers."""
    sent = {**page.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return differences(html or page.content.decode(), sent, read)


def with_more(page: Any, markup: str) -> str:
    return str(page.content.decode().replace("</head>", f"{markup}</head>"))


def test_the_payment_page_is_as_its_inventory_says(page):
    assert compare(page) == [], HINT


@pytest.mark.parametrize(
    "markup",
    [
        '<script src="/static/js/checkout.js" type="module"></script>',
        '<script src="https://mallory.example/skim.js"></script>',
        '<script src="//mallory.example/skim.js"></script>',
        '<script src="/static/../media/skim.js"></script>',
        "<script>steal()</script>",
        '<link rel="modulepreload" href="/static/js/gallery.js">',
        '<link rel="stylesheet" href="https://mallory.example/skim.css">',
        '<link rel="preload" as="style" href="/media/skim.css">',
        "<style>input{background:url(//mallory.example)}</style>",
        '<iframe src="https://mallory.example/card"></iframe>',
        '<iframe srcdoc="<script>steal()</script>"></iframe>',
        '<object data="/media/skim.svg"></object>',
        '<base href="https://mallory.example/">',
        '<meta http-equiv="refresh" content="0; url=https://mallory.example">',
        '<img src="x" onerror="steal()">',
        '<a href=" javascript:steal()">Pay</a>',
        '<p style="display:none">Pay</p>',
    ],
)
def test_whatever_is_added_is_found(page, markup):
    assert compare(page, with_more(page, markup)) != []


def test_a_script_that_is_gone_is_found(page):
    html = re.sub(r"<script[^>]*combobox[^>]*></script>", "", page.content.decode())

    assert compare(page, html) == ["script js/combobox.js: in the inventory, not on the page"]


@pytest.mark.parametrize("name", sorted(inventory()["headers"]))
def test_a_header_that_is_weaker_is_found(page, name):
    weak = {**page.headers, name: "default-src *"}
    gone = {key: value for key, value in page.headers.items() if key != name}

    for headers in (weak, gone):
        found = differences(page.content.decode(), headers, read)
        assert [one.partition(":")[0] for one in found] == [f"header {name}"]


def test_a_script_or_sheet_that_was_changed_on_its_way_is_found(page):
    def changed(address: str) -> bytes:
        return read(address) + (b"steal()" if "app" in address or "tokens" in address else b"")

    found = differences(page.content.decode(), page.headers, changed)

    assert [one.partition(":")[0] for one in found] == [
        "stylesheet /static/css/tokens.css",
        "script /static/js/app.js",
        "script /static/js/app.js",
    ]


def test_a_script_that_was_changed_in_the_release_is_found(page, monkeypatch):
    def released_again(name: str) -> bytes:
        return released(name) + (b"steal()" if name == "js/app.js" else b"")

    monkeypatch.setattr(payment_page, "released", released_again)

    found = differences(
        page.content.decode(),
        page.headers,
        lambda address: released_again(address.removeprefix("/static/")),
    )

    assert len(found) == 1
    assert found[0].startswith("script /static/js/app.js: its sum is sha384-")


def test_names_with_sums_are_the_same_files(page):
    """As `collectstatic` names them, and one file for all sheets of the page."""
    html = page.content.decode().replace("js/app.js", "js/app.0123456789ab.js")
    html = re.sub(r'<link rel="stylesheet" href="/static/css/(?!print)[^>]*>', "", html)
    bundle = '<link rel="stylesheet" href="/static/css/page-pay.0123456789ab.css">'
    html = html.replace("</head>", f"{bundle}</head>")

    def served(address: str) -> bytes:
        content = read(re.sub(r"\.[0-9a-f]{12}\.", ".", address))
        return content.replace(b".woff2", b".ba9876543210.woff2")

    assert differences(html, page.headers, served) == []


def test_each_entry_has_an_owner_and_a_reason():
    entries = [*inventory()["scripts"].values(), *inventory()["stylesheets"].values()]

    assert all(entry["owner"] and entry["reason"] for entry in entries)
    assert all(entry["reason"] for entry in inventory()["headers"].values())
    assert all(finders.find(name) for name in inventory()["scripts"])
    assert sum_of(b"a.0123456789ab.js") == sum_of(b"a.js") != sum_of(b"b.js")


def run(**options: Any) -> tuple[str, int]:
    out = StringIO()
    try:
        call_command("check_payment_page", stdout=out, **options)
    except SystemExit as end:
        return out.getvalue(), int(end.code or 0)
    return out.getvalue(), 0


@pytest.mark.django_db(transaction=True)
def test_the_command_opens_the_page_from_outside(live_server, settings):
    order = make_order(at=timezone.now())

    said, code = run(url=live_server.url)
    settings.CONTENT_SECURITY_POLICY = "default-src *"
    weak, weak_code = run(url=live_server.url, order=order.number)

    assert (said, code) == (f"0 differences on the payment page of order {order.number}.\n", 0)
    assert weak_code == 1
    assert "header Content-Security-Policy: is 'default-src *'" in weak


def test_the_command_says_when_it_cannot_look(order):
    with pytest.raises(CommandError, match="ConnectError") as refusal:
        run(url="http://127.0.0.1:9")
    Order.objects.update(status="canceled")
    with pytest.raises(CommandError, match="No order") as nothing:
        run()

    assert (refusal.value.returncode, nothing.value.returncode) == (2, 2)
