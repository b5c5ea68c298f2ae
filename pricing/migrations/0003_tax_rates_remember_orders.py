"""Tax rates remember that orders were sold with them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pricing", "0002_append_only"),
    ]

    operations = [
        migrations.AddField(
            model_name="taxrate",
            name="was_used",
            field=models.BooleanField(
                db_default=False,
                default=False,
                editable=False,
                verbose_name="orders were sold with it",
            ),
        ),
        migrations.AlterField(
            model_name="shippingzone",
            name="is_export",
            field=models.BooleanField(
                default=False,
                help_text="No tax is charged on what is sent here, as for exports. Otherwise each country needs"
                " tax rates: without them nothing can be ordered to it.",
                verbose_name="not taxed",
            ),
        ),
    ]
