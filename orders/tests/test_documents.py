"""Invoices as people get them: the page, the PDF, the API; for whom they are, and what they say."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as shop_settings
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader
from rest_framework.test import APIClient

from accounts.models import User
from accounts.profile import export_data
from accounts.registration import customer_for
from accounts.tests.factories import StaffFactory
from catalog.models import TaxClass
from catalog.tests.factories import ExchangeRateFactory, ProductFactory, VariantFactory
from orders.explanation import explain_order
from orders.fulfillment import fulfill_order
from orders.invoices import document as documents
from orders.invoices import settle_invoices
from orders.models import Invoice, Order
from orders.tests.factories import CAROL, address, make_cart, make_order, make_shop
from orders.tests.test_invoices import credit
from pricing.models import TaxRate
from pricing.tests.factories import CouponFactory
from shop.core import pdf
from shop.core.money import format_minor, to_wire

pytestmark = pytest.mark.django_db


def sent(**options: Any) -> Order:
    """An order that has left with its invoice."""
    options.setdefault("items", None if "cart" in options else {"MUG": 3})
    at = timezone.now()
    order = make_order(payment_method="cash", at=at, **options)
    fulfill_order(order, actor=CAROL, at=at)
    settle_invoices(order.pk, at=at)
    return Order.objects.get(pk=order.pk)


def document(order: Order, kind: str = "invoice") -> Invoice:
    return Invoice.objects.for_document().get(order=order, kind=kind)


def page(order: Order, end: str = "") -> str:
    return f"/orders/{order.number}/invoices/{document(order).number}/{end}"


def guest(order: Order) -> Client:
    """A browser that has come by the link in an e-mail."""
    client = Client()
    client.get(f"/orders/{order.number}/?token={order.token}")
    return client


def finder(order: Order) -> Client:
    """A browser of somebody who knows number and e-mail, and nothing else."""
    client = Client()
    found = client.post("/track/", {"number": order.number, "email": order.email})
    assert found.status_code == 302
    return client


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(data: bytes) -> str:
    return "\n".join(part.extract_text() for part in PdfReader(BytesIO(data)).pages)


# For whom -----------------------------------------------------------------------------------------
def test_its_customer_finds_the_invoice_on_the_orders_page(alice: User):
    order = sent(customer=customer_for(alice))
    client = signed_in(alice)

    shown = client.get(f"/account/orders/{order.number}/").content.decode()
    read = client.get(page(order))
    kept = client.get(page(order, "pdf/"))

    assert f'href="{page(order)}"' in shown
    assert read.status_code == kept.status_code == 200
    assert f'href="{page(order, "pdf/")}"' in read.content.decode()
    assert f'href="/account/orders/{order.number}/"' in read.content.decode()
    assert kept["Content-Type"] == "application/pdf"
    assert kept["Content-Disposition"] == 'inline; filename="invoice-2026-00001.pdf"'
    assert "private" in kept["Cache-Control"]


def test_a_guest_reads_it_by_the_orders_token():
    order = sent()
    client = guest(order)

    assert f'href="{page(order)}"' in client.get(f"/orders/{order.number}/").content.decode()
    assert client.get(page(order)).status_code == 200
    assert client.get(page(order, "pdf/")).status_code == 200


def test_a_link_with_the_token_leads_on_without_it():
    order = sent()
    client = Client()

    answer = client.get(f"/orders/{order.number}/invoices/?token={order.token}")
    listed = client.get(answer.url)

    assert answer.url == f"/orders/{order.number}/invoices/"
    assert listed.url == page(order)


def test_number_and_e_mail_alone_show_no_invoice():
    order = sent()
    client = finder(order)

    assert "invoices/" not in client.get(f"/orders/{order.number}/").content.decode()
    assert client.get(f"/orders/{order.number}/invoices/").status_code == 404
    assert client.get(page(order)).status_code == 404
    assert client.get(page(order, "pdf/")).status_code == 404


@pytest.mark.parametrize("end", ["", "pdf/"])
def test_nobody_else_learns_that_it_exists(alice: User, bob: User, end: str):
    order = sent(customer=customer_for(alice))

    assert Client().get(page(order, end)).status_code == 404
    assert signed_in(bob).get(page(order, end)).status_code == 404


def test_an_order_does_not_open_the_invoice_of_another(alice: User, bob: User):
    mine, other = sent(customer=customer_for(bob)), sent(customer=customer_for(alice))
    number = document(other).number
    client = signed_in(bob)

    assert client.get(f"/orders/{mine.number}/invoices/{number}/").status_code == 404
    assert client.get(f"/orders/{mine.number}/invoices/{number}/pdf/").status_code == 404


def test_before_the_first_parcel_there_is_none(alice: User):
    order = make_order(payment_method="cash", customer=customer_for(alice))
    client = signed_in(alice)

    assert "/invoices/" not in client.get(f"/account/orders/{order.number}/").content.decode()
    assert (
        b"issued when the first parcel ships"
        in client.get(f"/orders/{order.number}/invoices/").content
    )


def test_a_number_with_a_slash_has_a_page(settings: Any):
    settings.INVOICE_PREFIX = "RE/{year}/"
    order = sent()

    assert document(order).number == "RE/2026/00001"
    assert guest(order).get(page(order)).status_code == 200
    assert guest(order).get(page(order, "pdf/")).status_code == 200


@pytest.mark.parametrize("count", [1, 30])
def test_the_page_costs_the_same_for_one_line_and_for_thirty(
    alice: User, count: int, django_assert_num_queries: Any
):
    cart = make_cart(customer=customer_for(alice), **{f"SKU{number}": 1 for number in range(count)})
    order = sent(cart=cart)
    client = signed_in(alice)
    client.get(page(order))

    with django_assert_num_queries(11):
        client.get(page(order))


# What it says -------------------------------------------------------------------------------------
def test_the_pdf_says_what_the_law_asks_for():
    order = sent()
    credit(order, items={order.items.get().pk: 1}, reason="Chipped")
    settle_invoices(order.pk, at=timezone.now())

    said = text_of(documents.invoice_pdf(document(order)))
    note = text_of(documents.invoice_pdf(document(order, "credit_note")))

    for words in [
        "Invoice 2026-00001",
        "Linden Trading GmbH",
        "10119 Berlin",
        "VAT number DE000000000",
        "HRB 000000, Sample Court Berlin",
        "Alice Lind",
        "Lindenstraße 7",
        "Invoice date",
        "Delivery date",
        order.number,
        "Mug",
        "€16.81",
        "19%",
        "€54.54 €10.36 €64.90",
        "Amount due: €64.90",
        "1 / 1",
    ]:
        assert words in said, words
    assert "Credit note C2026-00001" in note
    assert re.search(r"Corrected invoice\s+2026-00001", note)
    assert "Reason: Chipped" in note
    assert "€16.81 €3.19 €20.00" in note


def test_a_hundred_lines_run_over_pages_that_repeat_the_head():
    order = sent(cart=make_cart(**{f"SKU{number:03}": 1 for number in range(100)}))

    pages = PdfReader(BytesIO(documents.invoice_pdf(document(order)))).pages

    texts = [part.extract_text() for part in pages]
    with_lines = [text for text in texts if "Sku" in text]
    assert len(texts) > 3
    assert all("Quantity" in text and "Unit price, net" in text for text in with_lines)
    assert sum(text.count("Sku0") for text in texts) == 100
    assert f"{len(texts)} / {len(texts)}" in texts[-1]


def test_it_is_written_in_the_language_of_its_order_from_right_to_left_too(settings: Any):
    settings.LANGUAGES = [("en", "English"), ("he", "Hebrew")]
    order = sent()
    Order.objects.update(language="he")
    credit(order, amount_minor=100)
    settle_invoices(order.pk, at=timezone.now())
    note = document(order, "credit_note")

    html = guest(order).get(f"/orders/{order.number}/invoices/{note.number}/").content.decode()

    assert re.search(r'<html\s+lang="en"\s+dir="ltr"', html)
    assert '<article class="document" lang="he" dir="rtl">' in html
    assert "\u200f1.00\xa0\u200f€" in html
    assert len(PdfReader(BytesIO(documents.invoice_pdf(note))).pages) == 1


@pytest.mark.parametrize(
    ("currency", "minor", "shown"), [("JPY", 1234, "¥1,234"), ("KWD", 1234, "KWD1.234")]
)
def test_amounts_have_the_decimals_of_their_currency(currency: str, minor: int, shown: str):
    order = sent()
    invoice = document(order)
    invoice.currency = currency
    for line in invoice.lines.all():
        line.total_minor = minor

    assert shown in documents.document_html(invoice).replace("\xa0", " ")


def test_a_foreign_currency_has_its_tax_in_our_own_too():
    ExchangeRateFactory(currency="USD", rate="1.10")
    order = sent()
    Order.objects.filter(pk=order.pk).update(exchange_rate="1.1")
    invoice = document(order)
    invoice.currency = "USD"

    assert "VAT in EUR: €9.42, at 1.1 USD for 1 EUR." in documents.document_html(invoice)


def test_its_day_is_that_of_the_shops_own_calendar():
    order = make_order(payment_method="cash")
    # 23:30 in London is the first of December in Berlin.
    at = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    fulfill_order(order, actor=CAROL, at=at)
    settle_invoices(order.pk, at=at)

    shown = guest(order).get(f"/orders/{order.number}/").content.decode()

    assert "1 December 2026 · €24.90" in shown
    assert documents.document_html(document(order)).count("1 December 2026") == 2


def test_an_export_names_its_ground():
    invoice = document(sent())
    invoice.is_export = True

    assert "Article 146 of Directive 2006/112/EC" in documents.document_html(invoice)


def test_gift_cards_say_why_they_are_not_taxed():
    order = sent()

    assert "Article 30b" not in documents.document_html(document(order))
    order.items.update(is_gift_card=True)
    assert "Article 30b of Directive 2006/112/EC" in documents.document_html(document(order))


def test_what_a_name_smuggles_in_is_text():
    make_shop()
    evil = '<img src="https://evil.example/x"><script>alert(1)</script>'
    VariantFactory(product=ProductFactory(name=evil), sku="EVIL", price_minor=100, on_hand=9)
    invoice = document(sent(items={"EVIL": 1}))

    assert "<script>alert" not in documents.document_html(invoice)
    assert "<script>alert(1)</script>" in text_of(documents.invoice_pdf(invoice)).replace("\n", "")


def test_a_document_can_load_nothing_from_anywhere():
    asked = []
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(1)

    def listen() -> None:
        try:
            asked.append(server.accept())
        except TimeoutError:
            pass

    thread = threading.Thread(target=listen)
    thread.start()
    url = f"http://127.0.0.1:{server.getsockname()[1]}/x"
    html = (
        f'<link rel="stylesheet" href="{url}"><style>@import "{url}";'
        f'@font-face {{ font-family: X; src: url("{url}") }}'
        f' p {{ font-family: X; background: url("{url}") }}</style>'
        f'<img src="{url}"><img src="file:///etc/passwd">'
        f'<object data="{url}"></object><p>Still here.</p>'
    )

    data = pdf.make_pdf(html, style="", title="T", author="A", at=timezone.now())

    thread.join()
    server.close()
    assert asked == []
    assert text_of(data).strip() == "Still here."


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "https://evil.example/commissioner-flar-latin.woff2",
        "https://fonts.invalid/../settings.py",
        "https://fonts.invalid/nothing.woff2",
        "https://fonts.invalid/OFL.txt",
        "https://fonts.invalid/faces.json",
        "https://fonts.invalid/../fonts/noto-sans-thai.woff2",
        "",
    ],
)
def test_only_our_own_fonts_are_handed_out(url: str):
    assert bytes(pdf._fetcher().fetch_url(url).get_content()) == b""


SCRIPTS = {
    "Latin": "Łukasz Ålesund",
    "Cyrillic": "Юлия Щёголева",
    "Greek": "Νίκος Παπαδόπουλος",
    "Vietnamese": "Nguyễn Thị Hương",
    "Japanese": "山田 太郎 ひらがな カタカナ",
    "Simplified Chinese": "张伟 长安街",
    "Traditional Chinese": "陳大文 彌敦道",
    "Korean": "김철수 서울",
    "Arabic": "سارة",
    "Hebrew": "דוד",
    "Thai": "สมชาย",
    "Devanagari": "राज",
    "Bengali": "রহমান",
    "Tamil": "கமல",
    "Georgian": "ქართული",
    "Armenian": "Հայ",
    "Amharic": "አማርኛ",
    "Emoji": "🚲 ☕ 🎉",
    "Signs": "₹ → ★",
}


def test_no_letter_is_missing_on_a_machine_without_any_font(tmp_path: Path):
    (tmp_path / "fonts.conf").write_text("<?xml version='1.0'?><fontconfig></fontconfig>")
    code = """
