"""Names, help texts and choices in plain English. Changes no table."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0004_plain_names"),
        ("pricing", "0004_uses_know_the_account"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="couponuse",
            options={
                "ordering": ["-used_at", "-pk"],
                "verbose_name": "coupon use",
                "verbose_name_plural": "coupon uses",
            },
        ),
        migrations.AlterModelOptions(
            name="giftcard",
            options={
                "ordering": ["-issued_at", "-pk"],
                "permissions": [
                    ("issue_giftcard", "Can issue gift cards"),
                    ("adjust_giftcard", "Can change gift card balances"),
                    ("switch_giftcard", "Can switch gift cards off and on"),
                ],
                "verbose_name": "gift card",
                "verbose_name_plural": "gift cards",
            },
        ),
        migrations.AlterModelOptions(
            name="giftcardentry",
            options={
                "ordering": ["at", "pk"],
                "verbose_name": "gift card transaction",
                "verbose_name_plural": "gift card transactions",
            },
        ),
        migrations.AlterModelOptions(
            name="promotionuse",
            options={
                "ordering": ["-used_at", "-pk"],
                "verbose_name": "promotion use",
                "verbose_name_plural": "promotion uses",
            },
        ),
        migrations.AlterModelOptions(
            name="shippingmethod",
            options={
                "ordering": ["zone", "position", "pk"],
                "verbose_name": "delivery method",
                "verbose_name_plural": "delivery methods",
            },
        ),
        migrations.AlterModelOptions(
            name="shippingrate",
            options={
                "ordering": ["currency", "min_weight_g", "pk"],
                "verbose_name": "delivery rate",
                "verbose_name_plural": "delivery rates",
            },
        ),
        migrations.AlterModelOptions(
            name="shippingzone",
            options={
                "ordering": ["position", "pk"],
                "verbose_name": "delivery zone",
                "verbose_name_plural": "delivery zones",
            },
        ),
        migrations.AlterField(
            model_name="coupon",
            name="per_customer_limit",
            field=models.PositiveIntegerField(
                blank=True, null=True, verbose_name="maximum uses per customer"
            ),
        ),
        migrations.AlterField(
            model_name="coupon",
            name="use_limit",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="maximum uses"),
        ),
        migrations.AlterField(
            model_name="coupon",
            name="used_count",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="times used"),
        ),
        migrations.AlterField(
            model_name="couponuse",
            name="number",
            field=models.PositiveIntegerField(verbose_name="use number"),
        ),
        migrations.AlterField(
            model_name="couponuse",
            name="used_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="used at"),
        ),
        migrations.AlterField(
            model_name="giftcard",
            name="initial_minor",
            field=models.BigIntegerField(verbose_name="initial amount"),
        ),
        migrations.AlterField(
            model_name="giftcard",
            name="is_active",
            field=models.BooleanField(default=True, verbose_name="active"),
        ),
        migrations.AlterField(
            model_name="giftcard",
            name="order_number",
            field=models.CharField(
                blank=True, db_index=True, max_length=20, verbose_name="purchased in order"
            ),
        ),
        migrations.AlterField(
            model_name="giftcard",
            name="recipient_email",
            field=models.EmailField(blank=True, max_length=254, verbose_name="recipient e-mail"),
        ),
        migrations.AlterField(
            model_name="giftcard",
            name="recipient_name",
            field=models.CharField(blank=True, max_length=120, verbose_name="recipient"),
        ),
        migrations.AlterField(
            model_name="giftcard",
            name="sender_name",
            field=models.CharField(blank=True, max_length=120, verbose_name="sender"),
        ),
        migrations.AlterField(
            model_name="giftcardentry",
            name="actor",
            field=models.CharField(max_length=200, verbose_name="by"),
        ),
        migrations.AlterField(
            model_name="giftcardentry",
            name="at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="date"),
        ),
        migrations.AlterField(
            model_name="giftcardentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("issued", "Issued"),
                    ("spent", "Redeemed"),
                    ("refunded", "Refunded"),
                    ("adjusted", "Adjusted"),
                    ("expired", "Expired"),
                    ("voided", "Voided (purchase refunded)"),
                ],
                max_length=10,
                verbose_name="type",
            ),
        ),
        migrations.AlterField(
            model_name="paymentmethod",
            name="countries",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="Leave empty to offer it everywhere.",
                verbose_name="countries",
            ),
        ),
        migrations.AlterField(
            model_name="paymentmethod",
            name="instructions",
            field=models.TextField(
                blank=True,
                help_text="Shown to the customer after the order is placed, for example your bank details.",
                verbose_name="instructions",
            ),
        ),
        migrations.AlterField(
            model_name="paymentmethod",
            name="is_active",
            field=models.BooleanField(default=True, verbose_name="active"),
        ),
        migrations.AlterField(
            model_name="paymentmethod",
            name="line",
            field=models.CharField(blank=True, max_length=250, verbose_name="short description"),
        ),
        migrations.AlterField(
            model_name="paymentmethod",
            name="settlement",
            field=models.CharField(
                choices=[
                    ("online", "Immediately, online"),
                    ("transfer", "By bank transfer before shipping"),
                    ("on_delivery", "On delivery"),
                ],
                max_length=20,
                verbose_name="settlement",
            ),
        ),
        migrations.AlterField(
            model_name="promotion",
            name="amounts_minor",
            field=models.JSONField(blank=True, default=dict, verbose_name="discount amounts"),
        ),
        migrations.AlterField(
            model_name="promotion",
            name="buy_quantity",
            field=models.PositiveSmallIntegerField(
                blank=True, null=True, verbose_name="units bought"
            ),
        ),
        migrations.AlterField(
            model_name="promotion",
            name="combination",
            field=models.CharField(
                choices=[
                    ("stacks", "With other combinable promotions at the same level"),
                    ("lane", "Only one at its level, with promotions at other levels"),
                    ("alone", "No other promotions in the order"),
                ],
                default="lane",
                max_length=10,
                verbose_name="combination",
            ),
        ),
        migrations.AlterField(
            model_name="promotion",
            name="ends_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="ends at (exclusive)"),
        ),
        migrations.AlterField(
            model_name="promotion",
            name="get_category",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.category",
                verbose_name="discounted items from category",
            ),
        ),
        migrations.AlterField(
            model_name="promotion",
            name="get_collection",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.collection",
                verbose_name="discounted items from collection",
            ),
        ),
        migrations.AlterField(
            model_name="promotion",
            name="get_quantity",
            field=models.PositiveSmallIntegerField(
                blank=True, null=True, verbose_name="units discounted"
            ),
        ),
        migrations.AlterField(
            model_name="promotion",
            name="is_automatic",
            field=models.BooleanField(default=False, verbose_name="applies automatically"),
        ),
        migrations.AlterField(
            model_name="promotion",
            name="kind",
            field=models.CharField(
                choices=[
                    ("percent_lines", "Percentage off selected products"),
                    ("amount_lines", "Amount off selected products"),
                    ("n_for_m", "Take X, pay for Y (the cheapest are free)"),
                    ("buy_get", "Buy X, get others discounted"),
                    ("tiered", "Quantity discount"),
                    ("percent_order", "Percentage off the order"),
                    ("amount_order", "Amount off the order"),
                    ("free_shipping", "Free delivery"),
                    ("percent_shipping", "Percentage off delivery"),
                    ("amount_shipping", "Amount off delivery"),
                ],
                max_length=20,
                verbose_name="type",
            ),
        ),
        migrations.AlterField(
            model_name="promotion",
            name="line",
            field=models.CharField(blank=True, max_length=250, verbose_name="short description"),
        ),
        migrations.AlterField(
            model_name="promotion",
            name="min_quantity",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="minimum units"),
        ),
        migrations.AlterField(
            model_name="promotion",
            name="minimum_minor",
            field=models.BigIntegerField(blank=True, null=True, verbose_name="minimum cart value"),
        ),
        migrations.AlterField(
            model_name="promotion",
            name="pay_quantity",
            field=models.PositiveSmallIntegerField(
                blank=True, null=True, verbose_name="units paid"
            ),
        ),
        migrations.AlterField(
            model_name="promotion",
            name="per_customer_limit",
            field=models.PositiveIntegerField(
                blank=True, null=True, verbose_name="maximum uses per customer"
            ),
        ),
        migrations.AlterField(
            model_name="promotion",
            name="percent",
            field=models.DecimalField(
                blank=True, decimal_places=2, max_digits=5, null=True, verbose_name="percent"
            ),
        ),
        migrations.AlterField(
            model_name="promotion",
            name="shipping_method_code",
            field=models.CharField(blank=True, max_length=40, verbose_name="delivery method"),
        ),
        migrations.AlterField(
            model_name="promotion",
            name="starts_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="starts at"),
        ),
        migrations.AlterField(
            model_name="promotion",
            name="take_quantity",
            field=models.PositiveSmallIntegerField(
                blank=True, null=True, verbose_name="units taken"
            ),
        ),
        migrations.AlterField(
            model_name="promotion",
            name="use_limit",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="maximum uses"),
        ),
        migrations.AlterField(
            model_name="promotion",
            name="used_count",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="times used"),
        ),
        migrations.AlterField(
            model_name="promotion",
            name="was_used",
            field=models.BooleanField(default=False, editable=False, verbose_name="has been used"),
        ),
        migrations.AlterField(
            model_name="promotiontier",
            name="min_quantity",
            field=models.PositiveIntegerField(verbose_name="minimum units"),
        ),
        migrations.AlterField(
            model_name="promotiontier",
            name="percent",
            field=models.DecimalField(decimal_places=2, max_digits=5, verbose_name="percent"),
        ),
        migrations.AlterField(
            model_name="promotionuse",
            name="number",
            field=models.PositiveIntegerField(verbose_name="use number"),
        ),
        migrations.AlterField(
            model_name="promotionuse",
            name="used_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="used at"),
        ),
        migrations.AlterField(
            model_name="shippingmethod",
            name="days_max",
            field=models.PositiveSmallIntegerField(default=4, verbose_name="maximum working days"),
        ),
        migrations.AlterField(
            model_name="shippingmethod",
            name="days_min",
            field=models.PositiveSmallIntegerField(default=2, verbose_name="minimum working days"),
        ),
        migrations.AlterField(
            model_name="shippingmethod",
            name="is_active",
            field=models.BooleanField(default=True, verbose_name="active"),
        ),
        migrations.AlterField(
            model_name="shippingmethod",
            name="is_tracked",
            field=models.BooleanField(default=True, verbose_name="tracking available"),
        ),
        migrations.AlterField(
            model_name="shippingmethod",
            name="line",
            field=models.CharField(blank=True, max_length=250, verbose_name="short description"),
        ),
        migrations.AlterField(
            model_name="shippingmethod",
            name="max_weight_g",
            field=models.PositiveIntegerField(
                blank=True, null=True, verbose_name="maximum weight in grams"
            ),
        ),
        migrations.AlterField(
            model_name="shippingrate",
            name="free_from_minor",
            field=models.BigIntegerField(blank=True, null=True, verbose_name="free above"),
        ),
        migrations.AlterField(
            model_name="shippingrate",
            name="min_weight_g",
            field=models.PositiveIntegerField(default=0, verbose_name="minimum weight in grams"),
        ),
        migrations.AlterField(
            model_name="shippingzone",
            name="is_export",
            field=models.BooleanField(
                default=False,
                help_text="No tax is charged on orders delivered here, for example exports. Otherwise each country needs tax rates; without them, customers there cannot place orders.",
                verbose_name="not taxed",
            ),
        ),
        migrations.AlterField(
            model_name="taxrate",
            name="percent",
            field=models.DecimalField(decimal_places=4, max_digits=7, verbose_name="percent"),
        ),
        migrations.AlterField(
            model_name="taxrate",
            name="valid_to",
            field=models.DateField(blank=True, null=True, verbose_name="valid until (exclusive)"),
        ),
        migrations.AlterField(
            model_name="taxrate",
            name="was_used",
            field=models.BooleanField(
                db_default=False, default=False, editable=False, verbose_name="used by orders"
            ),
        ),
    ]
