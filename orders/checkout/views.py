"""The checkout: one page, guest first, the quote always in sight."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.addresses import AddressData, country_name, is_country
from accounts.identity import email_key
from accounts.models import Address
from cart.gift_cards import CardUse, card_uses, coverable_minor, totals_after_cards
from cart.models import Cart, CartItem
from cart.services import facts_of, items_of, shopper_of
from cart.sessions import COOKIE, current_cart, forget_cart
from orders.checkout.forms import BILLING, CheckoutForm
from orders.checkout.limits import require_order_allowance
from orders.checkout.services import CheckoutData, place_order
from orders.errors import CartClosed, CartEmpty, PriceChanged
from orders.models import Order
from orders.sessions import is_remembered, remember
from orders.states import OrderStatus
from pricing.calculator import Quote
from pricing.errors import GiftCardShort
from pricing.models import PaymentMethod
from pricing.price_book import PriceBook
from pricing.quotes import payment_methods, quote_for, tax_problem
from pricing.summary import SummaryRow, quote_rows
from pricing.words import included_tax, item_count
from shop.core.actors import Actor
from shop.core.breaker import resting
from shop.core.card_numbers import MESSAGE as CARD_TYPED
from shop.core.card_numbers import field_holds_card
from shop.core.clock import show_day
from shop.core.errors import DomainError
from shop.core.idempotency import fingerprint, run_once
from shop.core.models import IdempotencyRecord

SCOPE = "checkout-page"
# What was typed stays in the session for so long, until the order is placed.
_DRAFT, _DRAFT_SECONDS = "checkout_draft", 30 * 60
_NOTHING_TO_SAY = {"status": 200, "is_checked": False, "problem": "", "message": "", "errors": {}}
_BUTTON_ICONS = {"online": "card", "transfer": "bank", "on_delivery": "box"}


@dataclass(frozen=True, slots=True)
class Desk:
    """All that the page needs to know of the cart at the moment: its items, the
    quote, the ways to pay.
    """

    cart: Cart
    items: Sequence[CartItem]
    unsold: Sequence[CartItem]
    quote: Quote
    cards: Sequence[CardUse]
    methods: Sequence[PaymentMethod]
    # Those that a delivery zone names, for the top of the list.
    likely_countries: Sequence[str]
    country: str
    billing_country: str
    shipping_method: str

    @property
    def due_minor(self) -> int:
        """What gift cards leave to pay."""
        return self.quote.total_minor - sum(use.used_minor for use in self.cards)

    @property
    def is_covered(self) -> bool:
        """Whether gift cards pay all of it."""
        return bool(self.quote.total_minor) and not self.due_minor


@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest) -> HttpResponse:
    """Show the checkout; a POST orders, or with the button "update" only recalculates.

    What a POST refuses is kept and shown by GET: the browser's Back never offers
    to send the form again.
    """
    now = timezone.now()
    if request.method != "POST":
        return _draft_page(request, at=now)
    if placed := _placed_before(request):
        return _lead_on(request, placed)
    desk = _desk(request, request.POST, at=now)
    if desk is None:
        return redirect("cart:detail")
    form = _form(desk, request.POST)
    if "update" in request.POST:
        return _keep(request, form)
    if not form.is_valid():
        return _keep(request, form, status=422, is_checked=True)
    try:
        order = _place(request, desk, form, at=now)
    except (CartEmpty, CartClosed):
        return redirect("cart:detail")
    except (PriceChanged, GiftCardShort) as refusal:
        # The page carries the new total; a second click orders at that.
        return _keep(request, form, status=409, problem=refusal.message)
    except DomainError as refusal:
        status = refusal.status if refusal.status < 500 else 503
        return _keep(request, form, status=status, is_checked=True, refusal=refusal)
    return _lead_on(request, order)


def _keep(
    request: HttpRequest,
    form: CheckoutForm,
    *,
    status: int = 200,
    is_checked: bool = False,
    problem: str = "",
    refusal: DomainError | None = None,
) -> HttpResponse:
    """Keep what was typed, and what is to be said about it once, for the page that follows.

    What looks like a card number is not kept; the page says so all the same.
    """
    typed = {name: request.POST[name][:1000] for name in form.fields if name in request.POST}
    cards = {
        name: [str(CARD_TYPED)] for name, value in typed.items() if field_holds_card(name, value)
    }
    errors = cards | (refusal.errors if refusal else {})
    request.session[_DRAFT] = {
        "data": {name: value for name, value in typed.items() if name not in cards},
        "until": timezone.now().timestamp() + _DRAFT_SECONDS,
        "status": status,
        "is_checked": is_checked,
        "problem": problem,
        "message": refusal.message if refusal else "",
        "errors": errors,
    }
    return redirect("orders:checkout")


def _draft_page(request: HttpRequest, *, at: datetime) -> HttpResponse:
    """The checkout with what this browser typed a moment ago, and what was wrong with it."""
    draft = request.session.get(_DRAFT)
    if draft and draft["until"] < at.timestamp():
        draft = request.session.pop(_DRAFT) and None
    data: Mapping[str, str] = draft["data"] if draft else {}
    desk = _desk(request, data, at=at)
    if desk is None:
        request.session.pop(_DRAFT, None)
        return redirect("cart:detail")
    if not draft:
        return _page(request, desk, _fresh_form(request, desk))
    # Said once; a reload shows the form as it was typed.
    request.session[_DRAFT] = {**draft, **_NOTHING_TO_SAY}
    problem = draft["problem"]
    if not draft["is_checked"]:
        form = _kept_form(desk, data)
        return _page(request, desk, form, code=draft["status"], problem=problem)
    seen = (data.get("expected_total"), data.get("expected_due"))
    now = (str(desk.quote.total_minor), str(desk.due_minor))
    if all(seen) and seen != now:
        problem = str(PriceChanged.default_message)
    form = _form(desk, {**data, "expected_total": now[0], "expected_due": now[1]})
    form.is_valid()
    if draft["message"] or draft["errors"]:
        _show(form, draft["message"], draft["errors"])
    return _page(request, desk, form, code=draft["status"], problem=problem)


@require_POST
def checkout_quote(request: HttpRequest) -> HttpResponse:
    """Recalculate for what is filled in so far; htmx swaps the form and the summary."""
    desk = _desk(request, request.POST, at=timezone.now())
    if desk is None:
        return redirect("cart:detail")
    return _page(request, desk, _kept_form(desk, request.POST))


def _placed_before(request: HttpRequest) -> Order | None:
    """The order of this very form, if this visitor has sent it before: a double click, a reload."""
    key = request.POST.get("key", "")[:64]
    # A NUL, which the form refuses later, cannot be looked up in PostgreSQL.
    is_sound = bool(key) and key.isprintable()
    record = IdempotencyRecord.objects.filter(scope=SCOPE, key=key).first() if is_sound else None
    if record is None:
        return None
    found = Order.objects.filter(token=record.body.get("token")).select_related("cart").first()
    return found if found and _is_own(request, found) else None


def _is_own(request: HttpRequest, order: Order) -> bool:
    """Whether it came from this visitor's cart; the key alone is no proof, as clients choose it."""
    if is_remembered(request, order):
        return True
    if request.user.is_authenticated:
        return Order.objects.of_user(request.user).filter(pk=order.pk).exists()
    token = request.COOKIES.get(COOKIE, "")
    return order.cart is not None and constant_time_compare(token, order.cart.token)


