import django.db.models.deletion
from django.db import migrations, models

from shop.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("core", "0002_append_only"), ("orders", "0006_editing")]

    operations = [
        migrations.AlterField(
            model_name="orderevent",
            name="order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="orders.order",
            ),
        ),
        append_only("orders_orderevent"),
        append_only("orders_credit"),
        append_only("orders_credititem"),
    ]
