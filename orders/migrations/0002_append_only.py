from django.db import migrations

from shop.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("core", "0002_append_only"), ("orders", "0001_initial")]

    operations = [
        append_only("orders_orderevent"),
        append_only("orders_credit"),
        append_only("orders_credititem"),
        append_only("orders_returnreceipt"),
        append_only("orders_creditdelivery"),
        append_only("orders_invoice"),
        append_only("orders_invoiceline"),
        append_only("orders_invoicetax"),
    ]