def _place(request: HttpRequest, desk: Desk, form: CheckoutForm, *, at: datetime) -> Order:
    data = form.cleaned_data
    address = form.address
    if address is None:
        raise CartEmpty  # a valid form has one

    def effect() -> tuple[int, Any]:
        require_order_allowance(request)
        order = place_order(
            desk.cart,
            CheckoutData(
                email=data["email"],
                shipping_address=address,
                billing_address=form.billing_address,
                shipping_method=data["shipping_method"],
                payment_method=data["payment_method"],
                expected_total_minor=data["expected_total"],
                expected_due_minor=data["expected_due"],
                note=data["note"],
            ),
            actor=Actor.of(request.user),
            at=at,
        )
        return 201, {"token": order.token}

    key = data["key"]
    answer = run_once(SCOPE, key, fingerprint(key, desk.cart.pk), effect)
    return Order.objects.get(token=answer.body["token"])


def _lead_on(request: HttpRequest, order: Order) -> HttpResponse:
    """To the payment if something is to be paid online, else to the thanks."""
    remember(request, order)
    request.session.pop(_DRAFT, None)
    response = redirect("orders:thanks", order.number)
    if order.status == OrderStatus.PENDING and order.pays_online:
        # 307 keeps the POST and its token: starting a payment writes, so no link may do it.
        response = redirect("payments:pay", order.number, preserve_request=True)
    forget_cart(response)
    return response