import sys
from datetime import UTC, datetime
from django.conf import settings
settings.configure(BASE_DIR=sys.argv[1])
from shop.core import pdf
style = pdf.fonts(sys.argv[2]) + f'body {{ font-family: "Commissioner Flare", "{pdf.SCRIPTS}"; }}'
html = "".join(f"<p>{each}<b>{each}</b></p>" for each in sys.argv[2].splitlines())
at = datetime(2026, 5, 4, tzinfo=UTC)
sys.stdout.buffer.write(pdf.make_pdf(html, style=style, title="T", author="A", at=at))
"""
    made = subprocess.run(
        [sys.executable, "-c", code, str(shop_settings.BASE_DIR), "\n".join(SCRIPTS.values())],
        env={**os.environ, "FONTCONFIG_FILE": str(tmp_path / "fonts.conf")},
        cwd=shop_settings.BASE_DIR,
        capture_output=True,
        check=True,
    )

    text = text_of(made.stdout)
    # A letter that no font has is copied as this one.
    assert "\ufffd" not in text
    for name in (
        "Łukasz",
        "Юлия",
        "Νίκος",
        "Nguyễn",
        "山田",
        "张伟",
        "陳大文",
        "김철수",
        "🚲",
        "★",
    ):
        assert text.count(name) == 2


@pytest.mark.parametrize(
    ("name", "font"),
    [
        ("山田 太郎", "NotoSansCJK"),
        ("김철수", "NotoSansCJK"),
        ("سارة أحمد", "NotoSansArabic-Regular"),
        ("דוד כהן", "NotoSansHebrew-Regular"),
        ("สมชาย", "NotoSansThai-Regular"),
        ("राजेश", "NotoSansDevanagari-Regular"),
    ],
)
def test_an_invoice_brings_the_letters_of_its_customer_along(name: str, font: str):
    order = sent(billing_address=address(name=name))

    data = documents.invoice_pdf(document(order))

    used = {
        str(each.get_object()["/BaseFont"])
        for part in PdfReader(BytesIO(data)).pages
        for each in part["/Resources"]["/Font"].values()
    }
    assert any(font in each for each in used)
    assert "\ufffd" not in text_of(data)


def test_a_document_in_latin_letters_reads_no_font_of_other_scripts():
    assert pdf.SCRIPTS not in pdf.fonts("Łukasz Ålesund, 10.00 €")


def test_four_at_once_get_the_same_document():
    invoice = document(sent())
    expected = text_of(documents.invoice_pdf(invoice))
    done: list[bytes] = []

    def draw() -> None:
        done.append(documents.invoice_pdf(invoice))

    threads = [threading.Thread(target=draw) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [text_of(data) for data in done] == [expected] * 4


def test_without_the_library_the_page_is_there_and_the_pdf_says_why_not(monkeypatch: Any):
    order = sent()
    path, client = page(order, "pdf/"), guest(order)
    pdf.can_make_pdf.cache_clear()
    monkeypatch.setattr(pdf, "find_spec", lambda _name: None)

    try:
        read, kept = client.get(page(order)), client.get(path)
        told = APIClient().get(
            f"/api/orders/{order.number}", headers={"X-Order-Token": order.token}
        )
    finally:
        pdf.can_make_pdf.cache_clear()

    assert read.status_code == 200
    assert path not in read.content.decode()
    assert kept.status_code == 503
    assert told.json()["data"]["invoices"][0]["pdf"] is None


def test_a_person_takes_orders_and_invoices_along(alice: User, bob: User):
    order = sent(customer=customer_for(alice))
    sent(customer=customer_for(bob))

    taken = export_data(alice)

    (bought,), (billed,) = taken["orders"], taken["invoices"]
    assert (bought["number"], bought["total"]) == (order.number, "64.90")
    assert [(item["sku"], item["quantity"]) for item in bought["items"]] == [("MUG", 3)]
    assert (billed["number"], billed["order"], billed["total"]) == (
        "2026-00001",
        order.number,
        "64.90",
    )
    assert billed["buyer"]["name"] == "Alice Lind"


# The API ------------------------------------------------------------------------------------------
def api(order: Order, end: str = "", **headers: str) -> Any:
    path = f"/api/orders/{order.number}{end}"
    return APIClient().get(path, headers={"X-Order-Token": order.token, **headers})


def test_an_order_names_its_invoices_and_where_their_pdfs_are(settings: Any):
    settings.SITE_URL = "https://shop.example"
    order = sent()

    (told,) = api(order).json()["data"]["invoices"]
    kept = APIClient().get(
        told["pdf"].removeprefix("https://shop.example"),
        headers={"X-Order-Token": order.token, "Accept": "application/pdf"},
    )

    assert told == {
        "number": "2026-00001",
        "kind": "invoice",
        "issued_at": told["issued_at"],
        "currency": "EUR",
        "total": "64.90",
        "pdf": f"https://shop.example/api/orders/{order.number}/invoice/2026-00001/pdf",
    }
    assert kept["Content-Type"] == "application/pdf"
    assert "Invoice 2026-00001" in text_of(kept.content)


def test_the_api_tells_all_that_the_document_says():
    order = sent()
    credit(order, items={order.items.get().pk: 1}, reason="Chipped")
    settle_invoices(order.pk, at=timezone.now())

    invoice, note = api(order, "/invoice").json()["data"]

    assert (invoice["net"], invoice["tax"], invoice["total"]) == ("54.54", "10.36", "64.90")
    assert [(line["description"], line["total"]) for line in invoice["lines"]] == [
        ("Mug", "60.00"),
        ("Delivery", "4.90"),
    ]
    assert invoice["taxes"] == [
        {"percent": "19.0000", "net": "54.54", "tax": "10.36", "total": "64.90"}
    ]
    assert (note["kind"], note["corrects"], note["reason"]) == (
        "credit_note",
        "2026-00001",
        "Chipped",
    )
    assert note["lines"][0]["unit_price"] is None


def test_the_api_shows_invoices_to_whom_it_shows_the_order():
    order = sent()
    stranger, clerk = APIClient(), APIClient()
    clerk.force_authenticate(StaffFactory(groups=["finance"]))
    path = f"/api/orders/{order.number}/invoice"

    assert stranger.get(path).status_code == 404
    assert stranger.get(f"{path}/2026-00001/pdf").status_code == 404
    assert clerk.get(path).status_code == clerk.get(f"{path}/2026-00001/pdf").status_code == 200
    assert api(order, "/invoice/2026-00009/pdf").status_code == 404


def test_number_and_e_mail_alone_get_no_invoice_over_the_api():
    order = sent()

    told = APIClient().post(
        "/api/orders/lookup", {"number": order.number, "email": order.email}, format="json"
    )

    assert told.json()["data"]["invoices"] == []


# The same figures everywhere
# ------------------------------------------------------------------------
@pytest.mark.parametrize("mode", ["included", "added"])
@pytest.mark.parametrize("with_code", [False, True])
def test_invoice_page_and_api_show_the_same_figures_with_the_same_reasons(
    mode: str, with_code: bool
):
    make_shop()
    TaxRate.objects.update(mode=mode)
    reduced = TaxClass.objects.create(code="reduced", name="Reduced")
    TaxRate.objects.create(
        country="DE", tax_class=reduced, percent="7", mode=mode, valid_from="2020-01-01"
    )
    VariantFactory(
        product=ProductFactory(name="Tea", tax_class=reduced), sku="TEA", price_minor=333, on_hand=9
    )
    cart = make_cart(MUG=2, TEA=3)
    if with_code:
        CouponFactory(code="TEN")
        cart.coupon_codes = ["TEN"]
        cart.save()
    order = sent(cart=cart)

    invoice, told = document(order), api(order).json()["data"]
    said = text_of(documents.invoice_pdf(invoice))
    shown = guest(order).get(f"/orders/{order.number}/").content.decode()

    lines = {line.sku: line for line in invoice.lines.all() if line.order_item_id}
    deliveries = [line for line in invoice.lines.all() if line.order_item_id is None]
    added = order.tax_added_minor
    assert invoice.total_minor == order.total_minor
    assert (to_wire(invoice.total_minor, "EUR"), to_wire(invoice.tax_minor, "EUR")) == (
        told["total"],
        told["tax"],
    )
    assert bool(added) == (mode == "added")
    for item in told["items"]:
        line = lines[item["product_sku"]]
        gross = line.total_minor if mode == "included" else line.net_minor
        assert to_wire(gross, "EUR") == item["total"]
        assert to_wire(line.tax_minor, "EUR") == item["tax"]
        assert to_wire(line.discount_minor, "EUR") == item["discount"]
        reasons = [part["label"] for part in line.discounts]
        assert reasons == [
            row.label
            for row in explain_order(order)
            if row.kind == "discount" and row.line == line.sku
        ]
        assert bool(reasons) == with_code
    assert [line.tax_percent for line in deliveries] == [19, 7]
    shipping = sum(
        line.total_minor if mode == "included" else line.net_minor for line in deliveries
    )
    assert to_wire(shipping, "EUR") == told["shipping"]
    total = format_minor(invoice.total_minor, "EUR")
    assert total in said
    assert total.removesuffix(".00") in shown
