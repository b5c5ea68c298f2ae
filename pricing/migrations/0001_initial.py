import uuid

import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("catalog", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="PaymentMethod",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "line",
                    models.CharField(blank=True, max_length=250, verbose_name="short description"),
                ),
                (
                    "instructions",
                    models.TextField(
                        blank=True,
                        help_text="Shown to the customer after the order is placed, for example your bank details.",
                        verbose_name="instructions",
                    ),
                ),
                ("provider", models.CharField(max_length=40, verbose_name="provider")),
                (
                    "settlement",
                    models.CharField(
                        choices=[
                            ("online", "Immediately, online"),
                            ("transfer", "By bank transfer before shipping"),
                            ("on_delivery", "On delivery"),
                        ],
                        max_length=20,
                        verbose_name="settlement",
                    ),
                ),
                (
                    "countries",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="Leave empty to offer it everywhere.",
                        verbose_name="countries",
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
            ],
            options={
                "verbose_name": "payment method",
                "verbose_name_plural": "payment methods",
                "ordering": ["position", "pk"],
            },
        ),
        migrations.CreateModel(
            name="ShippingZone",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("countries", models.JSONField(default=list, verbose_name="countries")),
                (
                    "is_export",
                    models.BooleanField(
                        default=False,
                        help_text="No tax is charged on orders delivered here, for example exports. Otherwise each country needs tax rates; without them, customers there cannot place orders.",
                        verbose_name="not taxed",
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
            ],
            options={
                "verbose_name": "delivery zone",
                "verbose_name_plural": "delivery zones",
                "ordering": ["position", "pk"],
            },
        ),
        migrations.CreateModel(
            name="GiftCard",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seed", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                (
                    "last4",
                    models.CharField(
                        db_index=True, editable=False, max_length=4, verbose_name="ends in"
                    ),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("initial_minor", models.BigIntegerField(verbose_name="initial amount")),
                (
                    "balance_minor",
                    models.BigIntegerField(default=0, editable=False, verbose_name="balance"),
                ),
                (
                    "expires_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="valid until (not included)"
                    ),
                ),
                (
                    "voided_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="voided"
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "recipient_name",
                    models.CharField(blank=True, max_length=120, verbose_name="recipient"),
                ),
                (
                    "recipient_email",
                    models.EmailField(blank=True, max_length=254, verbose_name="recipient e-mail"),
                ),
                (
                    "sender_name",
                    models.CharField(blank=True, max_length=120, verbose_name="sender"),
                ),
                ("message", models.CharField(blank=True, max_length=500, verbose_name="message")),
                (
                    "image",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="catalog.productimage",
                        verbose_name="picture",
                    ),
                ),
                ("language", models.CharField(blank=True, max_length=10, verbose_name="language")),
                (
                    "order_number",
                    models.CharField(
                        blank=True, db_index=True, max_length=20, verbose_name="purchased in order"
                    ),
                ),
                ("source", models.CharField(blank=True, editable=False, max_length=80)),
                ("reason", models.CharField(blank=True, max_length=250, verbose_name="reason")),
                ("issued_by", models.CharField(max_length=200, verbose_name="issued by")),
                (
                    "issued_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="issued"),
                ),
            ],
            options={
                "verbose_name": "gift card",
                "verbose_name_plural": "gift cards",
                "ordering": ["-issued_at", "-pk"],
                "permissions": [
                    ("issue_giftcard", "Can issue gift cards"),
                    ("adjust_giftcard", "Can change gift card balances"),
                    ("switch_giftcard", "Can switch gift cards off and on"),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("balance_minor__gt", 0)),
                        fields=["expires_at"],
                        name="gift_card_expiry",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("balance_minor__gte", 0)),
                        name="gift_card_balance_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("initial_minor__gt", 0)),
                        name="gift_card_issued_with_something",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("source", ""), _negated=True),
                        fields=("source",),
                        name="gift_card_once_per_source",
                    ),
                ],
            },
        ),
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
                    models.CharField(blank=True, max_length=250, verbose_name="short description"),
                ),
                (
                    "kind",
                    models.CharField(
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
                (
                    "percent",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=5,
                        null=True,
                        verbose_name="percent",
                    ),
                ),
                (
                    "amounts_minor",
                    models.JSONField(blank=True, default=dict, verbose_name="discount amounts"),
                ),
                (
                    "take_quantity",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="units taken"
                    ),
                ),
                (
                    "pay_quantity",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="units paid"
                    ),
                ),
                (
                    "buy_quantity",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="units bought"
                    ),
                ),
                (
                    "get_quantity",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="units discounted"
                    ),
                ),
                (
                    "get_category",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.category",
                        verbose_name="discounted items from category",
                    ),
                ),
                (
                    "get_collection",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.collection",
                        verbose_name="discounted items from collection",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promotions",
                        to="catalog.category",
                        verbose_name="category",
                    ),
                ),
                (
                    "collection",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promotions",
                        to="catalog.collection",
                        verbose_name="collection",
                    ),
                ),
                (
                    "minimum_minor",
                    models.BigIntegerField(
                        blank=True, null=True, verbose_name="minimum cart value"
                    ),
                ),
                (
                    "min_quantity",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="minimum units"
                    ),
                ),
                (
                    "is_first_order_only",
                    models.BooleanField(default=False, verbose_name="first order only"),
                ),
                (
                    "customer_group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promotions",
                        to="accounts.customergroup",
                        verbose_name="customer group",
                    ),
                ),
                (
                    "shipping_method_code",
                    models.CharField(blank=True, max_length=40, verbose_name="delivery method"),
                ),
                (
                    "is_automatic",
                    models.BooleanField(default=False, verbose_name="applies automatically"),
                ),
                (
                    "combination",
                    models.CharField(
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
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "starts_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="starts at"),
                ),
                (
                    "ends_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="ends at (exclusive)"),
                ),
                (
                    "use_limit",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="maximum uses"),
                ),
                (
                    "per_customer_limit",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="maximum uses per customer"
                    ),
                ),
                (
                    "used_count",
                    models.PositiveIntegerField(
                        default=0, editable=False, verbose_name="times used"
                    ),
                ),
                (
                    "was_used",
                    models.BooleanField(
                        default=False, editable=False, verbose_name="has been used"
                    ),
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
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("use_limit__isnull", True),
                            ("used_count__lte", models.F("use_limit")),
                            _connector="OR",
                        ),
                        name="promotion_never_overused",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("percent__isnull", True),
                            models.Q(("percent__gt", 0), ("percent__lte", 100)),
                            _connector="OR",
                        ),
                        name="promotion_percent_is_percent",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                (
                                    "kind__in",
                                    [
                                        "buy_get",
                                        "percent_lines",
                                        "percent_order",
                                        "percent_shipping",
                                    ],
                                ),
                                _negated=True,
                            ),
                            ("percent__isnull", False),
                            _connector="OR",
                        ),
                        name="promotion_has_its_percent",
                    ),
                    models.CheckConstraint(
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
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "buy_get"), _negated=True),
                            models.Q(("buy_quantity__gt", 0), ("get_quantity__gt", 0)),
                            _connector="OR",
                        ),
                        name="promotion_has_its_quantities",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TaxRate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("country", models.CharField(max_length=2, verbose_name="country")),
                (
                    "region",
                    models.CharField(blank=True, default="", max_length=100, verbose_name="region"),
                ),
                (
                    "tax_class",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rates",
                        to="catalog.taxclass",
                    ),
                ),
                (
                    "percent",
                    models.DecimalField(decimal_places=4, max_digits=7, verbose_name="percent"),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("included", "Included in the price"),
                            ("added", "Added to the price"),
                        ],
                        max_length=10,
                        verbose_name="mode",
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="valid from")),
                (
                    "valid_to",
                    models.DateField(blank=True, null=True, verbose_name="valid until (exclusive)"),
                ),
                ("note", models.CharField(blank=True, max_length=250, verbose_name="note")),
                (
                    "was_used",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        editable=False,
                        verbose_name="used by orders",
                    ),
                ),
            ],
            options={
                "verbose_name": "tax rate",
                "verbose_name_plural": "tax rates",
                "ordering": ["country", "region", "tax_class", "-valid_from", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("country", "region", "tax_class", "valid_from"),
                        name="tax_rate_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("percent__gte", 0), ("percent__lt", 100)),
                        name="tax_rate_is_percent",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to__isnull", True),
                            ("valid_to__gt", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="tax_rate_period",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ShippingMethod",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "zone",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="methods",
                        to="pricing.shippingzone",
                    ),
                ),
                ("code", models.SlugField(max_length=40, verbose_name="code")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "line",
                    models.CharField(blank=True, max_length=250, verbose_name="short description"),
                ),
                ("carrier", models.CharField(blank=True, max_length=80, verbose_name="carrier")),
                (
                    "is_tracked",
                    models.BooleanField(default=True, verbose_name="tracking available"),
                ),
                (
                    "days_min",
                    models.PositiveSmallIntegerField(
                        default=2, verbose_name="minimum working days"
                    ),
                ),
                (
                    "days_max",
                    models.PositiveSmallIntegerField(
                        default=4, verbose_name="maximum working days"
                    ),
                ),
                (
                    "max_weight_g",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="maximum weight in grams"
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
            ],
            options={
                "verbose_name": "delivery method",
                "verbose_name_plural": "delivery methods",
                "ordering": ["zone", "position", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("zone", "code"), name="shipping_method_once_per_zone"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="GiftCardEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "card",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="pricing.giftcard",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
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
                ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                (
                    "reference",
                    models.CharField(db_index=True, max_length=80, verbose_name="reference"),
                ),
                (
                    "order_number",
                    models.CharField(
                        blank=True, db_index=True, max_length=20, verbose_name="order"
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=250, verbose_name="note")),
                ("actor", models.CharField(max_length=200, verbose_name="by")),
                (
                    "at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="date"),
                ),
            ],
            options={
                "verbose_name": "gift card transaction",
                "verbose_name_plural": "gift card transactions",
                "ordering": ["at", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("card", "kind", "reference"), name="gift_card_entry_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("amount_minor__gt", 0), ("kind__in", ["issued", "refunded"])),
                            models.Q(
                                ("amount_minor__lt", 0),
                                ("kind__in", ["spent", "expired", "voided"]),
                            ),
                            models.Q(
                                ("kind", "adjusted"), models.Q(("amount_minor", 0), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="gift_card_entry_has_its_sign",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Coupon",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "promotion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="coupons",
                        to="pricing.promotion",
                        verbose_name="promotion",
                    ),
                ),
                ("code", models.CharField(max_length=40, verbose_name="code")),
                (
                    "use_limit",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="maximum uses"),
                ),
                (
                    "per_customer_limit",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="maximum uses per customer"
                    ),
                ),
                (
                    "used_count",
                    models.PositiveIntegerField(
                        default=0, editable=False, verbose_name="times used"
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="created"),
                ),
            ],
            options={
                "verbose_name": "coupon",
                "verbose_name_plural": "coupons",
                "ordering": ["-created_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Upper("code"),
                        name="coupon_code_unique_any_case",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("use_limit__isnull", True),
                            ("used_count__lte", models.F("use_limit")),
                            _connector="OR",
                        ),
                        name="coupon_never_overused",
                    ),
                ],
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
                (
                    "promotion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tiers",
                        to="pricing.promotion",
                    ),
                ),
                ("min_quantity", models.PositiveIntegerField(verbose_name="minimum units")),
                (
                    "percent",
                    models.DecimalField(decimal_places=2, max_digits=5, verbose_name="percent"),
                ),
            ],
            options={
                "verbose_name": "step",
                "verbose_name_plural": "steps",
                "ordering": ["min_quantity", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("promotion", "min_quantity"), name="promotion_tier_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("percent__gt", 0), ("percent__lte", 100), ("min_quantity__gt", 0)
                        ),
                        name="promotion_tier_is_percent",
                    ),
                ],
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
                (
                    "promotion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uses",
                        to="pricing.promotion",
                    ),
                ),
                ("customer_key", models.CharField(max_length=254, verbose_name="customer")),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="accounts.customer",
                        verbose_name="account",
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="use number")),
                ("order_number", models.CharField(max_length=20, verbose_name="order")),
                (
                    "used_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="used at"),
                ),
            ],
            options={
                "verbose_name": "promotion use",
                "verbose_name_plural": "promotion uses",
                "ordering": ["-used_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("promotion", "customer_key", "number"),
                        name="promotion_use_per_customer",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("account__isnull", False)),
                        fields=("promotion", "account", "number"),
                        name="promotion_use_per_account",
                    ),
                    models.UniqueConstraint(
                        fields=("promotion", "order_number"), name="promotion_use_per_order"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ShippingRate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "method",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rates",
                        to="pricing.shippingmethod",
                    ),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                (
                    "min_weight_g",
                    models.PositiveIntegerField(default=0, verbose_name="minimum weight in grams"),
                ),
                ("price_minor", models.BigIntegerField(verbose_name="price")),
                (
                    "free_from_minor",
                    models.BigIntegerField(blank=True, null=True, verbose_name="free above"),
                ),
            ],
            options={
                "verbose_name": "delivery rate",
                "verbose_name_plural": "delivery rates",
                "ordering": ["currency", "min_weight_g", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("method", "currency", "min_weight_g"), name="shipping_rate_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("price_minor__gte", 0)),
                        name="shipping_rate_not_negative",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CouponUse",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "coupon",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uses",
                        to="pricing.coupon",
                    ),
                ),
                ("customer_key", models.CharField(max_length=254, verbose_name="customer")),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="accounts.customer",
                        verbose_name="account",
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="use number")),
                ("order_number", models.CharField(max_length=20, verbose_name="order")),
                (
                    "used_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="used at"),
                ),
            ],
            options={
                "verbose_name": "coupon use",
                "verbose_name_plural": "coupon uses",
                "ordering": ["-used_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("coupon", "customer_key", "number"), name="coupon_use_per_customer"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("account__isnull", False)),
                        fields=("coupon", "account", "number"),
                        name="coupon_use_per_account",
                    ),
                    models.UniqueConstraint(
                        fields=("coupon", "order_number"), name="coupon_use_per_order"
                    ),
                ],
            },
        ),
    ]
