"""The templates of e-mails: a pair for each kind, the same facts in both parts, nothing left over.

Written from the list of kinds and from the templates themselves: a new e-mail is in.
"""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template import engines
from django.utils import timezone, translation
from django.utils.html import strip_tags

from notifications import contexts
from notifications.contexts import EMAILS
from notifications.services.mail import render_email
from orders.cancellation import cancel_order
from orders.editing import edit_order
from orders.editing.changes import OrderChange
from orders.fulfillment import change_tracking, fulfill_order
from orders.models import Fulfillment, Order
from orders.returns import (
    Arrived,
    Wanted,
    approve_return,
    decline_return,
    receive_return,
    request_return,
)
from orders.tests.factories import CAROL, make_order
from orders.withdrawals import withdraw
from payments.models import Refund
from payments.refunds import refund_order
from payments.tests.factories import DECLINED, make_paid_order, make_payment, use_card
from pricing.tests.factories import make_gift_card
from shop.core.actors import GUEST

ROOT = Path(settings.BASE_DIR)
FOLDER = ROOT / "templates" / "emails"
LANGUAGES = [("en", "English"), ("he", "Hebrew")]
INVALID = "UNDEFINED<%s>"
ACCOUNT = {
    "url": "https://shop.example/v?a=1&b=2",
    "signup_url": "https://shop.example/s",
    "login_url": "https://shop.example/l",
    "new_email": "<b>@example.com",
    "factor": "totp",
    "at": "2026-11-23T12:00:00+00:00",
}
NAME = "<b>Zoë & Söhne</b>"


def now() -> Any:
    return timezone.now()


def order_of(**options: Any) -> Order:
    """A paid order whose customer and item have names that HTML would take for markup."""
    order = make_paid_order(items={"MUG": 3}, **options)
    order.shipping_address = {**order.shipping_address, "name": NAME}
    order.save(update_fields=["shipping_address"])
    order.items.update(product_name=NAME)
    return order


def for_page(order: Order) -> Order:
    return Order.objects.for_page().get(pk=order.pk)


@pytest.fixture
def arguments(kind: str, db: None) -> tuple[list[Any], dict[str, Any]]:
    """What the function of a kind is called with, made by the shop's own services."""
    area, _, rest = kind.partition("_")
    if area == "account":
        return [ACCOUNT], {}
    if kind == "gift_card":
        return [make_gift_card(at=now())], {}
    if kind == "withdrawal_received":
        order = make_order(payment_method="cash", at=now())
        notice = withdraw(
            name=NAME, number=order.number, email=order.email, language="en", actor=GUEST, at=now()
        )
        return [notice, for_page(order)], {}
    if area == "return":
        return _return(rest)
    return _order(rest)


def _return(step: str) -> tuple[list[Any], dict[str, Any]]:
    order = order_of()
    fulfill_order(order, actor=CAROL, at=now())
    item = order.items.get()
    claim = request_return(order, items=[Wanted(item.pk, 2)], actor=GUEST, at=now())
    details: dict[str, Any] = {}
    if step == "declined":
        claim = decline_return(claim, message=NAME, actor=CAROL, at=now())
    elif step in {"approved", "received"}:
        claim = approve_return(claim, message=NAME, actor=CAROL, at=now())
    if step == "received":
        units = {claim.items.get().pk: Arrived(1)}
        receipt = receive_return(
            claim, units=units, deduction_minor=100, message=NAME, actor=CAROL, at=now()
        )
        details = {"receipt_id": receipt.pk}
    return [for_page(order), claim], details


def _order(step: str) -> tuple[list[Any], dict[str, Any]]:
    details: dict[str, Any] = {}
    if step in {"received", "waiting"}:
        method = "transfer" if step == "received" else "card"
        order = make_order(payment_method=method, at=now())
    elif step == "payment_failed":
        payment = use_card(make_payment(), DECLINED)
        order, details = payment.order, {"payment": str(payment.pk)}
    else:
        order = order_of()
    if step == "edited":
        order = edit_order(order, OrderChange({"MUG": 4}), reason=NAME, actor=CAROL, at=now())
        details = {"sequence": order.events.filter(kind="edited").latest("sequence").sequence}
    elif step in {"shipped", "tracking"}:
        fulfill_order(order, quantities={order.items.get().pk: 1}, actor=CAROL, at=now())
        url = "https://dhl.example/?a=1&b=2"
        tracking = {"carrier": NAME, "tracking_number": "0034", "tracking_url": url}
        change_tracking(order, number=1, **tracking, actor=CAROL, at=now())
        details = {"fulfillment_id": Fulfillment.objects.get().pk}
    elif step == "canceled":
        cancel_order(order, reason=NAME, actor=CAROL, at=now())
        details = {"reason": NAME}
    elif step == "refunded":
        refund_order(order, amount_minor=500, reason=NAME, actor=CAROL, at=now())
        details = {"refund_id": str(Refund.objects.get().pk)}
    return [for_page(order)], details


