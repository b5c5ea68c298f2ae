"""The cart on pages: as a page, as a drawer, and as a number in the header.

Its forms stand on cached pages, which hold no token: posts are taken from our own pages only.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.addresses import country_name
from accounts.identity import email_key
from cart import services
from cart.delivery import delivery_of
from cart.display import CartView, view_cart
from cart.errors import CouponNotApplicable, GiftCardNotUsable
from cart.forms import AddForm, CouponForm, GiftCardForm, wanted_quantities
from cart.gift_cards import GREETING, totals_after_cards
from cart.limits import require_code_guesses, spend_code_guess
from cart.models import Cart, CartItem
from cart.sessions import current_cart, remember_cart, require_cart, shipping_country
from cart.waiting import waiting_orders
from catalog.models import Variant
from catalog.prices.lookup import page_currency
from pricing.summary import quote_rows
from pricing.words import included_tax, item_count
from shop.core.errors import DomainError, TooManyRequests
from shop.core.money import format_price
from shop.web.origin import same_origin
from shop.web.pages import pure

_UNDO = re.compile(r"([^:\s]{1,64}):([1-9][0-9]{0,2})")


@require_safe
def detail(request: HttpRequest) -> HttpResponse:
    """The cart's page."""
    now = timezone.now()
    cart = _current(request, at=now)
    view = _view(request, cart)
    context = _context(
        view,
        undo=_undo(request.GET.get("undo", "")),
        waiting=waiting_orders(request, at=now),
    )
    response = render(request, "cart/detail.html", context)
    if cart is not None and view.has_changed:
        # Told once; from now on these are the prices the shopper has seen.
        services.mark_seen(cart, at=now)
    return response


@require_safe
def drawer(request: HttpRequest) -> HttpResponse:
    """The cart as the inside of a dialog."""
    now = timezone.now()
    view = _view(request, _current(request, at=now))
    context = _context(view, waiting=waiting_orders(request, at=now))
    return render(request, "cart/_drawer.html", context)


@require_safe
@pure
def delivery(request: HttpRequest) -> HttpResponse:
    """A line for the product page: what delivery of this costs, and by when it arrives."""
    country = shipping_country(request)
    found = delivery_of(
        request.GET.get("sku", ""),
        currency=page_currency(request),
        country=country,
        at=timezone.now(),
    )
    context = {"delivery": found, "country": country_name(country)}
    return render(request, "cart/_delivery.html", context)


def _units_in_cart(request: HttpRequest) -> int:
    cart = current_cart(request)
    if cart is None:
        return 0
    return sum(CartItem.objects.filter(cart=cart).to_buy().values_list("quantity", flat=True))


@require_safe
def count_picture(request: HttpRequest) -> HttpResponse:
    """Draw how much is in the cart, for browsers without script: a page from the
    cache cannot say it.
    """
    count = _units_in_cart(request)
    return render(
        request, "components/me_count.svg", {"count": count}, content_type="image/svg+xml"
    )


@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """All that is personal about a public page: who is signed in and how much is in the cart."""
    count = _units_in_cart(request)
    name = ""
    if request.user.is_authenticated:
        name = request.user.get_full_name() or request.user.email
    context = {
        "cart_count": count,
        "account_name": name,
        "waiting": waiting_orders(request, at=timezone.now()),
    }
    return render(request, "components/me.html", context)


@same_origin
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Put a variant into the visitor's cart."""
    now = timezone.now()
    form = AddForm(request.POST)
    if not form.is_valid():
        problem = _("Enter a whole number from 1 to 999.")
        if set(form.errors) & set(GREETING):
            problem = _(
                "Check the gift card details: the e-mail must be valid and the message can have "
                "up to 500 characters."
            )
        return _refuse(request, current_cart(request), problem)
    try:
        variant = services.find_variant(sku=form.cleaned_data["sku"], at=now)
        cart = _current(request, at=now) or require_cart(request, at=now)
        services.add_to_cart(
            cart,
            variant,
            quantity=form.cleaned_data["quantity"],
            greeting=form.cleaned_data["greeting"],
            at=now,
        )
    except DomainError as refusal:
        return _refuse(request, current_cart(request), refusal.message)
    return _answer(request, cart, announce=_("Added to cart."))


