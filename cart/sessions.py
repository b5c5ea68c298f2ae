"""Whose cart a request means: the customer's, or the one a guest's secret token names."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from accounts.models import Customer
from accounts.registration import customer_for
from cart.models import Cart
from cart.services import in_sold_currency, new_guest_cart, open_cart
from catalog.prices.lookup import page_currency
from shop.core.prepared import Prepared

COOKIE = "cart"
HEADER = "X-Cart-Token"
COOKIE_SECONDS = 60 * 60 * 24 * 60
_GUEST_CART = Prepared(
    lambda token: Cart.objects.open().filter(token=token, customer__isnull=True).order_by()
)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def cart_of_token(token: str) -> Cart | None:
    """The guest's open cart with this token; carts of customers have no use for theirs."""
    if not _TOKEN.fullmatch(token):
        return None
    return _GUEST_CART.first(token=token)


def customer_of(request: Any) -> Customer | None:
    """The customer behind a signed-in request."""
    return customer_for(request.user) if request.user.is_authenticated else None


def current_cart(request: Any) -> Cart | None:
    """The request's open cart, in a currency the shop sells in, or None: 1 query,
    2 for a customer.
    """
    cart: Cart | None
    if request.user.is_authenticated:
        cart = (
            Cart.objects.open()
            .filter(customer__user=request.user)
            .select_related("customer")
            .first()
        )
    else:
        cart = cart_of_token(_token(request))
    return in_sold_currency(cart, at=timezone.now()) if cart else None


def require_cart(request: Any, *, currency: str = "", at: datetime) -> Cart:
    """The request's open cart, made if there is none; a guest's is written with its first item.

    A new one is in `currency`, else in the one that the visitor's pages show.
    """
    found = current_cart(request)
    if found is not None:
        return found
    currency = currency or page_currency(getattr(request, "_request", request))
    customer = customer_of(request)
    if customer is None:
        return new_guest_cart(currency=currency, at=at)
    return open_cart(customer=customer, currency=currency, at=at)


def remember_cart(request: HttpRequest, response: HttpResponseBase, cart: Cart) -> None:
    """Give a guest's browser the cart's token, where no script can read it."""
    if cart.customer_id is None and request.COOKIES.get(COOKIE) != cart.token:
        response.set_cookie(
            COOKIE,
            cart.token,
            max_age=COOKIE_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure(),
        )


def forget_cart(response: HttpResponseBase) -> None:
    """Take the token from the browser, once the cart is merged or ordered."""
    response.delete_cookie(COOKIE, samesite="Lax")


def shipping_country(request: HttpRequest) -> str:
    """Where a visitor's cart is thought to go until an address says so."""
    return str(settings.SHOP_COUNTRY)


def _token(request: Any) -> str:
    """From the header on the API, from the cookie on pages: never the cookie on the API,
    where it would need CSRF.
    """
    if hasattr(request, "query_params"):
        return str(request.headers.get(HEADER, ""))
    return str(request.COOKIES.get(COOKIE, ""))