@pytest.mark.parametrize("kind", EMAILS)
@pytest.mark.parametrize("language", [code for code, _name in LANGUAGES])
def test_every_kind_renders_in_each_direction(
    kind: str, language: str, arguments: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
):
    settings.LANGUAGES = LANGUAGES
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", INVALID)
    about, details = arguments

    with translation.override(language):
        subject, text, page = render_email(kind, EMAILS[kind](*about, **details))

    direction = "rtl" if language == "he" else "ltr"
    assert f'<html lang="{language}" dir="{direction}">' in page
    assert subject
    assert "\n" not in subject
    assert f"<title>{html.escape(subject)}</title>" in page
    assert "UNDEFINED" not in subject + text + html.unescape(page)
    assert not re.search(r"\n\s*\n\s*\n", text)
    assert not re.search(r"&(?:amp|lt|gt|quot|#x27);|</?(?:p|br|td|a|h1)\b", text)
    assert NAME not in page
    assert "<p>" not in page


@pytest.mark.parametrize("kind", EMAILS)
def test_both_parts_say_the_same(kind: str, arguments: Any):
    about, details = arguments

    _subject, text, page = render_email(kind, EMAILS[kind](*about, **details))

    body = re.sub(r"(?s)<head>.*?</head>", "", page)
    shown = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())
    shown += " ".join(html.unescape(url) for url in re.findall(r'href="([^"]*)"', body))
    words = text.partition("\n-- \n")[0]
    lines = [line.removeprefix("- ") for line in words.splitlines() if line.strip()]
    # "Label: address" and "Label: amount" are a label and a link, or two cells of a table.
    parts = [part for line in lines for part in re.split(r": | \(|\)", strip_tags(line)) if part]
    page_words = re.sub(r"\s+", "", strip_tags(html.unescape(shown)))
    missing = [
        part
        for part in parts
        if re.sub(r"\s+", "", part).rstrip(":") not in page_words and part.rstrip(": ") not in shown
    ]
    assert missing == []


# From the files --------------------------------------------------------------------------------


def own_templates() -> set[str]:
    return {path.stem for path in FOLDER.iterdir() if path.stem != "base" and path.stem[0] != "_"}


def test_every_kind_has_a_pair_of_templates_and_every_pair_a_kind():
    pairs = {f"{kind}.{part}" for kind in EMAILS for part in ("html", "txt")}

    assert own_templates() == set(EMAILS)
    assert {path.name for path in FOLDER.iterdir() if path.stem in EMAILS} == pairs


def test_every_shared_template_is_used():
    sources = "".join(path.read_text() for path in FOLDER.iterdir())
    shared = {path.name for path in FOLDER.iterdir() if path.stem not in EMAILS}

    assert {name for name in shared if f'"emails/{name}"' not in sources} == set()


def test_every_published_kind_of_account_e_mail_is_written():
    published = set(_kinds_in(ROOT / "accounts"))

    assert {f"account_{kind}" for kind in published} == {
        kind for kind in EMAILS if kind.startswith("account_")
    }


def _kinds_in(folder: Path) -> Iterator[str]:
    """The kinds that `AccountMail(kind=…)` and the adapter's table name."""
    for path in folder.rglob("*.py"):
        if "tests" in path.parts:
            continue
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            is_mail = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "AccountMail"
            if is_mail:
                value = next(word.value for word in node.keywords if word.arg == "kind")
                yield from _texts(value)
            if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "_MAILS":
                yield from (ast.literal_eval(pair.elts[0]) for pair in node.value.values)


def _texts(value: ast.expr) -> Iterator[str]:
    if isinstance(value, ast.IfExp):
        yield from (*_texts(value.body), *_texts(value.orelse))
    elif isinstance(value, ast.Constant):
        yield value.value


def test_no_context_writes_sentences():
    """Texts stand in templates; a context may name an item that has no name of its own."""
    folder = Path(contexts.__file__).parent
    calls = [
        text
        for path in sorted(folder.glob("*.py"))
        for text in re.findall(r"""\b_\(\s*["'](.*?)["']""", path.read_text())
    ]

    assert calls == ["Gift card"]