@same_origin
@require_POST
def update(request: HttpRequest) -> HttpResponse:
    """Set the units of every item whose number is sent, and with `checkout` go
    on to the checkout.
    """
    cart = current_cart(request)
    wanted = wanted_quantities(request.POST)
    if cart is None or wanted is None:
        return _refuse(request, cart, _("Enter a whole number from 0 to 999."))
    try:
        services.change_quantities(cart, wanted, at=timezone.now())
    except DomainError as refusal:
        return _refuse(request, cart, refusal.message)
    if "checkout" in request.POST:
        return _go_to_checkout(request)
    is_gone = bool(wanted) and not any(wanted.values())
    return _answer(
        request, cart, announce=_("Removed from cart.") if is_gone else _("Cart updated.")
    )


@same_origin
@require_POST
def remove(request: HttpRequest, item_id: int) -> HttpResponse:
    """Take an item out; the answer offers to put it back."""
    cart = current_cart(request)
    if cart is None:
        return _answer(request, cart, announce="")
    try:
        item = services.remove_item(cart, item_id, at=timezone.now())
    except DomainError:
        return _answer(request, cart, announce="")
    # What was written on a gift card would be lost on the way back.
    undo = "" if item.greeting else f"{item.variant.sku}:{item.quantity}"
    return _answer(request, cart, announce=_("Removed from cart."), undo=undo)


@same_origin
@require_POST
def save(request: HttpRequest, item_id: int) -> HttpResponse:
    """Lay an item aside for later, or take it back into the cart."""
    cart = current_cart(request)
    if cart is None:
        return _answer(request, cart, announce="")
    is_saved = request.POST.get("saved") == "1"
    try:
        services.save_for_later(cart, item_id, is_saved=is_saved, at=timezone.now())
    except DomainError as refusal:
        return _refuse(request, cart, refusal.message)
    return _answer(
        request, cart, announce=_("Saved for later.") if is_saved else _("Moved to cart.")
    )


@same_origin
@require_POST
def coupon(request: HttpRequest) -> HttpResponse:
    """Use a code, of a coupon or of a gift card, or forget the coupon in use."""
    cart = current_cart(request)
    if cart is None:
        return _answer(request, cart, announce="")
    now = timezone.now()
    if "remove" in request.POST:
        cart = services.remove_coupon(cart, request.POST["remove"].strip(), at=now)
        return _answer(request, cart, announce=_("Code removed."))
    form = CouponForm(request.POST)
    if not form.is_valid():
        return _refuse(request, cart, _("Enter a code."), field="code")
    code = form.cleaned_data["code"]
    try:
        require_code_guesses(request)
        cart = services.apply_code(
            cart,
            code,
            country=shipping_country(request),
            customer_key=_customer_key(request),
            at=now,
        )
    except (CouponNotApplicable, GiftCardNotUsable) as refusal:
        spend_code_guess(request)
        return _refuse(request, cart, refusal.message, field="code")
    except DomainError as refusal:
        return _refuse(request, cart, refusal.message, field="code")
    return _answer(request, cart, announce=_("Code applied."))


@same_origin
@require_POST
def remove_gift_card(request: HttpRequest) -> HttpResponse:
    """Take a gift card out of the cart again."""
    cart = current_cart(request)
    if cart is None:
        return _answer(request, cart, announce="")
    last4 = request.POST.get("last4", "")[:4]
    cart = services.remove_gift_cards(cart, last4=last4, at=timezone.now())
    return _answer(request, cart, announce=_("Gift card removed."))


@require_http_methods(["GET", "HEAD", "POST"])
def gift_card_balance(request: HttpRequest) -> HttpResponse:
    """Tell what is on a gift card.

    An unknown code and one that was switched off get the same answer.
    """
    form = GiftCardForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"form": form}
    code = 200
    if request.method == "POST" and form.is_valid():
        try:
            require_code_guesses(request)
            context["card"] = services.find_gift_card(form.cleaned_data["code"])
        except GiftCardNotUsable as refusal:
            spend_code_guess(request)
            form.add_error("code", refusal.message)
            code = 404
        except TooManyRequests as refusal:
            form.add_error(None, refusal.message)
            code = 429
    elif request.method == "POST":
        code = 422
    if card := context.get("card"):
        context["is_expired"] = card.is_expired(at=timezone.now())
    return render(request, "cart/gift_card_balance.html", context, status=code)


