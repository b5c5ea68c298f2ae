from django.db import migrations

from shop.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("core", "0002_append_only"), ("payments", "0001_initial")]

    operations = [
        append_only("payments_paymententry"),
    ]
