"""A coupon is a code: what it gives is its promotion's."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pricing", "0005_coupons_unlock_promotions"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="coupon",
            name="coupon_percent_is_percent",
        ),
        migrations.RemoveField(
            model_name="coupon",
            name="amounts_minor",
        ),
        migrations.RemoveField(
            model_name="coupon",
            name="category",
        ),
        migrations.RemoveField(
            model_name="coupon",
            name="ends_at",
        ),
        migrations.RemoveField(
            model_name="coupon",
            name="is_first_order_only",
        ),
        migrations.RemoveField(
            model_name="coupon",
            name="kind",
        ),
        migrations.RemoveField(
            model_name="coupon",
            name="line",
        ),
        migrations.RemoveField(
            model_name="coupon",
            name="minimum_minor",
        ),
        migrations.RemoveField(
            model_name="coupon",
            name="name",
        ),
        migrations.RemoveField(
            model_name="coupon",
            name="percent",
        ),
        migrations.RemoveField(
            model_name="coupon",
            name="shipping_method_code",
        ),
        migrations.RemoveField(
            model_name="coupon",
            name="starts_at",
        ),
        migrations.AlterField(
            model_name="coupon",
            name="promotion",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="coupons",
                to="pricing.promotion",
                verbose_name="promotion",
            ),
        ),
    ]
