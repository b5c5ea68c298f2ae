"""Names, help texts and choices in plain English. Changes no table."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0003_where_payments_lead_back_to"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="paymententry",
            options={
                "ordering": ["at", "pk"],
                "verbose_name": "ledger entry",
                "verbose_name_plural": "ledger entries",
            },
        ),
        migrations.AlterModelOptions(
            name="testcharge",
            options={
                "verbose_name": "test provider charge",
                "verbose_name_plural": "test provider charges",
            },
        ),
        migrations.AlterField(
            model_name="payment",
            name="capture_minor",
            field=models.BigIntegerField(blank=True, null=True, verbose_name="amount to capture"),
        ),
        migrations.AlterField(
            model_name="payment",
            name="external_id",
            field=models.CharField(blank=True, max_length=120, verbose_name="provider ID"),
        ),
        migrations.AlterField(
            model_name="payment",
            name="failure_code",
            field=models.CharField(blank=True, max_length=60, verbose_name="failure code"),
        ),
        migrations.AlterField(
            model_name="payment",
            name="failure_message",
            field=models.CharField(blank=True, max_length=250, verbose_name="failure reason"),
        ),
        migrations.AlterField(
            model_name="payment",
            name="return_url",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=600, verbose_name="return URL"
            ),
        ),
        migrations.AlterField(
            model_name="payment",
            name="state",
            field=models.CharField(
                choices=[
                    ("started", "Started"),
                    ("requires_action", "Waiting for customer"),
                    ("processing", "Processing"),
                    ("authorized", "Authorized"),
                    ("captured", "Captured"),
                    ("failed", "Failed"),
                    ("voided", "Voided"),
                ],
                default="started",
                max_length=20,
                verbose_name="status",
            ),
        ),
        migrations.AlterField(
            model_name="payment",
            name="updated_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="updated"),
        ),
        migrations.AlterField(
            model_name="paymententry",
            name="actor",
            field=models.CharField(max_length=200, verbose_name="by"),
        ),
        migrations.AlterField(
            model_name="paymententry",
            name="at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="date"),
        ),
        migrations.AlterField(
            model_name="paymententry",
            name="external_id",
            field=models.CharField(blank=True, max_length=120, verbose_name="provider ID"),
        ),
        migrations.AlterField(
            model_name="paymententry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("authorized", "Authorized"),
                    ("captured", "Captured"),
                    ("refunded", "Refunded"),
                    ("failed", "Failed"),
                    ("voided", "Voided"),
                    ("withdrawn", "Withdrawn in dispute"),
                    ("reinstated", "Returned after dispute"),
                    ("dispute_fee", "Dispute fee"),
                    ("dispute_lost", "Dispute lost"),
                ],
                max_length=12,
                verbose_name="type",
            ),
        ),
        migrations.AlterField(
            model_name="providerevent",
            name="applied_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="processed"),
        ),
        migrations.AlterField(
            model_name="providerevent",
            name="event_id",
            field=models.CharField(max_length=120, verbose_name="event ID"),
        ),
        migrations.AlterField(
            model_name="providerevent",
            name="news",
            field=models.JSONField(blank=True, default=dict, verbose_name="normalized event"),
        ),
        migrations.AlterField(
            model_name="providerevent",
            name="state",
            field=models.CharField(
                choices=[
                    ("received", "Received"),
                    ("applied", "Processed"),
                    ("ignored", "Ignored"),
                    ("quarantined", "Needs review"),
                    ("resolved", "Resolved manually"),
                ],
                default="received",
                max_length=12,
                verbose_name="status",
            ),
        ),
        migrations.AlterField(
            model_name="refund",
            name="actor",
            field=models.CharField(max_length=200, verbose_name="by"),
        ),
        migrations.AlterField(
            model_name="refund",
            name="external_id",
            field=models.CharField(blank=True, max_length=120, verbose_name="provider ID"),
        ),
        migrations.AlterField(
            model_name="refund",
            name="failure_message",
            field=models.CharField(blank=True, max_length=250, verbose_name="failure reason"),
        ),
        migrations.AlterField(
            model_name="refund",
            name="settled_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="completed"),
        ),
        migrations.AlterField(
            model_name="refund",
            name="state",
            field=models.CharField(
                choices=[("pending", "Pending"), ("succeeded", "Succeeded"), ("failed", "Failed")],
                default="pending",
                max_length=10,
                verbose_name="status",
            ),
        ),
        migrations.AlterField(
            model_name="testcharge",
            name="state",
            field=models.CharField(
                choices=[
                    ("started", "Started"),
                    ("requires_action", "Waiting for customer"),
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
    ]