def _desk(request: HttpRequest, data: Mapping[str, str], *, at: datetime) -> Desk | None:
    cart = current_cart(request)
    if cart is None:
        return None
    everything = [item for item in items_of(cart) if not item.is_saved]
    items = [item for item in everything if item.is_sold(at=at)]
    if not items:
        return None
    country = _country(data.get("country")) or _home_country(request)
    billing_country = _country(data.get(f"{BILLING}country")) or country
    email = email_key(data.get("email", ""))
    method = data.get("shipping_method", "")
    facts = facts_of(items, cart.currency)
    shopper = shopper_of(cart, email)
    if (person := shopper.person) is not None:
        shopper = replace(
            shopper, is_first_order=lambda: not Order.objects.of_person(person()).exists()
        )

    def ask(shipping_method: str | None) -> Quote:
        return quote_for(
            facts,
            currency=cart.currency,
            country=country,
            region=data.get("region", ""),
            postal_code=data.get("postal_code", ""),
            shipping_method=shipping_method,
            codes=cart.coupon_codes,
            shopper=shopper,
            at=at,
        )

    quote = ask(method or None)
    if quote.shipping is None and quote.needs_shipping and method:
        # What was chosen does not exist for the new country: the first possible
        # one takes its place.
        quote = ask(None)
    cards = card_uses(cart, coverable_minor(quote, items), at=at)
    due_minor = quote.total_minor - sum(use.used_minor for use in cards)
    book = PriceBook()
    return Desk(
        cart=cart,
        items=items,
        # What cannot be ordered as it stands: no longer sold, or fewer left than asked for.
        unsold=[
            item
            for item in everything
            if not item.is_sold(at=at) or item.quantity > item.variant.stock_item.sellable
        ],
        quote=quote,
        cards=cards,
        methods=payment_methods(
            country=country, amount_minor=due_minor, currency=quote.currency, book=book
        ),
        likely_countries=book.named_countries(),
        country=country,
        billing_country=billing_country,
        shipping_method=quote.shipping.code if quote.shipping else "",
    )


def _country(code: str | None) -> str:
    return code if code and is_country(code) else ""


def _home_country(request: HttpRequest) -> str:
    address = _usual_address(request)
    return address.country if address else settings.SHOP_COUNTRY


def _usual_address(request: HttpRequest) -> AddressData | None:
    if not request.user.is_authenticated:
        return None
    found = Address.objects.visible_to(request.user).order_by("-is_default_shipping", "pk").first()
    return found.data if found else None


def _form(desk: Desk, data: Any = None, **options: Any) -> CheckoutForm:
    shipping = [(method.code, method.name) for method in _possible(desk)]
    return CheckoutForm(
        data,
        country=desk.country,
        billing_country=desk.billing_country,
        shipping_choices=shipping,
        payment_choices=[(method.code, method.name) for method in desk.methods],
        needs_payment=bool(desk.due_minor),
        needs_shipping=desk.quote.needs_shipping,
        likely_countries=desk.likely_countries,
        **options,
    )


def _possible(desk: Desk) -> list[Any]:
    return [method for method in desk.quote.shipping_methods if not method.problem]


def _fresh_form(request: HttpRequest, desk: Desk) -> CheckoutForm:
    """The form as it is first seen: filled with what we know of a signed-in customer."""
    initial: dict[str, Any] = {"is_same": True, "key": uuid.uuid4().hex}
    if request.user.is_authenticated:
        initial["email"] = request.user.email
    address = _usual_address(request)
    if address is not None:
        initial |= address.as_dict()
    initial |= _calculated(desk)
    if desk.methods:
        initial["payment_method"] = desk.methods[0].code
    return _form(desk, initial=initial)


def _kept_form(desk: Desk, data: Mapping[str, str]) -> CheckoutForm:
    """The form with everything that was typed, unchecked, and the new figures."""
    initial: dict[str, Any] = dict(data.items())
    initial["is_same"] = "is_same" in data
    initial.setdefault("key", uuid.uuid4().hex)
    initial |= _calculated(desk)
    return _form(desk, initial=initial)


