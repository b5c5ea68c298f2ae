"""A cart holds several codes."""

from django.db import migrations, models


def to_list(apps, schema_editor):
    Cart = apps.get_model("cart", "Cart")
    for cart in Cart.objects.exclude(coupon_code="").only("pk", "coupon_code").iterator():
        Cart.objects.filter(pk=cart.pk).update(coupon_codes=[cart.coupon_code])


def to_first(apps, schema_editor):
    Cart = apps.get_model("cart", "Cart")
    for cart in Cart.objects.exclude(coupon_codes=[]).only("pk", "coupon_codes").iterator():
        Cart.objects.filter(pk=cart.pk).update(coupon_code=cart.coupon_codes[0])


class Migration(migrations.Migration):
    dependencies = [
        ("cart", "0002_gift_cards"),
    ]

    operations = [
        migrations.AddField(
            model_name="cart",
            name="coupon_codes",
            field=models.JSONField(blank=True, default=list, verbose_name="coupons"),
        ),
        migrations.RunPython(to_list, to_first),
        migrations.RemoveField(model_name="cart", name="coupon_code"),
    ]
