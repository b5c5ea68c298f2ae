from django.db import migrations

from shop.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("core", "0002_append_only"), ("catalog", "0003_is_returnable")]

    operations = [append_only("catalog_pricechange", is_erasable=True)]
