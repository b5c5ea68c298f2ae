"""Names, help texts and choices in plain English. Changes no table."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0004_tracking_is_corrected"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="fulfillmentitem",
            options={
                "ordering": ["pk"],
                "verbose_name": "parcel item",
                "verbose_name_plural": "parcel items",
            },
        ),
        migrations.AlterModelOptions(
            name="invoiceline",
            options={
                "ordering": ["position"],
                "verbose_name": "invoice line",
                "verbose_name_plural": "invoice lines",
            },
        ),
        migrations.AlterModelOptions(
            name="invoiceseries",
            options={
                "ordering": ["-year", "kind"],
                "verbose_name": "number series",
                "verbose_name_plural": "number series",
            },
        ),
        migrations.AlterModelOptions(
            name="invoicetax",
            options={
                "ordering": ["-percent"],
                "verbose_name": "invoice tax",
                "verbose_name_plural": "invoice taxes",
            },
        ),
        migrations.AlterModelOptions(
            name="orderevent",
            options={
                "ordering": ["sequence"],
                "verbose_name": "timeline entry",
                "verbose_name_plural": "timeline entries",
            },
        ),
        migrations.AlterModelOptions(
            name="orderitem",
            options={
                "ordering": ["position", "pk"],
                "verbose_name": "order item",
                "verbose_name_plural": "order items",
            },
        ),
        migrations.AlterModelOptions(
            name="returnitem",
            options={
                "ordering": ["pk"],
                "verbose_name": "return item",
                "verbose_name_plural": "return items",
            },
        ),
        migrations.AlterModelOptions(
            name="returnreceipt",
            options={
                "ordering": ["number"],
                "verbose_name": "return receipt",
                "verbose_name_plural": "return receipts",
            },
        ),
        migrations.AlterModelOptions(
            name="withdrawal",
            options={
                "ordering": ["-received_at", "-pk"],
                "verbose_name": "withdrawal notice",
                "verbose_name_plural": "withdrawal notices",
            },
        ),
        migrations.AlterField(
            model_name="credit",
            name="actor",
            field=models.CharField(max_length=200, verbose_name="by"),
        ),
        migrations.AlterField(
            model_name="credit",
            name="at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="date"),
        ),
        migrations.AlterField(
            model_name="credit",
            name="kind",
            field=models.CharField(
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
        migrations.AlterField(
            model_name="invoice",
            name="kind",
            field=models.CharField(
                choices=[("invoice", "Invoice"), ("credit_note", "Credit note")],
                max_length=12,
                verbose_name="type",
            ),
        ),
        migrations.AlterField(
            model_name="invoice",
            name="ordinal",
            field=models.PositiveIntegerField(verbose_name="number in order"),
        ),
        migrations.AlterField(
            model_name="invoice",
            name="sequence",
            field=models.PositiveIntegerField(verbose_name="number in series"),
        ),
        migrations.AlterField(
            model_name="invoiceline",
            name="detail",
            field=models.CharField(blank=True, max_length=200, verbose_name="variant"),
        ),
        migrations.AlterField(
            model_name="invoiceline",
            name="unit_net_minor",
            field=models.BigIntegerField(
                blank=True, null=True, verbose_name="unit price before tax"
            ),
        ),
        migrations.AlterField(
            model_name="invoiceseries",
            name="kind",
            field=models.CharField(
                choices=[("invoice", "Invoice"), ("credit_note", "Credit note")],
                max_length=12,
                verbose_name="type",
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="arrives_from",
            field=models.DateField(blank=True, null=True, verbose_name="earliest delivery"),
        ),
        migrations.AlterField(
            model_name="order",
            name="arrives_to",
            field=models.DateField(blank=True, null=True, verbose_name="latest delivery"),
        ),
        migrations.AlterField(
            model_name="order",
            name="credit_noted_minor",
            field=models.BigIntegerField(default=0, verbose_name="credited by credit notes"),
        ),
        migrations.AlterField(
            model_name="order",
            name="delivery_tax",
            field=models.CharField(
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
        migrations.AlterField(
            model_name="order",
            name="fulfillment_status",
            field=models.CharField(
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
        migrations.AlterField(
            model_name="order",
            name="has_failed_payment",
            field=models.BooleanField(default=False, verbose_name="payment failed"),
        ),
        migrations.AlterField(
            model_name="order",
            name="has_payment_under_way",
            field=models.BooleanField(default=False, verbose_name="payment in progress"),
        ),
        migrations.AlterField(
            model_name="order",
            name="hold_expires_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="stock held until"),
        ),
        migrations.AlterField(
            model_name="order",
            name="note",
            field=models.TextField(blank=True, verbose_name="customer note"),
        ),
        migrations.AlterField(
            model_name="order",
            name="packing_note",
            field=models.TextField(blank=True, verbose_name="packing note"),
        ),
        migrations.AlterField(
            model_name="order",
            name="payment_status",
            field=models.CharField(
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
        migrations.AlterField(
            model_name="order",
            name="shipping_method_code",
            field=models.CharField(max_length=40, verbose_name="delivery method"),
        ),
        migrations.AlterField(
            model_name="order",
            name="shipping_method_name",
            field=models.CharField(max_length=120, verbose_name="delivery method"),
        ),
        migrations.AlterField(
            model_name="order",
            name="shipping_minor",
            field=models.BigIntegerField(default=0, verbose_name="delivery"),
        ),
        migrations.AlterField(
            model_name="order",
            name="status",
            field=models.CharField(
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
        migrations.AlterField(
            model_name="order",
            name="trace",
            field=models.JSONField(blank=True, default=list, verbose_name="calculation"),
        ),
        migrations.AlterField(
            model_name="orderadjustment",
            name="base_minor",
            field=models.BigIntegerField(default=0, verbose_name="calculated from"),
        ),
        migrations.AlterField(
            model_name="orderadjustment",
            name="is_included",
            field=models.BooleanField(default=False, verbose_name="included in the price"),
        ),
        migrations.AlterField(
            model_name="orderadjustment",
            name="kind",
            field=models.CharField(
                choices=[("discount", "Discount"), ("shipping", "Delivery"), ("tax", "Tax")],
                max_length=10,
                verbose_name="type",
            ),
        ),
        migrations.AlterField(
            model_name="orderadjustment",
            name="percent",
            field=models.DecimalField(
                blank=True, decimal_places=4, max_digits=7, null=True, verbose_name="percent"
            ),
        ),
        migrations.AlterField(
            model_name="orderevent",
            name="actor_kind",
            field=models.CharField(max_length=10, verbose_name="actor type"),
        ),
        migrations.AlterField(
            model_name="orderevent",
            name="actor_label",
            field=models.CharField(max_length=200, verbose_name="by"),
        ),
        migrations.AlterField(
            model_name="orderevent",
            name="at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="date"),
        ),
        migrations.AlterField(
            model_name="orderevent",
            name="is_public",
            field=models.BooleanField(default=True, verbose_name="shown to the customer"),
        ),
        migrations.AlterField(
            model_name="orderevent",
            name="kind",
            field=models.CharField(
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
        migrations.AlterField(
            model_name="orderitem",
            name="canceled_quantity",
            field=models.PositiveIntegerField(default=0, verbose_name="canceled units"),
        ),
        migrations.AlterField(
            model_name="orderitem",
            name="greeting",
            field=models.JSONField(blank=True, default=dict, verbose_name="gift card message"),
        ),
        migrations.AlterField(
            model_name="orderitem",
            name="is_returnable",
            field=models.BooleanField(default=True, verbose_name="returnable"),
        ),
        migrations.AlterField(
            model_name="orderitem",
            name="returned_quantity",
            field=models.PositiveIntegerField(default=0, verbose_name="returned"),
        ),
        migrations.AlterField(
            model_name="orderitem",
            name="returning_quantity",
            field=models.PositiveIntegerField(default=0, verbose_name="being returned"),
        ),
        migrations.AlterField(
            model_name="orderitem",
            name="variant_label",
            field=models.CharField(blank=True, max_length=200, verbose_name="variant"),
        ),
        migrations.AlterField(
            model_name="return",
            name="answer",
            field=models.TextField(blank=True, verbose_name="message to the customer"),
        ),
        migrations.AlterField(
            model_name="return",
            name="answered_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="reviewed"),
        ),
        migrations.AlterField(
            model_name="return",
            name="kind",
            field=models.CharField(
                choices=[
                    ("return", "Return"),
                    ("withdrawal", "Withdrawal"),
                    ("exchange", "Exchange"),
                ],
                max_length=12,
                verbose_name="type",
            ),
        ),
        migrations.AlterField(
            model_name="return",
            name="note",
            field=models.TextField(blank=True, verbose_name="customer note"),
        ),
        migrations.AlterField(
            model_name="return",
            name="requested_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="requested"),
        ),
        migrations.AlterField(
            model_name="return",
            name="requested_by",
            field=models.CharField(max_length=200, verbose_name="requested by"),
        ),
        migrations.AlterField(
            model_name="return",
            name="status",
            field=models.CharField(
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
        migrations.AlterField(
            model_name="returnitem",
            name="reason",
            field=models.CharField(
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
        migrations.AlterField(
            model_name="returnreceipt",
            name="actor",
            field=models.CharField(max_length=200, verbose_name="by"),
        ),
        migrations.AlterField(
            model_name="returnreceipt",
            name="at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="date"),
        ),
        migrations.AlterField(
            model_name="returnreceipt",
            name="message",
            field=models.CharField(
                blank=True, max_length=500, verbose_name="message to the customer"
            ),
        ),
        migrations.AlterField(
            model_name="withdrawal",
            name="outcome",
            field=models.CharField(
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
    ]
