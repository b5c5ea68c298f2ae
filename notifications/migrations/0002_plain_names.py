"""Names, help texts and choices in plain English. Changes no table."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="outgoingmail",
            name="created_at",
            field=models.DateTimeField(
                db_index=True, default=django.utils.timezone.now, verbose_name="created"
            ),
        ),
        migrations.AlterField(
            model_name="outgoingmail",
            name="key",
            field=models.CharField(max_length=160, unique=True, verbose_name="reference"),
        ),
        migrations.AlterField(
            model_name="outgoingmail",
            name="kind",
            field=models.CharField(max_length=40, verbose_name="type"),
        ),
        migrations.AlterField(
            model_name="outgoingmail",
            name="text",
            field=models.TextField(verbose_name="plain text"),
        ),
    ]
