from django.db import migrations

from shop.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("core", "0002_append_only"), ("payments", "0006_take_what_is_owed")]

    operations = [append_only("payments_paymententry")]
