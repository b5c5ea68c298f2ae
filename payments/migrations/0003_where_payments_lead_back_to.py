from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_append_only")]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="return_url",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=600, verbose_name="leads back to"
            ),
        ),
    ]
