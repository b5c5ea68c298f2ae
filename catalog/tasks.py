"""Background work of the catalog."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone
from django_tasks import task

from catalog.pictures import make_renditions
from catalog.pictures.services import find_pictured, lacking_renditions
from catalog.stored_facts import show_due
from shop.core.recovery import lost_work
from shop.runtime.schedule import every

# A little more than the interval, so that no moment falls between two runs.
LOOK_BACK = timedelta(minutes=3)


@task()
def make_renditions_of(label: str, pk: int) -> int:
    """Make the smaller pictures of a row that has one; harmless if it is gone or they are there."""
    image = find_pictured(label, pk)
    return make_renditions(image) if image else 0


@lost_work(make_renditions_of)
def pictures_without_renditions() -> Iterator[tuple[str, int]]:
    """Pictures that a task should have made smaller ones of."""
    return lacking_renditions()


@every(timedelta(minutes=1))
def show_products_whose_time_has_come() -> None:
    """Products with a date to be published come into lists and counts."""
    at = timezone.now()
    show_due(since=at - LOOK_BACK, at=at)
