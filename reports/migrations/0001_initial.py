from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Sales",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
            ],
            options={
                "verbose_name": "sales figures",
                "verbose_name_plural": "sales figures",
                "permissions": [("view_sales", "Can view sales figures")],
                "managed": False,
                "default_permissions": (),
            },
        ),
    ]
