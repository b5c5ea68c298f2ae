"""Statuses of payments, refunds and provider events."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PaymentState(models.TextChoices):
    """Where one try to pay stands."""

    STARTED = "started", _("Started")
    REQUIRES_ACTION = "requires_action", _("Waiting for customer")
    PROCESSING = "processing", _("Processing")
    AUTHORIZED = "authorized", _("Authorized")
    CAPTURED = "captured", _("Captured")
    FAILED = "failed", _("Failed")
    VOIDED = "voided", _("Voided")


class EntryKind(models.TextChoices):
    """What an entry of the ledger records."""

    AUTHORIZED = "authorized", _("Authorized")
    CAPTURED = "captured", _("Captured")
    REFUNDED = "refunded", _("Refunded")
    FAILED = "failed", _("Failed")
    VOIDED = "voided", _("Voided")
    # Money that a bank takes back because its customer disputes the payment, and
    # what becomes of it.
    WITHDRAWN = "withdrawn", _("Withdrawn in dispute")
    REINSTATED = "reinstated", _("Returned after dispute")
    DISPUTE_FEE = "dispute_fee", _("Dispute fee")
    DISPUTE_LOST = "dispute_lost", _("Dispute lost")


class RefundState(models.TextChoices):
    """A refund counts against what may be refunded as soon as it is asked for."""

    PENDING = "pending", _("Pending")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")


class InboxState(models.TextChoices):
    """What became of a provider's event."""

    RECEIVED = "received", _("Received")
    APPLIED = "applied", _("Processed")
    IGNORED = "ignored", _("Ignored")
    QUARANTINED = "quarantined", _("Needs review")
    RESOLVED = "resolved", _("Resolved manually")
