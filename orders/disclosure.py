"""What somebody may read of an order who merely knows its number and e-mail, as any
e-mail on a desk tells them.

Prices, statuses, the parcel's tracking and the city are shown. Who it is sent to, what was written,
the names in gift card greetings, cards and the numbers of invoices are not. Every entry point that
finds an order that way calls this, so that no page and no answer can show more than another.
"""

from __future__ import annotations

from orders.models import Order

_SHOWN_OF_ADDRESS = ("city", "country")


def hide_private_details(order: Order) -> None:
    """Empty the private details of an order loaded with `for_detail` or `for_page`.

    It is not saved.
    """
    order.shipping_address = _public_part(order.shipping_address)
    order.billing_address = _public_part(order.billing_address)
    order.note = ""
    order.gift_cards = [{**card, "last4": ""} for card in order.gift_cards]
    for item in order.items.all():
        item.greeting = {}
    for event in order.events.all():
        event.message = ""
    for claim in order.returns.all():
        claim.note = claim.answer = ""


def _public_part(address: dict[str, str]) -> dict[str, str]:
    return {name: address[name] for name in _SHOWN_OF_ADDRESS if name in address}
