"""Which guest orders a browser may show: their tokens, kept in the session once a
link has proved them.
"""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest

from orders.access import Access, find_order
from orders.disclosure import hide_private_details
from orders.models import Order
from orders.querysets import OrderQuerySet
from shop.core.errors import NotFound

_KEY = "order_tokens"
# Numbers of orders that were found by number and e-mail, and not proved by a link yet.
_FOUND = "orders_found"
_MOST = 20


def remember(request: HttpRequest, order: Order, *, is_found: bool = False) -> None:
    """Let this browser see the order without its token in the address.

    `is_found`: by number and e-mail only, which any order e-mail shows; the address stays
    hidden then, unless this browser has proved the order before.
    """
    found = [number for number in request.session.get(_FOUND, []) if number != order.number]
    if is_found and not (is_remembered(request, order) and order.number not in _found(request)):
        found.append(order.number)
    request.session[_FOUND] = found[-_MOST:]
    tokens = dict(request.session.get(_KEY, {}))
    tokens.pop(order.number, None)
    tokens[order.number] = order.token
    request.session[_KEY] = dict(list(tokens.items())[-_MOST:])


def _found(request: HttpRequest) -> list[str]:
    numbers: list[str] = request.session.get(_FOUND, [])
    return numbers


def proved_tokens(request: HttpRequest) -> list[str]:
    """Return the tokens of orders that this browser placed or opened by a link, and
    not by number and e-mail.
    """
    found = _found(request)
    tokens: dict[str, str] = request.session.get(_KEY, {})
    return [token for number, token in tokens.items() if number not in found]


def is_remembered(request: HttpRequest, order: Order) -> bool:
    """Whether a link has proved the order to this browser before."""
    return bool(request.session.get(_KEY, {}).get(order.number) == order.token)


def visitor_order(
    request: HttpRequest, number: str, *, orders: OrderQuerySet | None = None
) -> Access:
    """The order, if the link's token, the session or the account allows it. Raises `NotFound`.

    A token in the address (`?token=`) is remembered, so that the page can go on without it.
    """
    if orders is None:
        orders = Order.objects.for_page()
    if token := request.GET.get("token", ""):
        access = find_order(request.user, number, token=token[:100], orders=orders)
        remember(request, access.order)
        return access
    if token := request.session.get(_KEY, {}).get(number, ""):
        try:
            access = find_order(request.user, number, token=token, orders=orders)
            is_own = access.order.customer is not None and (
                request.user.is_authenticated and access.order.customer.user_id == request.user.pk
            )
            if number in _found(request) and not is_own:
                hide_private_details(access.order)
                return replace(access, is_masked=True)
            return access
        except NotFound:
            pass
    found = orders.of_user(request.user).filter(number=number).first()
    if found is None:
        raise NotFound
    return Access(found, request.user, is_owner=True, has_token=False)
