import uuid

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("orders", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="TestCharge",
            fields=[
                ("reference", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("title", models.CharField(blank=True, max_length=60)),
                ("return_url", models.CharField(blank=True, max_length=300)),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("started", "Started"),
                            ("requires_action", "Waits for the shopper"),
                            ("processing", "Processing"),
                            ("authorized", "Authorized"),
                            ("captured", "Captured"),
                            ("failed", "Failed"),
                            ("voided", "Voided"),
                        ],
                        default="started",
                        max_length=20,
                    ),
                ),
                ("charge_id", models.CharField(blank=True, max_length=120)),
                ("instrument", models.CharField(blank=True, max_length=60)),
                ("failure_code", models.CharField(blank=True, max_length=60)),
                ("failure_message", models.CharField(blank=True, max_length=250)),
                ("refunds", models.JSONField(blank=True, default=dict)),
                ("silent_until", models.DateTimeField(blank=True, null=True)),
                ("callback_at", models.DateTimeField(blank=True, db_index=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "charge of the test provider",
                "verbose_name_plural": "charges of the test provider",
            },
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="orders.order",
                    ),
                ),
                ("provider", models.CharField(max_length=40, verbose_name="provider")),
                (
                    "external_id",
                    models.CharField(blank=True, max_length=120, verbose_name="provider's id"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("started", "Started"),
                            ("requires_action", "Waits for the shopper"),
                            ("processing", "Processing"),
                            ("authorized", "Authorized"),
                            ("captured", "Captured"),
                            ("failed", "Failed"),
                            ("voided", "Voided"),
                        ],
                        default="started",
                        max_length=20,
                        verbose_name="state",
                    ),
                ),
                ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                (
                    "capture_minor",
                    models.BigIntegerField(blank=True, null=True, verbose_name="to take"),
                ),
                (
                    "instrument",
                    models.CharField(blank=True, max_length=60, verbose_name="paid with"),
                ),
                (
                    "failure_code",
                    models.CharField(blank=True, max_length=60, verbose_name="failure"),
                ),
                (
                    "failure_message",
                    models.CharField(
                        blank=True, max_length=250, verbose_name="reason of the failure"
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="created"),
                ),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="changed"),
                ),
            ],
            options={
                "verbose_name": "payment",
                "verbose_name_plural": "payments",
                "ordering": ["-created_at", "-pk"],
                "indexes": [models.Index(fields=["state", "created_at"], name="payment_state")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("external_id", ""), _negated=True),
                        fields=("provider", "external_id"),
                        name="payment_once_per_provider_id",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gt", 0)), name="payment_amount_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("capture_minor__isnull", True),
                            models.Q(
                                ("capture_minor__gt", 0),
                                ("capture_minor__lte", models.F("amount_minor")),
                            ),
                            _connector="OR",
                        ),
                        name="payment_takes_what_it_holds",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProviderEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("provider", models.CharField(max_length=40, verbose_name="provider")),
                ("event_id", models.CharField(max_length=120, verbose_name="event id")),
                ("type", models.CharField(max_length=80, verbose_name="type")),
                ("payload", models.JSONField(default=dict, verbose_name="payload")),
                ("news", models.JSONField(blank=True, default=dict, verbose_name="in our words")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "Received"),
                            ("applied", "Applied"),
                            ("ignored", "Nothing to do"),
                            ("quarantined", "Needs a look"),
                            ("resolved", "Settled by hand"),
                        ],
                        default="received",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=250, verbose_name="note")),
                (
                    "received_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="received"
                    ),
                ),
                ("applied_at", models.DateTimeField(blank=True, null=True, verbose_name="applied")),
            ],
            options={
                "verbose_name": "provider event",
                "verbose_name_plural": "provider events",
                "ordering": ["-received_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("provider", "event_id"), name="provider_event_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PaymentEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="payments.payment",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("authorized", "Authorized"),
                            ("captured", "Captured"),
                            ("refunded", "Refunded"),
                            ("failed", "Failed"),
                            ("voided", "Voided"),
                            ("withdrawn", "Taken back in a dispute"),
                            ("reinstated", "Returned from a dispute"),
                            ("dispute_fee", "Fee of a dispute"),
                            ("dispute_lost", "Dispute lost"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                (
                    "external_id",
                    models.CharField(blank=True, max_length=120, verbose_name="provider's id"),
                ),
                ("message", models.CharField(blank=True, max_length=250, verbose_name="message")),
                ("actor", models.CharField(max_length=200, verbose_name="who")),
                (
                    "at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="when"),
                ),
            ],
            options={
                "verbose_name": "ledger entry",
                "verbose_name_plural": "ledger",
                "ordering": ["at", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("external_id", ""), _negated=True),
                        fields=("payment", "kind", "external_id"),
                        name="payment_entry_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gte", 0)),
                        name="payment_entry_not_negative",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Refund",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="payments.payment",
                    ),
                ),
                (
                    "credit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="orders.credit",
                    ),
                ),
                ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("reason", models.CharField(blank=True, max_length=250, verbose_name="reason")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("succeeded", "Succeeded"),
                            ("failed", "Failed"),
                        ],
                        default="pending",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "external_id",
                    models.CharField(blank=True, max_length=120, verbose_name="provider's id"),
                ),
                (
                    "failure_message",
                    models.CharField(
                        blank=True, max_length=250, verbose_name="reason of the failure"
                    ),
                ),
                ("actor", models.CharField(max_length=200, verbose_name="who")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="created"),
                ),
                ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="settled")),
            ],
            options={
                "verbose_name": "refund",
                "verbose_name_plural": "refunds",
                "ordering": ["-created_at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gt", 0)), name="refund_amount_positive"
                    )
                ],
            },
        ),
    ]
