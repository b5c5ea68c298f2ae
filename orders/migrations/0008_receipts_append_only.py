from django.db import migrations

from shop.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("core", "0002_append_only"), ("orders", "0007_append_only")]

    operations = [append_only("orders_returnreceipt")]
