"""Until when something may come back.

Pure but for the settings; days are those of the shop's own clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings

from orders.models import Order
from orders.states import FulfillmentStatus, ReturnKind
from shop.core.clock import shop_day

# Directive 2011/83, article 9: fourteen days from the day the last of the goods arrives.
WITHDRAWAL_DAYS = 14


@dataclass(frozen=True, slots=True)
class Period:
    """Whether something may come back, and the last day of it; None while the
    period has not begun to end.
    """

    last_day: date | None
    is_open: bool


def return_period(order: Order, kind: str, *, at: datetime) -> Period:
    """The period for a return of this kind; needs the order's parcels.

    A withdrawal counts from the day the last parcel arrived, and cannot end before. A return by
    goodwill counts from the day it left where nobody noted that it arrived.
    """
    is_withdrawal = kind == ReturnKind.WITHDRAWAL
    parcels = list(order.fulfillments.all())
    if not parcels or order.fulfillment_status != FulfillmentStatus.FULFILLED:
        return Period(None, is_open=True)
    arrivals = [
        parcel.delivered_at or (None if is_withdrawal else parcel.shipped_at) for parcel in parcels
    ]
    known = [arrival for arrival in arrivals if arrival is not None]
    if len(known) < len(arrivals):
        return Period(None, is_open=True)
    arrived = shop_day(max(known))
    if is_withdrawal:
        last = working_day(arrived + timedelta(days=WITHDRAWAL_DAYS))
    else:
        last = arrived + timedelta(days=return_days(order.shipping_country))
    return Period(last, is_open=shop_day(at) <= last)


def can_return(order: Order, *, at: datetime) -> bool:
    """Whether its shopper could send something of it back now; needs items and parcels."""
    return return_period(order, ReturnKind.RETURN, at=at).is_open and any(
        item.is_returnable and item.returnable_quantity for item in order.items.all()
    )


def return_days(country: str) -> int:
    """How many days the shop gives to shoppers of a country."""
    days: int = settings.RETURN_DAYS_BY_COUNTRY.get(country, settings.RETURN_DAYS)
    return days


def working_day(day: date) -> date:
    """`day`, or the Monday after: no legal period ends on a weekend (Regulation
    1182/71, article 3(4)).
    """
    return day + timedelta(days={5: 2, 6: 1}.get(day.weekday(), 0))