def _current(request: HttpRequest, *, at: datetime) -> Cart | None:
    """The visitor's cart, in the currency that pages show them now."""
    cart = current_cart(request)
    return services.change_currency(cart, page_currency(request), at=at) if cart else None


def _customer_key(request: HttpRequest) -> str:
    return email_key(request.user.email) if request.user.is_authenticated else ""


def _view(request: HttpRequest, cart: Cart | None) -> CartView:
    cart = cart or Cart(currency=page_currency(request))
    return view_cart(
        cart,
        country=shipping_country(request),
        customer_key=_customer_key(request),
        at=timezone.now(),
    )


def _context(view: CartView, **more: Any) -> dict[str, Any]:
    quote = view.quote
    shipping = quote.shipping
    notes = [shipping.name, shipping.reason] if shipping else []
    rows = quote_rows(quote, units=view.count, shipping_note=", ".join(filter(None, notes)))
    note = included_tax(quote.tax_minor, quote.tax_added_minor, quote.currency)
    return {
        "view": view,
        "quote": quote,
        "rows": rows,
        "total_note": note,
        "return_days": settings.RETURN_DAYS_BY_COUNTRY.get(view.country, settings.RETURN_DAYS),
        **totals_after_cards(view.cards, quote.total_minor),
        **more,
    }


def _undo(text: str) -> dict[str, Any] | None:
    """What was removed last, from `SKU:quantity` in the address, if there is one."""
    match = _UNDO.fullmatch(text)
    if match is None:
        return None
    variant = (
        Variant.objects.sold(at=timezone.now())
        .filter(sku=match[1])
        .select_related("product")
        .first()
    )
    return {"variant": variant, "quantity": int(match[2])} if variant else None


def _answer(
    request: HttpRequest, cart: Cart | None, *, announce: str, undo: str = ""
) -> HttpResponse:
    """The cart after a change: the part that was asked for by htmx, the page otherwise."""
    if not request.headers.get("HX-Request"):
        if announce and not undo:
            messages.success(request, announce)
        response: HttpResponse = redirect("cart:detail")
        if undo:
            response["Location"] += f"?undo={undo}"
    else:
        view = _view(request, cart)
        response = _part(request, view, undo=_undo(undo))
        total = format_price(view.due_minor, view.quote.currency)
        response["HX-Trigger"] = json.dumps(
            {"announce": {"value": f"{announce} {item_count(view.count)}, {total}"}}
        )
    if cart is not None:
        remember_cart(request, response, cart)
    return response


def _go_to_checkout(request: HttpRequest) -> HttpResponse:
    """On to the checkout; htmx follows a header, for it would draw a redirect's
    page into the cart.
    """
    response = redirect("orders:checkout")
    if not request.headers.get("HX-Request"):
        return response
    return HttpResponse(status=204, headers={"HX-Redirect": response["Location"]})


def _refuse(
    request: HttpRequest, cart: Cart | None, message: str, *, field: str = ""
) -> HttpResponse:
    """The cart as it was, with what is wrong."""
    if not request.headers.get("HX-Request"):
        messages.error(request, message)
        return redirect("cart:detail")
    view = _view(request, cart)
    # What was typed stays in its field, beside the reason.
    typed = request.POST.get("code", "")[:40]
    return _part(
        request, view, problem=message, problem_field=field, problem_code=typed, status=422
    )


def _part(request: HttpRequest, view: CartView, *, status: int = 200, **more: Any) -> HttpResponse:
    is_page = request.headers.get("HX-Target") == "cart"
    template = "cart/_cart.html" if is_page else "cart/_drawer.html"
    more["waiting"] = waiting_orders(request, at=timezone.now())
    context = {**_context(view, **more), "is_swap": True}
    return render(request, template, context, status=status)
