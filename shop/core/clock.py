"""What day it is in the shop, and how moments are shown.

The database keeps aware UTC. A *day* is a day of the shop's time zone (`SHOP_TIME_ZONE`): the day a
tax rate begins, a delivery is promised for, an invoice is dated, a report counts. Nothing else in
the project turns an instant into a day or into text; `tests/test_architecture.py` holds that.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _


def database_now() -> datetime:
    """Return this moment by the database's clock; on SQLite the database runs in this process."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment.astimezone(UTC)


def shop_zone() -> ZoneInfo:
    """Return the time zone in which the shop's days begin and end."""
    return ZoneInfo(settings.SHOP_TIME_ZONE)


def shop_time(at: datetime) -> datetime:
    """Return `at` on the shop's own clock."""
    return at.astimezone(shop_zone())


def shop_day(at: datetime) -> date:
    """Return the day it is in the shop at `at`."""
    return shop_time(at).date()


def today() -> date:
    """Return the day it is in the shop now. What takes `at` uses `shop_day(at)` instead."""
    return shop_day(timezone.now())


def start_of_day(day: date) -> datetime:
    """Return the moment at which a day of the shop begins; the end of a day is the
    start of the next.
    """
    return datetime.combine(day, time.min, tzinfo=shop_zone())


def end_of_day(day: date) -> datetime:
    """Return the moment at which a day of the shop is over: periods are half-open."""
    return start_of_day(day + timedelta(days=1))


# Shown to people, in the reader's language and on the shop's clock ------------------------------


def show_moment(at: datetime) -> str:
    """Return "Monday 23 November, 13:40"."""
    return date_format(shop_time(at), _("l j F, H:i"))


def show_exact(at: datetime) -> str:
    """Return "23 November 2026, 13:40 CET", for records and security notices."""
    local = shop_time(at)
    return f"{date_format(local, _('j F Y, H:i'))} {local.tzname()}"


def show_day(on: date) -> str:
    """Return "Wednesday 25 November"; of a moment, the shop's day."""
    return date_format(_day_of(on), _("l j F"))


def show_date(on: date) -> str:
    """Return "25 November 2026"; of a moment, the shop's day."""
    return date_format(_day_of(on), _("j F Y"))


def show_day_and_month(on: date) -> str:
    """Return "25 November", where the year is plain; of a moment, the shop's day."""
    return date_format(_day_of(on), _("j F"))


def show_start(at: datetime) -> str:
    """Return "4 May 2026, 14:00"; "4 May 2026" where a period begins with that day."""
    local = shop_time(at)
    return date_format(local, _("j F Y") if local.time() == time.min else _("j F Y, H:i"))


def show_end(at: datetime) -> str:
    """Return "4 May 2026, 14:00"; "4 May 2026" where a period, which is half-open,
    ends as that day does.
    """
    local = shop_time(at)
    return (
        show_date(local.date() - timedelta(days=1)) if local.time() == time.min else show_start(at)
    )


def show_short(at: datetime) -> str:
    """Return "23 Nov 2026, 13:40", as every list and table of the back office does."""
    return date_format(shop_time(at), "SHORT_DATETIME_FORMAT")


def show_short_date(on: date) -> str:
    """Return "23 Nov 2026"; of a moment, the shop's day."""
    return date_format(_day_of(on), "SHORT_DATE_FORMAT")


def show_tick(at: datetime, *, is_hourly: bool) -> str:
    """Return "14:00" or "23 Nov" for the scale of a chart."""
    return date_format(shop_time(at), "H:i" if is_hourly else "j M")


def _day_of(on: date) -> date:
    return shop_day(on) if isinstance(on, datetime) else on
