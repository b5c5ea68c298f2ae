"""Promotions, and the column by which a coupon will unlock one."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_customer_groups"),
        ("catalog", "0002_search"),
        ("pricing", "0003_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="Promotion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "line",
                    models.CharField(blank=True, max_length=250, verbose_name="one line about it"),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("percent_lines", "Per cent off some products"),
                            ("amount_lines", "Amount off some products"),
                            ("n_for_m", "Take some, pay fewer (the cheapest are free)"),
                            ("buy_get", "Buy some, get others for less"),
                            ("tiered", "Per cent off by quantity"),
                            ("percent_order", "Per cent off the order"),
                            ("amount_order", "Amount off the order"),
                            ("free_shipping", "Free delivery"),
                            ("percent_shipping", "Per cent off delivery"),
                            ("amount_shipping", "Amount off delivery"),
                        ],
                        max_length=20,
                        verbose_name="what it gives",
                    ),
                ),
                (
                    "percent",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=5,
                        null=True,
                        verbose_name="per cent",
                    ),
                ),
                (
                    "amounts_minor",
                    models.JSONField(blank=True, default=dict, verbose_name="amounts"),
                ),
                (
                    "take_quantity",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="take"),
                ),
                (
                    "pay_quantity",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="pay"),
                ),
                (
                    "buy_quantity",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="buy"),
                ),
                (
                    "get_quantity",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="get"),
                ),
                (
                    "minimum_minor",
                    models.BigIntegerField(blank=True, null=True, verbose_name="minimum"),
                ),
                (
                    "min_quantity",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="units at least"
                    ),
                ),
                (
                    "is_first_order_only",
                    models.BooleanField(default=False, verbose_name="first order only"),
                ),
                (
                    "shipping_method_code",
                    models.CharField(blank=True, max_length=40, verbose_name="shipping method"),
                ),
                (
                    "is_automatic",
                    models.BooleanField(default=False, verbose_name="applies by itself"),
                ),
                (
                    "combination",
                    models.CharField(
                        choices=[
                            ("stacks", "With others of its lane that say so too"),
                            ("lane", "Alone in its lane, with others in other lanes"),
                            ("alone", "Alone in the whole order"),
                        ],
                        default="lane",
                        max_length=10,
                        verbose_name="may be combined",
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("starts_at", models.DateTimeField(blank=True, null=True, verbose_name="from")),
                (
                    "ends_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="until (not included)"
                    ),
                ),
                (
                    "use_limit",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="uses at most"),
                ),
                (
                    "per_customer_limit",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="per customer"),
                ),
                (
                    "used_count",
                    models.PositiveIntegerField(default=0, editable=False, verbose_name="used"),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="created"),
                ),
            ],
            options={
                "verbose_name": "promotion",
                "verbose_name_plural": "promotions",
                "ordering": ["position", "pk"],
            },
        ),
        migrations.CreateModel(
            name="PromotionTier",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("min_quantity", models.PositiveIntegerField(verbose_name="from units")),
                (
                    "percent",
                    models.DecimalField(decimal_places=2, max_digits=5, verbose_name="per cent"),
                ),
            ],
            options={
                "verbose_name": "step",
                "verbose_name_plural": "steps",
                "ordering": ["min_quantity", "pk"],
            },
        ),
        migrations.CreateModel(
            name="PromotionUse",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("customer_key", models.CharField(max_length=254, verbose_name="customer")),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("order_number", models.CharField(max_length=20, verbose_name="order")),
                (
                    "used_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="used"),
                ),
            ],
            options={
                "verbose_name": "use of a promotion",
                "verbose_name_plural": "uses of promotions",
                "ordering": ["-used_at", "-pk"],
            },
        ),
        migrations.AddField(
            model_name="promotion",
            name="category",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="promotions",
                to="catalog.category",
                verbose_name="category",
            ),
        ),
        migrations.AddField(
            model_name="promotion",
            name="collection",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="promotions",
                to="catalog.collection",
                verbose_name="collection",
            ),
        ),
        migrations.AddField(
            model_name="promotion",
            name="customer_group",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="promotions",
                to="accounts.customergroup",
                verbose_name="customer group",
            ),
        ),
        migrations.AddField(
            model_name="promotion",
            name="get_category",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.category",
                verbose_name="get from the category",
            ),
        ),
        migrations.AddField(
            model_name="promotion",
            name="get_collection",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.collection",
                verbose_name="get from the collection",
            ),
        ),
        migrations.AddField(
            model_name="coupon",
            name="promotion",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="coupons",
                to="pricing.promotion",
                verbose_name="promotion",
            ),
        ),
        migrations.AddField(
            model_name="promotiontier",
            name="promotion",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="tiers",
                to="pricing.promotion",
            ),
        ),
        migrations.AddField(
            model_name="promotionuse",
            name="promotion",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="uses",
                to="pricing.promotion",
            ),
        ),
        migrations.AddConstraint(
            model_name="promotion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("use_limit__isnull", True),
                    ("used_count__lte", models.F("use_limit")),
                    _connector="OR",
                ),
                name="promotion_never_overused",
            ),
        ),
        migrations.AddConstraint(
            model_name="promotion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("percent__isnull", True),
                    models.Q(("percent__gt", 0), ("percent__lte", 100)),
                    _connector="OR",
                ),
                name="promotion_percent_is_percent",
            ),
        ),
        migrations.AddConstraint(
            model_name="promotion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        (
                            "kind__in",
                            ["buy_get", "percent_lines", "percent_order", "percent_shipping"],
                        ),
                        _negated=True,
                    ),
                    ("percent__isnull", False),
                    _connector="OR",
                ),
                name="promotion_has_its_percent",
            ),
        ),
        migrations.AddConstraint(
            model_name="promotion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "n_for_m"), _negated=True),
                    models.Q(
                        ("take_quantity__isnull", False),
                        ("pay_quantity__gt", 0),
                        ("take_quantity__gt", models.F("pay_quantity")),
                    ),
                    _connector="OR",
                ),
                name="promotion_takes_more_than_it_pays",
            ),
        ),
        migrations.AddConstraint(
            model_name="promotion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "buy_get"), _negated=True),
                    models.Q(("buy_quantity__gt", 0), ("get_quantity__gt", 0)),
                    _connector="OR",
                ),
                name="promotion_has_its_quantities",
            ),
        ),
        migrations.AddConstraint(
            model_name="promotiontier",
            constraint=models.UniqueConstraint(
                fields=("promotion", "min_quantity"), name="promotion_tier_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="promotiontier",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("percent__gt", 0), ("percent__lte", 100), ("min_quantity__gt", 0)
                ),
                name="promotion_tier_is_percent",
            ),
        ),
        migrations.AddConstraint(
            model_name="promotionuse",
            constraint=models.UniqueConstraint(
                fields=("promotion", "customer_key", "number"), name="promotion_use_per_customer"
            ),
        ),
        migrations.AddConstraint(
            model_name="promotionuse",
            constraint=models.UniqueConstraint(
                fields=("promotion", "order_number"), name="promotion_use_per_order"
            ),
        ),
        # So that the columns can come back empty when this is undone.
        migrations.AlterField(
            model_name="coupon",
            name="name",
            field=models.CharField(default="", max_length=120, verbose_name="name"),
        ),
        migrations.AlterField(
            model_name="coupon",
            name="kind",
            field=models.CharField(default="percent_order", max_length=20, verbose_name="kind"),
        ),
    ]
