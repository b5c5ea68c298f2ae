"""The audit log and event deliveries in the back office."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy, ngettext
from unfold.contrib.filters.admin import ChoicesCheckboxFilter
from unfold.decorators import display

from shop.admin.base import DayRangeFilter, ReadOnlyAdmin, StaffAdmin, allowed, badge
from shop.core import audit, outbox
from shop.core.models import AuditEntry, OutboxDelivery
from shop.core.permissions import acts_on


@admin.register(Group)
class GroupAdmin(StaffAdmin):
    """Staff groups and their rights."""

    search_fields = ["name"]
    ordering = ["name"]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Rights by name, in a list of ticks that says which table each is about."""
        field = super().formfield_for_manytomany(db_field, request=request, **options)
        if field is not None and db_field.name == "permissions":
            field.queryset = field.queryset.select_related("content_type").exclude(
                content_type__app_label__in=["admin", "contenttypes", "sessions", "account"]
            )
        return field


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Who changed what, newest first."""

    list_display = ["at", "actor_label", "action", "object_type", "object_label", "what"]
    list_filter = [("at", DayRangeFilter), ("actor_kind", admin.AllValuesFieldListFilter)]
    search_fields = ["=object_id", "object_label", "actor_label", "=request_id"]
    search_help_text = gettext_lazy("Object, user or request ID")

    @display(description=gettext_lazy("changes"))
    def what(self, entry: AuditEntry) -> SafeString:
        """Old and new value of each field, the first three."""
        pairs = list(entry.changes.items())[:3]
        return format_html_join(
            ", ", "{}: {} → {}", ((name, *map(audit.shown, values)) for name, values in pairs)
        )


DELIVERY = {
    OutboxDelivery.Status.PENDING: ("hourglass_empty", "warn"),
    OutboxDelivery.Status.DONE: ("check_circle", "ok"),
    OutboxDelivery.Status.PARKED: ("error", "danger"),
}


@admin.register(OutboxDelivery)
class OutboxDeliveryAdmin(ReadOnlyAdmin):
    """What each event still has to cause, and why it has not."""

    list_display = ["handler", "event", "state", "attempt_count", "due_at", "last_error"]
    list_filter = [("status", ChoicesCheckboxFilter), ("due_at", DayRangeFilter)]
    list_select_related = ["event"]
    search_fields = ["=event__type", "handler"]
    search_help_text = gettext_lazy("Event or handler")
    ordering = ["-due_at", "-pk"]
    actions = ["try_again"]
    has_try_permission = allowed(acts_on("core.outboxdelivery").change)

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, delivery: OutboxDelivery) -> SafeString:
        """Pending, done or parked."""
        icon, tone = DELIVERY[OutboxDelivery.Status(delivery.status)]
        return badge(delivery.get_status_display(), icon=icon, tone=tone)

    @admin.action(description=gettext_lazy("Retry now"), permissions=["try"])
    def try_again(self, request: HttpRequest, deliveries: QuerySet[OutboxDelivery]) -> None:
        """Make waiting and parked deliveries due, with their attempts counted from zero."""
        waiting = list(deliveries.exclude(status=OutboxDelivery.Status.DONE))
        for delivery in waiting:
            outbox.retry(delivery)
            self.record(request, "retried", delivery)
        said = ngettext(
            "%d delivery was scheduled to run now.",
            "%d deliveries were scheduled to run now.",
            len(waiting),
        )
        messages.success(request, said % len(waiting))
