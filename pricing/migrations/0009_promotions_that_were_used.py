"""Promotions remember that an order was sold with them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pricing", "0008_gift_card_rights"),
    ]

    operations = [
        migrations.AddField(
            model_name="promotion",
            name="was_used",
            field=models.BooleanField(
                default=False, editable=False, verbose_name="lowered an order"
            ),
        ),
    ]
