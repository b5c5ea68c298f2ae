from django.db import migrations

from shop.core.append_only import append_only, append_only_function


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [append_only_function(), append_only("core_auditentry")]
