"""Tables of the core: outbox, idempotency, audit, cache versions, schedule."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shop.core.append_only import AppendOnly
from shop.core.lanes import Lane


class OutboxEvent(models.Model):
    """A fact that others may react to, written in the transaction that made it true."""

    type = models.CharField(_("type"), max_length=80)
    payload = models.JSONField(_("payload"), default=dict)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [models.Index(fields=["type", "created_at"], name="outbox_event_type")]

    def __str__(self) -> str:
        return f"{self.type} #{self.pk}"


class OutboxDelivery(models.Model):
    """One handler's duty to one event, with its attempts. `done` is the handler's own mark."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        DONE = "done", _("Done")
        PARKED = "parked", _("Parked")

    event = models.ForeignKey(OutboxEvent, on_delete=models.CASCADE, related_name="deliveries")
    handler = models.CharField(_("handler"), max_length=120)
    lane = models.CharField(
        _("lane"), max_length=10, choices=Lane.choices, default=Lane.REST, db_default=Lane.REST
    )
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.PENDING
    )
    attempt_count = models.PositiveIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("due at"), default=timezone.now)
    last_error = models.TextField(_("last error"), blank=True)
    done_at = models.DateTimeField(_("completed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("event delivery")
        verbose_name_plural = _("event deliveries")
        constraints = [
            models.UniqueConstraint(fields=["event", "handler"], name="outbox_one_duty_per_handler")
        ]
        indexes = [
            models.Index(
                fields=["lane", "due_at", "id"],
                name="outbox_due_in_lane",
                condition=models.Q(status="pending"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.handler} ← {self.event_id}"


class IdempotencyRecord(models.Model):
    """The stored answer to a request that must have one effect only.

    Written in the transaction of the effect: an effect without its record, or the
    reverse, cannot be.
    """

    scope = models.CharField(max_length=80)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status_code = models.PositiveSmallIntegerField(default=0)
    body = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("idempotency record")
        verbose_name_plural = _("idempotency records")
        constraints = [
            models.UniqueConstraint(fields=["scope", "key"], name="idempotency_one_effect_per_key")
        ]

    def __str__(self) -> str:
        return f"{self.scope}: {self.key}"


class AuditEntry(AppendOnly):
    """Who changed what, from which value to which. Append-only."""

    at = models.DateTimeField(_("date"), default=timezone.now, db_index=True)
    actor_kind = models.CharField(_("actor type"), max_length=10)
    actor_id = models.BigIntegerField(_("user ID"), null=True, blank=True)
    actor_label = models.CharField(_("actor"), max_length=200)
    action = models.CharField(_("action"), max_length=60)
    object_type = models.CharField(_("object type"), max_length=60)
    object_id = models.CharField(_("object ID"), max_length=64)
    object_label = models.CharField(_("object"), max_length=200)
    changes = models.JSONField(_("changes"), default=dict)
    request_id = models.CharField(_("request ID"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["object_type", "object_id", "-at"], name="audit_object")]

    def __str__(self) -> str:
        return f"{self.action} {self.object_label}"


class CacheVersion(models.Model):
    """A number that goes up when what is cached under a name becomes stale."""

    name = models.CharField(max_length=40, primary_key=True)
    version = models.BigIntegerField(default=1)

    class Meta:
        verbose_name = _("cache version")
        verbose_name_plural = _("cache versions")

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class ScheduledJob(models.Model):
    """When a periodic job last started; claimed by conditional UPDATE, so that
    one worker runs it.
    """

    name = models.CharField(max_length=80, primary_key=True)
    last_started_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("scheduled job")
        verbose_name_plural = _("scheduled jobs")

    def __str__(self) -> str:
        return self.name
