"""Names, help texts and choices in plain English. Changes no table."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0002_append_only"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="outboxdelivery",
            options={"verbose_name": "event delivery", "verbose_name_plural": "event deliveries"},
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="actor_id",
            field=models.BigIntegerField(blank=True, null=True, verbose_name="user ID"),
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="actor_kind",
            field=models.CharField(max_length=10, verbose_name="actor type"),
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="actor_label",
            field=models.CharField(max_length=200, verbose_name="actor"),
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="at",
            field=models.DateTimeField(
                db_index=True, default=django.utils.timezone.now, verbose_name="date"
            ),
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="object_id",
            field=models.CharField(max_length=64, verbose_name="object ID"),
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="object_type",
            field=models.CharField(max_length=60, verbose_name="object type"),
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="request_id",
            field=models.CharField(blank=True, max_length=64, verbose_name="request ID"),
        ),
        migrations.AlterField(
            model_name="outboxdelivery",
            name="done_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="completed at"),
        ),
        migrations.AlterField(
            model_name="outboxdelivery",
            name="due_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="due at"),
        ),
        migrations.AlterField(
            model_name="outboxdelivery",
            name="lane",
            field=models.CharField(
                choices=[
                    ("money", "Money and stock"),
                    ("providers", "Calls to payment providers"),
                    ("mail", "Sending e-mail"),
                    ("rest", "Everything else"),
                ],
                db_default="rest",
                default="rest",
                max_length=10,
                verbose_name="lane",
            ),
        ),
    ]
