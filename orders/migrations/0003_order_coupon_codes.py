"""The codes of an order as a list; they were one text, joined by commas.

The text stays while the previous release reads and writes it. The migration that drops it splits
the codes of those orders first that the previous release placed after this one.
"""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def split_codes(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Write the list of every order that was sold with codes."""
    orders = apps.get_model("orders", "Order")._default_manager
    joined = orders.exclude(coupon_code="").order_by("pk")
    for pk, text in joined.values_list("pk", "coupon_code").iterator(2000):
        orders.filter(pk=pk).update(coupon_codes=text.split(", "))


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_append_only")]

    operations = [
        migrations.AddField(
            "order",
            "coupon_codes",
            models.JSONField(
                "coupons",
                blank=True,
                default=list,
                db_default=models.Value([], output_field=models.JSONField()),
            ),
        ),
        migrations.RunPython(split_codes, migrations.RunPython.noop),
        migrations.AlterField(
            "order",
            "coupon_code",
            models.CharField(
                "coupons", max_length=250, blank=True, default="", db_default="", editable=False
            ),
        ),
    ]
