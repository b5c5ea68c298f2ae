"""Names, help texts and choices in plain English. Changes no table."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_staff_permission"),
    ]

    operations = [
        migrations.AlterField(
            model_name="address",
            name="city",
            field=models.CharField(blank=True, max_length=100, verbose_name="city"),
        ),
        migrations.AlterField(
            model_name="address",
            name="is_default_billing",
            field=models.BooleanField(default=False, verbose_name="default billing address"),
        ),
        migrations.AlterField(
            model_name="address",
            name="is_default_shipping",
            field=models.BooleanField(default=False, verbose_name="default delivery address"),
        ),
        migrations.AlterField(
            model_name="address",
            name="line1",
            field=models.CharField(max_length=200, verbose_name="street address"),
        ),
        migrations.AlterField(
            model_name="address",
            name="line2",
            field=models.CharField(
                blank=True, max_length=200, verbose_name="apartment, floor or building"
            ),
        ),
        migrations.AlterField(
            model_name="address",
            name="postal_code",
            field=models.CharField(blank=True, max_length=20, verbose_name="postal code"),
        ),
        migrations.AlterField(
            model_name="consent",
            name="at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="date"),
        ),
        migrations.AlterField(
            model_name="consent",
            name="is_given",
            field=models.BooleanField(verbose_name="consented"),
        ),
        migrations.AlterField(
            model_name="consent",
            name="kind",
            field=models.CharField(max_length=30, verbose_name="type"),
        ),
        migrations.AlterField(
            model_name="consent",
            name="text_version",
            field=models.CharField(max_length=30, verbose_name="consent text version"),
        ),
        migrations.AlterField(
            model_name="customer",
            name="created_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now, verbose_name="customer since"
            ),
        ),
        migrations.AlterField(
            model_name="customer",
            name="note",
            field=models.TextField(blank=True, verbose_name="internal note"),
        ),
        migrations.AlterField(
            model_name="customergroup",
            name="line",
            field=models.CharField(blank=True, max_length=250, verbose_name="short description"),
        ),
    ]
