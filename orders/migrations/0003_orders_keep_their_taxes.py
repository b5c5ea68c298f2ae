"""Orders keep how they were taxed, and credits what they took of delivery at each rate."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from shop.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0002_append_only"),
        ("orders", "0002_append_only"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="is_export",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="tax-free export"
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="delivery_tax",
            field=models.CharField(
                choices=[
                    ("goods", "At the rates of the goods, by their value"),
                    ("standard", "At the standard rate"),
                ],
                db_default="standard",
                default="goods",
                max_length=10,
                verbose_name="delivery is taxed",
            ),
        ),
        migrations.CreateModel(
            name="CreditDelivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "percent",
                    models.DecimalField(decimal_places=4, max_digits=7, verbose_name="tax rate"),
                ),
                ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                ("tax_minor", models.BigIntegerField(default=0, verbose_name="tax in it")),
                (
                    "credit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="orders.credit",
                    ),
                ),
            ],
            options={
                "verbose_name": "credited delivery",
                "verbose_name_plural": "credited delivery",
                "ordering": ["-percent", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("credit", "percent"), name="credit_has_rate_once"
                    ),
                    models.CheckConstraint(
                        condition=Q(tax_minor__gte=0) & Q(tax_minor__lte=F("amount_minor")),
                        name="credit_delivery_amounts_sound",
                    ),
                ],
            },
        ),
        append_only("orders_creditdelivery"),
    ]
