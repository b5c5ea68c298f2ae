from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0011_invoices"),
    ]

    operations = [
        migrations.AlterField(
            model_name="order",
            name="coupon_code",
            field=models.CharField(blank=True, max_length=250, verbose_name="coupons"),
        ),
    ]
