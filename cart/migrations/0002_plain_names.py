"""Names, help texts and choices in plain English. Changes no table."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cart", "0001_initial"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="cartitem",
            options={
                "ordering": ["added_at", "pk"],
                "verbose_name": "cart item",
                "verbose_name_plural": "cart items",
            },
        ),
        migrations.AlterField(
            model_name="cart",
            name="updated_at",
            field=models.DateTimeField(
                db_index=True, default=django.utils.timezone.now, verbose_name="updated"
            ),
        ),
        migrations.AlterField(
            model_name="cartitem",
            name="seen_currency",
            field=models.CharField(max_length=3, verbose_name="currency of the last shown price"),
        ),
        migrations.AlterField(
            model_name="cartitem",
            name="seen_price_minor",
            field=models.BigIntegerField(verbose_name="last shown price"),
        ),
    ]
