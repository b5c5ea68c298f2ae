"""Names, help texts and choices in plain English. Changes no table."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0001_sales_permission"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="sales",
            options={
                "default_permissions": (),
                "managed": False,
                "permissions": [("view_sales", "Can view sales figures")],
                "verbose_name": "sales figures",
                "verbose_name_plural": "sales figures",
            },
        ),
    ]
