"""Names, help texts and choices in plain English. Changes no table."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0002_append_only"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="movement",
            options={
                "ordering": ["-at", "-pk"],
                "verbose_name": "stock movement",
                "verbose_name_plural": "stock movements",
            },
        ),
        migrations.AlterModelOptions(
            name="stockitem",
            options={
                "ordering": ["sku"],
                "verbose_name": "stock item",
                "verbose_name_plural": "stock items",
            },
        ),
        migrations.AlterField(
            model_name="movement",
            name="actor",
            field=models.CharField(max_length=200, verbose_name="by"),
        ),
        migrations.AlterField(
            model_name="movement",
            name="at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="date"),
        ),
        migrations.AlterField(
            model_name="movement",
            name="cause",
            field=models.CharField(blank=True, max_length=200, verbose_name="reason"),
        ),
        migrations.AlterField(
            model_name="movement",
            name="kind",
            field=models.CharField(
                choices=[
                    ("received", "Received"),
                    ("shipped", "Shipped"),
                    ("returned", "Returned"),
                    ("adjusted", "Adjusted"),
                    ("written_off", "Written off"),
                ],
                max_length=12,
                verbose_name="type",
            ),
        ),
        migrations.AlterField(
            model_name="reservation",
            name="expires_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="expires at"),
        ),
        migrations.AlterField(
            model_name="reservation",
            name="state",
            field=models.CharField(
                choices=[
                    ("held", "Held"),
                    ("allocated", "Allocated"),
                    ("consumed", "Consumed"),
                    ("released", "Released"),
                ],
                max_length=10,
                verbose_name="status",
            ),
        ),
        migrations.AlterField(
            model_name="stockitem",
            name="backorder_limit",
            field=models.PositiveIntegerField(
                default=0,
                help_text="Number of units that can be sold while out of stock.",
                verbose_name="backorder limit",
            ),
        ),
        migrations.AlterField(
            model_name="stockitem",
            name="backorder_until",
            field=models.DateField(blank=True, null=True, verbose_name="expected on"),
        ),
        migrations.AlterField(
            model_name="stockitem",
            name="is_tracked",
            field=models.BooleanField(default=True, editable=False, verbose_name="tracked"),
        ),
        migrations.AlterField(
            model_name="stockitem",
            name="low_stock_threshold",
            field=models.PositiveIntegerField(default=0, verbose_name="low stock threshold"),
        ),
        migrations.AlterField(
            model_name="stockitem",
            name="updated_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="updated"),
        ),
    ]
