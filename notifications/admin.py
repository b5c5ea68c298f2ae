"""E-mails in the back office: as they were written, and whether they went out."""

from __future__ import annotations

import re

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy, ngettext
from unfold.contrib.filters.admin import ChoicesCheckboxFilter
from unfold.decorators import display

from notifications.models import OutgoingMail
from notifications.permissions import RESEND
from notifications.services import send_again
from shop.admin.base import DayRangeFilter, ReadOnlyAdmin, allowed, badge

STATES = {
    OutgoingMail.Status.QUEUED: ("hourglass_empty", "warn"),
    OutgoingMail.Status.SENT: ("check_circle", "ok"),
    OutgoingMail.Status.FAILED: ("error", "danger"),
}

# E-mails about accounts hold links that open them; those about orders the token of the order.
_LINK = re.compile(r"(https?://[^/\s]+/)\S*")
_TOKEN = re.compile(r"([?&]token=)[^\s&]+")


@admin.register(OutgoingMail)
class OutgoingMailAdmin(ReadOnlyAdmin):
    """What was sent to whom, newest first."""

    list_display = ["subject", "to", "kind", "state", "created_at", "sent_at"]
    list_filter = [("status", ChoicesCheckboxFilter), ("created_at", DayRangeFilter)]
    search_fields = ["=to", "key"]
    search_help_text = gettext_lazy("E-mail address or reference, such as an order number")
    fields = [
        ("to", "kind", "language"),
        "subject",
        "text_without_keys",
        ("status", "last_error"),
        ("created_at", "sent_at"),
    ]
    readonly_fields = ["text_without_keys"]
    actions = ["try_again"]

    @display(description=gettext_lazy("text"))
    def text_without_keys(self, mail: OutgoingMail) -> str:
        """What it says, without what it proves: its links are for the reader of
        that mailbox only.
        """
        if mail.kind.startswith("account_"):
            return _LINK.sub(r"\1•••", mail.text)
        return _TOKEN.sub(r"\1•••", mail.text)

    has_try_permission = allowed(RESEND)

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, mail: OutgoingMail) -> SafeString:
        """Queued, sent or failed."""
        icon, tone = STATES[OutgoingMail.Status(mail.status)]
        return badge(mail.get_status_display(), icon=icon, tone=tone)

    @admin.action(description=gettext_lazy("Try again"), permissions=["try"])
    def try_again(self, request: HttpRequest, mails: QuerySet[OutgoingMail]) -> None:
        """Queue failed e-mails once more; sent ones stay as they are."""
        failed = list(mails.filter(status=OutgoingMail.Status.FAILED))
        for mail in failed:
            send_again(mail)
            self.record(request, "sent again", mail)
        said = ngettext("%d e-mail was queued again.", "%d e-mails were queued again.", len(failed))
        messages.success(request, said % len(failed))