def _calculated(desk: Desk) -> dict[str, Any]:
    return {
        "country": desk.country,
        f"{BILLING}country": desk.billing_country,
        "shipping_method": desk.shipping_method,
        "expected_total": desk.quote.total_minor,
        "expected_due": desk.due_minor,
    }


def _show(form: CheckoutForm, message: str, errors_by_field: dict[str, list[str]]) -> None:
    """Put a refusal beside the field it is about, or on top."""
    shown = False
    for name, errors in errors_by_field.items():
        if name in form.fields:
            form.add_error(name, errors)
            shown = True
    if not shown:
        form.add_error(None, message)


def _page(
    request: HttpRequest, desk: Desk, form: CheckoutForm, *, code: int = 200, problem: str = ""
) -> HttpResponse:
    quote = desk.quote
    currency = quote.currency
    silent = resting(method.provider for method in desk.methods)
    context = {
        "desk": desk,
        "form": form,
        "problem": problem,
        "tax_problem": tax_problem(quote),
        "units": sum(item.quantity for item in desk.items),
        "lines": _lines(desk),
        "unsold": desk.unsold,
        "shipping_options": _shipping_options(desk),
        "payment_options": [
            {
                "method": method,
                "sign": _BUTTON_ICONS.get(method.settlement, "card"),
                "is_resting": method.provider in silent,
            }
            for method in desk.methods
        ],
        "chosen_shipping": form["shipping_method"].value(),
        "chosen_payment": form["payment_method"].value(),
        "is_same": form["is_same"].value(),
        "totals": _totals(desk),
        "total_note": included_tax(quote.tax_minor, quote.tax_added_minor, quote.currency),
        **totals_after_cards(desk.cards, quote.total_minor),
        "total": quote.total_minor,
        "due": desk.due_minor,
        "is_covered": desk.is_covered,
        "is_free": not quote.total_minor,
        "is_payable": bool(desk.methods) or not desk.due_minor,
        "country_name": country_name(desk.country),
        "needs_shipping": quote.needs_shipping,
        "bad_cards": [use for use in desk.cards if use.problem],
        "currency": currency,
        "pays_online": any(
            method.code == form["payment_method"].value() and method.settlement == "online"
            for method in desk.methods
        ),
        "steps": [
            (_("Contact and address"), "", "now"),
            (_("Delivery"), "#delivery", ""),
            (_("Payment"), "#payment", ""),
        ],
        "item_count": item_count(sum(item.quantity for item in desk.items)),
    }
    is_part = request.headers.get("HX-Target") == "checkout"
    template = "orders/checkout.html#desk" if is_part else "orders/checkout.html"
    response = render(request, template, context, status=code)
    response["Vary"] = "HX-Request, HX-Target"
    return response


def _lines(desk: Desk) -> list[dict[str, Any]]:
    quoted = {line.key: line for line in desk.quote.lines}
    lines = []
    for item in desk.items:
        variant = item.variant
        parts = [variant.label] if variant.label else []
        if item.quantity > 1:
            parts.append(f"{item.quantity} ×")
        image = variant.shown_image
        lines.append(
            {
                "image": image,
                "name": variant.product.name,
                "slug": variant.product.slug,
                "kind": " · ".join(parts),
                "subtotal": quoted[str(item.pk)].subtotal_minor,
            }
        )
    return lines


def _shipping_options(desk: Desk) -> list[dict[str, Any]]:
    possible = [method for method in desk.quote.shipping_methods if not method.problem]
    options = []
    # What cannot be chosen says why only where nothing else can be.
    for method in possible or desk.quote.shipping_methods:
        parts = [method.line] if method.line else []
        if method.arrives_to:
            parts.insert(0, show_day(method.arrives_to))
        options.append({"method": method, "note": ", ".join(parts)})
    return options


def _totals(desk: Desk) -> list[SummaryRow]:
    shipping = desk.quote.shipping
    arrives = shipping.arrives_to if shipping else None
    return quote_rows(
        desk.quote,
        units=sum(item.quantity for item in desk.items),
        shipping_note=show_day(arrives) if arrives else "",
    )
