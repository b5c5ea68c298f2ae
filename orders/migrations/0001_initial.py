import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from django.db import migrations, models

import orders.models.orders


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("cart", "0001_initial"),
        ("catalog", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="InvoiceSeries",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("invoice", "Invoice"), ("credit_note", "Credit note")],
                        max_length=12,
                        verbose_name="type",
                    ),
                ),
                ("year", models.PositiveSmallIntegerField(verbose_name="year")),
                ("prefix", models.CharField(max_length=20, verbose_name="prefix")),
                ("next_number", models.PositiveIntegerField(default=1, verbose_name="next number")),
            ],
            options={
                "verbose_name": "number series",
                "verbose_name_plural": "number series",
                "ordering": ["-year", "kind"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "year"), name="invoice_series_per_year"
                    ),
                    models.UniqueConstraint(fields=("prefix",), name="invoice_series_prefix"),
                    models.CheckConstraint(
                        condition=models.Q(("next_number__gte", 1)), name="invoice_series_counts"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "number",
                    models.CharField(
                        default=orders.models.orders.new_number,
                        max_length=20,
                        unique=True,
                        verbose_name="number",
                    ),
                ),
                (
                    "token",
                    models.CharField(
                        default=orders.models.orders.new_token,
                        editable=False,
                        max_length=64,
                        unique=True,
                    ),
                ),
                (
                    "cart",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="order",
                        to="cart.cart",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="accounts.customer",
                    ),
                ),
                ("email", models.EmailField(max_length=254, verbose_name="e-mail")),
                (
                    "language",
                    models.CharField(default="en", max_length=10, verbose_name="language"),
                ),
                ("channel", models.CharField(default="web", max_length=20, verbose_name="channel")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "Open"),
                            ("confirmed", "Confirmed"),
                            ("completed", "Completed"),
                            ("canceled", "Canceled"),
                        ],
                        default="pending",
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                (
                    "payment_status",
                    models.CharField(
                        choices=[
                            ("pending", "Unpaid"),
                            ("authorized", "Authorized"),
                            ("partially_paid", "Partially paid"),
                            ("paid", "Paid"),
                            ("partially_refunded", "Partially refunded"),
                            ("refunded", "Refunded"),
                            ("failed", "Payment failed"),
                            ("voided", "Not charged"),
                        ],
                        default="pending",
                        max_length=20,
                        verbose_name="payment",
                    ),
                ),
                (
                    "fulfillment_status",
                    models.CharField(
                        choices=[
                            ("unfulfilled", "To ship"),
                            ("partial", "Partially shipped"),
                            ("fulfilled", "Shipped"),
                            ("canceled", "Not shipped"),
                        ],
                        default="unfulfilled",
                        max_length=12,
                        verbose_name="delivery",
                    ),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                (
                    "exchange_rate",
                    models.DecimalField(
                        decimal_places=8, default=1, max_digits=18, verbose_name="exchange rate"
                    ),
                ),
                ("subtotal_minor", models.BigIntegerField(verbose_name="subtotal")),
                ("discount_minor", models.BigIntegerField(default=0, verbose_name="discount")),
                ("shipping_minor", models.BigIntegerField(default=0, verbose_name="delivery")),
                ("tax_minor", models.BigIntegerField(default=0, verbose_name="tax")),
                ("tax_added_minor", models.BigIntegerField(default=0, verbose_name="tax added")),
                ("total_minor", models.BigIntegerField(verbose_name="total")),
                (
                    "is_export",
                    models.BooleanField(
                        db_default=False, default=False, verbose_name="tax-free export"
                    ),
                ),
                (
                    "delivery_tax",
                    models.CharField(
                        choices=[
                            ("goods", "At the rates of the items, in proportion to their value"),
                            ("standard", "At the standard rate"),
                        ],
                        db_default="standard",
                        default="goods",
                        max_length=10,
                        verbose_name="tax on delivery",
                    ),
                ),
                (
                    "amount_authorized_minor",
                    models.BigIntegerField(default=0, verbose_name="authorized"),
                ),
                ("amount_paid_minor", models.BigIntegerField(default=0, verbose_name="paid")),
                (
                    "amount_refunded_minor",
                    models.BigIntegerField(default=0, verbose_name="refunded"),
                ),
                (
                    "amount_disputed_minor",
                    models.BigIntegerField(default=0, verbose_name="disputed"),
                ),
                ("credited_minor", models.BigIntegerField(default=0, verbose_name="credited")),
                ("invoiced_minor", models.BigIntegerField(default=0, verbose_name="invoiced")),
                (
                    "credit_noted_minor",
                    models.BigIntegerField(default=0, verbose_name="credited by credit notes"),
                ),
                (
                    "invoiced_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="invoiced at"),
                ),
                (
                    "has_failed_payment",
                    models.BooleanField(default=False, verbose_name="payment failed"),
                ),
                (
                    "has_payment_under_way",
                    models.BooleanField(default=False, verbose_name="payment in progress"),
                ),
                ("shipping_address", models.JSONField(verbose_name="delivery address")),
                ("billing_address", models.JSONField(verbose_name="billing address")),
                ("shipping_country", models.CharField(max_length=2, verbose_name="country")),
                (
                    "shipping_method_code",
                    models.CharField(max_length=40, verbose_name="delivery method"),
                ),
                (
                    "shipping_method_name",
                    models.CharField(max_length=120, verbose_name="delivery method"),
                ),
                (
                    "arrives_from",
                    models.DateField(blank=True, null=True, verbose_name="earliest delivery"),
                ),
                (
                    "arrives_to",
                    models.DateField(blank=True, null=True, verbose_name="latest delivery"),
                ),
                (
                    "payment_method_code",
                    models.CharField(max_length=40, verbose_name="payment method"),
                ),
                (
                    "payment_method_name",
                    models.CharField(max_length=120, verbose_name="payment method"),
                ),
                (
                    "payment_provider",
                    models.CharField(max_length=40, verbose_name="payment provider"),
                ),
                (
                    "coupon_code",
                    models.CharField(blank=True, max_length=250, verbose_name="coupons"),
                ),
                (
                    "gift_cards",
                    models.JSONField(blank=True, default=list, verbose_name="gift cards"),
                ),
                ("trace", models.JSONField(blank=True, default=list, verbose_name="calculation")),
                ("note", models.TextField(blank=True, verbose_name="customer note")),
                ("packing_note", models.TextField(blank=True, verbose_name="packing note")),
                (
                    "placed_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="placed"),
                ),
                (
                    "confirmed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="confirmed"),
                ),
                (
                    "completed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="completed"),
                ),
                (
                    "canceled_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="canceled"),
                ),
                (
                    "hold_expires_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="stock held until"),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                "verbose_name": "order",
                "verbose_name_plural": "orders",
                "ordering": ["-placed_at", "-pk"],
                "permissions": [
                    ("ship_order", "Can ship orders"),
                    ("cancel_order", "Can cancel orders"),
                    ("edit_order", "Can change orders before they ship"),
                    ("mark_paid_order", "Can mark orders as paid"),
                    ("refund_order", "Can refund orders"),
                    ("note_order", "Can add notes to orders"),
                ],
                "indexes": [
                    models.Index(fields=["customer", "-placed_at"], name="order_customer"),
                    models.Index(fields=["status", "-placed_at"], name="order_status"),
                    models.Index(
                        fields=["fulfillment_status", "-placed_at"], name="order_fulfillment"
                    ),
                    models.Index(fields=["-placed_at", "-id"], name="order_placed"),
                    models.Index(fields=["email"], name="order_email"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "total_minor",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("subtotal_minor"),
                                            "-",
                                            models.F("discount_minor"),
                                        ),
                                        "+",
                                        models.F("shipping_minor"),
                                    ),
                                    "+",
                                    models.F("tax_added_minor"),
                                ),
                            )
                        ),
                        name="order_total_adds_up",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("total_minor__gte", 0),
                            ("subtotal_minor__gte", 0),
                            ("shipping_minor__gte", 0),
                            ("discount_minor__gte", 0),
                            ("discount_minor__lte", models.F("subtotal_minor")),
                            ("tax_added_minor__gte", 0),
                            ("tax_minor__gte", models.F("tax_added_minor")),
                        ),
                        name="order_amounts_sound",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount_refunded_minor__lte", models.F("amount_paid_minor")),
                            ("amount_refunded_minor__gte", 0),
                        ),
                        name="order_never_refunds_more_than_paid",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount_disputed_minor__gte", 0),
                            ("amount_disputed_minor__lte", models.F("amount_paid_minor")),
                        ),
                        name="order_disputes_within_paid",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("credited_minor__gte", 0),
                            ("credited_minor__lte", models.F("total_minor")),
                        ),
                        name="order_credits_within_total",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("invoiced_minor__gte", 0),
                            ("invoiced_minor__lte", models.F("total_minor")),
                        ),
                        name="order_invoices_within_total",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("credit_noted_minor__gte", 0),
                            ("credit_noted_minor__lte", models.F("invoiced_minor")),
                        ),
                        name="order_credit_notes_within_invoices",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Credit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credits",
                        to="orders.order",
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("refund", "Refund"),
                            ("return", "Return"),
                            ("dispute", "Lost dispute"),
                            ("canceled", "Units canceled"),
                        ],
                        max_length=10,
                        verbose_name="type",
                    ),
                ),
                ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                ("shipping_minor", models.BigIntegerField(default=0, verbose_name="for delivery")),
                ("tax_minor", models.BigIntegerField(default=0, verbose_name="tax in it")),
                (
                    "shipping_tax_minor",
                    models.BigIntegerField(default=0, verbose_name="tax in it for delivery"),
                ),
                ("reason", models.CharField(blank=True, max_length=250, verbose_name="reason")),
                ("actor", models.CharField(max_length=200, verbose_name="by")),
                (
                    "at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="date"),
                ),
            ],
            options={
                "verbose_name": "credit",
                "verbose_name_plural": "credits",
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("order", "number"), name="credit_number_per_order"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount_minor__gte", 0),
                            ("shipping_minor__gte", 0),
                            ("shipping_minor__lte", models.F("amount_minor")),
                            ("tax_minor__gte", models.F("shipping_tax_minor")),
                            ("shipping_tax_minor__gte", 0),
                            ("tax_minor__lte", models.F("amount_minor")),
                        ),
                        name="credit_amounts_sound",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Fulfillment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="fulfillments",
                        to="orders.order",
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("carrier", models.CharField(blank=True, max_length=80, verbose_name="carrier")),
                (
                    "tracking_number",
                    models.CharField(blank=True, max_length=80, verbose_name="tracking number"),
                ),
                (
                    "tracking_url",
                    models.URLField(blank=True, max_length=300, verbose_name="tracking link"),
                ),
                (
                    "shipped_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="shipped"),
                ),
                (
                    "delivered_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="delivered"),
                ),
            ],
            options={
                "verbose_name": "parcel",
                "verbose_name_plural": "parcels",
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("order", "number"), name="fulfillment_number_per_order"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OrderEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="orders.order",
                    ),
                ),
                ("sequence", models.PositiveIntegerField(verbose_name="sequence")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("placed", "Order placed"),
                            ("confirmed", "Order confirmed"),
                            ("paid", "Paid"),
                            ("payment_failed", "Payment failed"),
                            ("shipped", "Shipped"),
                            ("tracking", "Tracking changed"),
                            ("delivered", "Delivered"),
                            ("completed", "Completed"),
                            ("edited", "Order edited"),
                            ("canceled", "Canceled"),
                            ("refunded", "Refunded"),
                            ("invoiced", "Invoice issued"),
                            ("credit_noted", "Credit note issued"),
                            ("return_requested", "Return requested"),
                            ("return_approved", "Return approved"),
                            ("return_declined", "Return declined"),
                            ("return_received", "Return received"),
                            ("return_canceled", "Return canceled"),
                            ("return_closed", "Return closed"),
                            ("note", "Note"),
                            ("mail", "E-mail sent"),
                        ],
                        max_length=16,
                        verbose_name="type",
                    ),
                ),
                ("from_status", models.CharField(blank=True, max_length=12, verbose_name="from")),
                ("to_status", models.CharField(blank=True, max_length=12, verbose_name="to")),
                ("message", models.CharField(blank=True, max_length=1000, verbose_name="message")),
                ("data", models.JSONField(blank=True, default=dict, verbose_name="details")),
                (
                    "is_public",
                    models.BooleanField(default=True, verbose_name="shown to the customer"),
                ),
                ("actor_kind", models.CharField(max_length=10, verbose_name="actor type")),
                ("actor_label", models.CharField(max_length=200, verbose_name="by")),
                (
                    "at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="date"),
                ),
            ],
            options={
                "verbose_name": "timeline entry",
                "verbose_name_plural": "timeline entries",
                "ordering": ["sequence"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("order", "sequence"), name="order_event_sequence"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OrderItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="orders.order",
                    ),
                ),
                (
                    "variant",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="order_items",
                        to="catalog.variant",
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0)),
                ("product_name", models.CharField(max_length=200, verbose_name="product")),
                ("product_sku", models.CharField(max_length=64, verbose_name="SKU")),
                (
                    "variant_label",
                    models.CharField(blank=True, max_length=200, verbose_name="variant"),
                ),
                ("product_slug", models.CharField(blank=True, max_length=220)),
                ("picture", models.CharField(blank=True, max_length=200)),
                ("hue", models.PositiveSmallIntegerField(default=300)),
                ("quantity", models.PositiveIntegerField(verbose_name="quantity")),
                (
                    "shipped_quantity",
                    models.PositiveIntegerField(default=0, verbose_name="shipped"),
                ),
                (
                    "canceled_quantity",
                    models.PositiveIntegerField(default=0, verbose_name="canceled units"),
                ),
                (
                    "returning_quantity",
                    models.PositiveIntegerField(default=0, verbose_name="being returned"),
                ),
                (
                    "returned_quantity",
                    models.PositiveIntegerField(default=0, verbose_name="returned"),
                ),
                (
                    "credited_quantity",
                    models.PositiveIntegerField(default=0, verbose_name="credited"),
                ),
                ("is_gift_card", models.BooleanField(default=False, verbose_name="gift card")),
                (
                    "greeting",
                    models.JSONField(blank=True, default=dict, verbose_name="gift card message"),
                ),
                ("is_returnable", models.BooleanField(default=True, verbose_name="returnable")),
                ("unit_price_minor", models.BigIntegerField(verbose_name="unit price")),
                ("discount_minor", models.BigIntegerField(default=0, verbose_name="discount")),
                ("total_minor", models.BigIntegerField(verbose_name="total")),
                ("tax_class", models.CharField(max_length=40, verbose_name="tax class")),
                (
                    "tax_percent",
                    models.DecimalField(
                        decimal_places=4, default=0, max_digits=7, verbose_name="tax rate"
                    ),
                ),
                (
                    "tax_mode",
                    models.CharField(default="included", max_length=10, verbose_name="tax mode"),
                ),
                ("tax_minor", models.BigIntegerField(default=0, verbose_name="tax")),
                ("weight_g", models.PositiveIntegerField(default=0, verbose_name="weight")),
            ],
            options={
                "verbose_name": "order item",
                "verbose_name_plural": "order items",
                "ordering": ["position", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("order", "product_sku"), name="order_has_sku_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gte", 1)), name="order_item_quantity"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "quantity__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("shipped_quantity"), "+", models.F("canceled_quantity")
                                ),
                            )
                        ),
                        name="order_item_never_overshipped",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "shipped_quantity__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("returning_quantity"),
                                    "+",
                                    models.F("returned_quantity"),
                                ),
                            )
                        ),
                        name="order_item_returns_within_shipped",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "quantity__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("returning_quantity"),
                                    "+",
                                    models.F("credited_quantity"),
                                ),
                            )
                        ),
                        name="order_item_credits_within_sold",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "total_minor",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("unit_price_minor"), "*", models.F("quantity")
                                    ),
                                    "-",
                                    models.F("discount_minor"),
                                ),
                            ),
                            ("discount_minor__gte", 0),
                            ("total_minor__gte", 0),
                        ),
                        name="order_item_adds_up",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Return",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="returns",
                        to="orders.order",
                    ),
                ),
                ("sequence", models.PositiveIntegerField(verbose_name="sequence")),
                ("number", models.CharField(max_length=30, unique=True, verbose_name="number")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("return", "Return"),
                            ("withdrawal", "Withdrawal"),
                            ("exchange", "Exchange"),
                        ],
                        max_length=12,
                        verbose_name="type",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("requested", "Requested"),
                            ("approved", "Approved"),
                            ("received", "Partially received"),
                            ("closed", "Closed"),
                            ("declined", "Declined"),
                            ("canceled", "Canceled"),
                        ],
                        default="requested",
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                ("note", models.TextField(blank=True, verbose_name="customer note")),
                ("answer", models.TextField(blank=True, verbose_name="message to the customer")),
                ("requested_by", models.CharField(max_length=200, verbose_name="requested by")),
                (
                    "requested_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="requested"
                    ),
                ),
                (
                    "answered_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="reviewed"),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed")),
            ],
            options={
                "verbose_name": "return",
                "verbose_name_plural": "returns",
                "ordering": ["sequence"],
                "permissions": [
                    ("answer_return", "Can approve, decline and close returns"),
                    ("receive_return", "Can receive returns"),
                ],
                "indexes": [models.Index(fields=["status", "-requested_at"], name="return_status")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("order", "sequence"), name="return_sequence_per_order"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Invoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("invoice", "Invoice"), ("credit_note", "Credit note")],
                        max_length=12,
                        verbose_name="type",
                    ),
                ),
                (
                    "series",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoices",
                        to="orders.invoiceseries",
                    ),
                ),
                ("sequence", models.PositiveIntegerField(verbose_name="number in series")),
                ("number", models.CharField(max_length=40, unique=True, verbose_name="number")),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoices",
                        to="orders.order",
                    ),
                ),
                ("ordinal", models.PositiveIntegerField(verbose_name="number in order")),
                (
                    "corrects",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_notes",
                        to="orders.invoice",
                        verbose_name="corrects",
                    ),
                ),
                (
                    "credit",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_note",
                        to="orders.credit",
                    ),
                ),
                (
                    "fulfillment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoices",
                        to="orders.fulfillment",
                    ),
                ),
                (
                    "issued_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="issued"),
                ),
                (
                    "supplied_on",
                    models.DateField(blank=True, null=True, verbose_name="delivered on"),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("language", models.CharField(max_length=10, verbose_name="language")),
                ("net_minor", models.BigIntegerField(verbose_name="net")),
                ("tax_minor", models.BigIntegerField(verbose_name="tax")),
                ("total_minor", models.BigIntegerField(verbose_name="total")),
                ("due_minor", models.BigIntegerField(default=0, verbose_name="due")),
                ("is_export", models.BooleanField(default=False, verbose_name="tax-free export")),
                ("reason", models.CharField(blank=True, max_length=250, verbose_name="reason")),
                ("seller", models.JSONField(verbose_name="seller")),
                ("buyer", models.JSONField(verbose_name="buyer")),
                ("payments", models.JSONField(blank=True, default=list, verbose_name="payments")),
            ],
            options={
                "verbose_name": "invoice",
                "verbose_name_plural": "invoices",
                "ordering": ["-issued_at", "-pk"],
                "permissions": [("issue_invoice", "Can issue invoices")],
                "indexes": [models.Index(fields=["-issued_at", "-id"], name="invoice_issued")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("series", "sequence"), name="invoice_sequence_once"
                    ),
                    models.UniqueConstraint(
                        fields=("order", "kind", "ordinal"), name="invoice_ordinal_per_order"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("credit__isnull", True), ("kind", "credit_note")),
                        fields=("order",),
                        name="invoice_one_cancellation_per_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("corrects__isnull", True),
                                ("credit__isnull", True),
                                ("kind", "invoice"),
                            ),
                            models.Q(("corrects__isnull", False), ("kind", "credit_note")),
                            _connector="OR",
                        ),
                        name="invoice_kind_sound",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "total_minor",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("net_minor"), "+", models.F("tax_minor")
                                ),
                            ),
                            ("net_minor__gte", 0),
                            ("tax_minor__gte", 0),
                            ("due_minor__gte", 0),
                        ),
                        name="invoice_adds_up",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OrderAdjustment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="adjustments",
                        to="orders.order",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="adjustments",
                        to="orders.orderitem",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("discount", "Discount"),
                            ("shipping", "Delivery"),
                            ("tax", "Tax"),
                        ],
                        max_length=10,
                        verbose_name="type",
                    ),
                ),
                ("label", models.CharField(max_length=200, verbose_name="label")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                ("source", models.CharField(blank=True, max_length=60, verbose_name="source")),
                ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                ("base_minor", models.BigIntegerField(default=0, verbose_name="calculated from")),
                (
                    "percent",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        max_digits=7,
                        null=True,
                        verbose_name="percent",
                    ),
                ),
                (
                    "is_included",
                    models.BooleanField(default=False, verbose_name="included in the price"),
                ),
            ],
            options={
                "verbose_name": "adjustment",
                "verbose_name_plural": "adjustments",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="FulfillmentItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "fulfillment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="orders.fulfillment",
                    ),
                ),
                (
                    "order_item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="fulfillment_items",
                        to="orders.orderitem",
                    ),
                ),
                ("quantity", models.PositiveIntegerField(verbose_name="quantity")),
            ],
            options={
                "verbose_name": "parcel item",
                "verbose_name_plural": "parcel items",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("fulfillment", "order_item"), name="fulfillment_has_item_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gte", 1)), name="fulfillment_item_quantity"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CreditItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "credit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="orders.credit",
                    ),
                ),
                (
                    "order_item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_items",
                        to="orders.orderitem",
                    ),
                ),
                ("quantity", models.PositiveIntegerField(default=0, verbose_name="quantity")),
                ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                ("tax_minor", models.BigIntegerField(default=0, verbose_name="tax in it")),
                ("withheld_minor", models.BigIntegerField(default=0, verbose_name="withheld")),
            ],
            options={
                "verbose_name": "credited item",
                "verbose_name_plural": "credited items",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("credit", "order_item"), name="credit_has_item_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("tax_minor__gte", 0),
                            ("tax_minor__lte", models.F("amount_minor")),
                            ("withheld_minor__gte", 0),
                        ),
                        name="credit_item_amounts_sound",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReturnItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="orders.return",
                    ),
                ),
                (
                    "order_item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="return_items",
                        to="orders.orderitem",
                    ),
                ),
                ("quantity", models.PositiveIntegerField(verbose_name="quantity")),
                (
                    "approved_quantity",
                    models.PositiveIntegerField(default=0, verbose_name="approved"),
                ),
                (
                    "received_quantity",
                    models.PositiveIntegerField(default=0, verbose_name="received"),
                ),
                (
                    "restocked_quantity",
                    models.PositiveIntegerField(default=0, verbose_name="restocked"),
                ),
                (
                    "written_off_quantity",
                    models.PositiveIntegerField(default=0, verbose_name="written off"),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("changed_mind", "Changed my mind"),
                            ("does_not_fit", "Does not fit"),
                            ("not_as_described", "Not as described"),
                            ("damaged", "Arrived damaged"),
                            ("faulty", "Does not work"),
                            ("wrong_item", "Wrong item sent"),
                            ("other", "Other"),
                        ],
                        max_length=20,
                        verbose_name="reason",
                    ),
                ),
                (
                    "replacement",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.variant",
                    ),
                ),
            ],
            options={
                "verbose_name": "return item",
                "verbose_name_plural": "return items",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("parent", "order_item"), name="return_has_item_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("quantity__gte", 1),
                            ("approved_quantity__lte", models.F("quantity")),
                            ("received_quantity__lte", models.F("approved_quantity")),
                        ),
                        name="return_item_quantities_sound",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "received_quantity",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("restocked_quantity"),
                                    "+",
                                    models.F("written_off_quantity"),
                                ),
                            )
                        ),
                        name="return_item_received_is_somewhere",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReturnReceipt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receipts",
                        to="orders.return",
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("units", models.PositiveIntegerField(verbose_name="units")),
                (
                    "credit",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receipt",
                        to="orders.credit",
                    ),
                ),
                ("deduction_minor", models.BigIntegerField(default=0, verbose_name="deduction")),
                (
                    "message",
                    models.CharField(
                        blank=True, max_length=500, verbose_name="message to the customer"
                    ),
                ),
                ("actor", models.CharField(max_length=200, verbose_name="by")),
                (
                    "at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="date"),
                ),
            ],
            options={
                "verbose_name": "return receipt",
                "verbose_name_plural": "return receipts",
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("parent", "number"), name="receipt_number_per_return"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("units__gte", 1), ("deduction_minor__gte", 0)),
                        name="receipt_sound",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Withdrawal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("number", models.CharField(max_length=20, verbose_name="order number")),
                ("email", models.EmailField(max_length=254, verbose_name="e-mail")),
                ("language", models.CharField(max_length=10, verbose_name="language")),
                (
                    "order",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="withdrawals",
                        to="orders.order",
                    ),
                ),
                (
                    "opened_return",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="withdrawal",
                        to="orders.return",
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("canceled", "Order canceled"),
                            ("return", "Return opened"),
                            ("unsent", "Remaining items canceled"),
                            ("too_late", "Period expired"),
                            ("nothing_left", "Nothing left to return"),
                            ("no_match", "Order not found"),
                        ],
                        max_length=12,
                        verbose_name="outcome",
                    ),
                ),
                (
                    "received_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="received"
                    ),
                ),
            ],
            options={
                "verbose_name": "withdrawal notice",
                "verbose_name_plural": "withdrawal notices",
                "ordering": ["-received_at", "-pk"],
                "indexes": [
                    models.Index(fields=["-received_at", "-id"], name="withdrawal_received")
                ],
            },
        ),
        migrations.CreateModel(
            name="CreditDelivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "credit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="orders.credit",
                    ),
                ),
                (
                    "percent",
                    models.DecimalField(decimal_places=4, max_digits=7, verbose_name="tax rate"),
                ),
                ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                ("tax_minor", models.BigIntegerField(default=0, verbose_name="tax in it")),
            ],
            options={
                "verbose_name": "credited delivery",
                "verbose_name_plural": "credited delivery",
                "ordering": ["-percent", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("credit", "percent"), name="credit_has_rate_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("tax_minor__gte", 0), ("tax_minor__lte", models.F("amount_minor"))
                        ),
                        name="credit_delivery_amounts_sound",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="InvoiceLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="orders.invoice",
                    ),
                ),
                ("position", models.PositiveIntegerField(verbose_name="position")),
                (
                    "order_item",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoice_lines",
                        to="orders.orderitem",
                    ),
                ),
                ("description", models.CharField(max_length=200, verbose_name="description")),
                ("detail", models.CharField(blank=True, max_length=200, verbose_name="variant")),
                ("sku", models.CharField(blank=True, max_length=64, verbose_name="SKU")),
                ("quantity", models.PositiveIntegerField(default=0, verbose_name="quantity")),
                (
                    "unit_price_minor",
                    models.BigIntegerField(blank=True, null=True, verbose_name="unit price"),
                ),
                (
                    "unit_net_minor",
                    models.BigIntegerField(
                        blank=True, null=True, verbose_name="unit price before tax"
                    ),
                ),
                ("discount_minor", models.BigIntegerField(default=0, verbose_name="discount")),
                ("discounts", models.JSONField(blank=True, default=list, verbose_name="discounts")),
                (
                    "tax_percent",
                    models.DecimalField(
                        decimal_places=4, default=0, max_digits=7, verbose_name="tax rate"
                    ),
                ),
                ("net_minor", models.BigIntegerField(verbose_name="net")),
                ("tax_minor", models.BigIntegerField(verbose_name="tax")),
                ("total_minor", models.BigIntegerField(verbose_name="total")),
            ],
            options={
                "verbose_name": "invoice line",
                "verbose_name_plural": "invoice lines",
                "ordering": ["position"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("invoice", "position"), name="invoice_line_position"
                    ),
                    models.UniqueConstraint(
                        fields=("invoice", "order_item"), name="invoice_has_item_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "total_minor",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("net_minor"), "+", models.F("tax_minor")
                                ),
                            ),
                            ("net_minor__gte", 0),
                            ("tax_minor__gte", 0),
                        ),
                        name="invoice_line_adds_up",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="InvoiceTax",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="taxes",
                        to="orders.invoice",
                    ),
                ),
                (
                    "percent",
                    models.DecimalField(decimal_places=4, max_digits=7, verbose_name="tax rate"),
                ),
                ("net_minor", models.BigIntegerField(verbose_name="net")),
                ("tax_minor", models.BigIntegerField(verbose_name="tax")),
                ("total_minor", models.BigIntegerField(verbose_name="total")),
            ],
            options={
                "verbose_name": "invoice tax",
                "verbose_name_plural": "invoice taxes",
                "ordering": ["-percent"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("invoice", "percent"), name="invoice_rate_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "total_minor",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("net_minor"), "+", models.F("tax_minor")
                                ),
                            )
                        ),
                        name="invoice_tax_adds_up",
                    ),
                ],
            },
        ),
    ]
