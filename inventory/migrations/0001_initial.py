import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="StockItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sku", models.CharField(max_length=64, unique=True, verbose_name="SKU")),
                ("on_hand", models.IntegerField(default=0, verbose_name="on hand")),
                ("reserved", models.IntegerField(default=0, verbose_name="reserved")),
                (
                    "backorder_limit",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="Number of units that can be sold while out of stock.",
                        verbose_name="backorder limit",
                    ),
                ),
                (
                    "backorder_until",
                    models.DateField(blank=True, null=True, verbose_name="expected on"),
                ),
                (
                    "low_stock_threshold",
                    models.PositiveIntegerField(default=0, verbose_name="low stock threshold"),
                ),
                (
                    "is_tracked",
                    models.BooleanField(default=True, editable=False, verbose_name="tracked"),
                ),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="updated"),
                ),
            ],
            options={
                "verbose_name": "stock item",
                "verbose_name_plural": "stock items",
                "ordering": ["sku"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("on_hand__gte", 0)), name="stock_on_hand_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reserved__gte", 0)), name="stock_reserved_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_tracked", False),
                            (
                                "reserved__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("on_hand"), "+", models.F("backorder_limit")
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="stock_never_oversold",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Reservation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "stock_item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reservations",
                        to="inventory.stockitem",
                    ),
                ),
                ("holder", models.CharField(max_length=80, verbose_name="holder")),
                ("quantity", models.PositiveIntegerField(verbose_name="quantity")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("held", "Held"),
                            ("allocated", "Allocated"),
                            ("consumed", "Consumed"),
                            ("released", "Released"),
                        ],
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "expires_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="expires at"),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="created"),
                ),
            ],
            options={
                "verbose_name": "reservation",
                "verbose_name_plural": "reservations",
                "ordering": ["-created_at", "-pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "held")),
                        fields=["expires_at"],
                        name="reservation_expiry",
                    ),
                    models.Index(fields=["holder"], name="reservation_holder"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["held", "allocated"])),
                        fields=("holder", "stock_item"),
                        name="reservation_one_live_per_holder",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("quantity__gt", 0),
                            ("state__in", ["released", "consumed"]),
                            _connector="OR",
                        ),
                        name="reservation_holds_something",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("expires_at__isnull", False), ("state", "held")),
                            models.Q(("state", "held"), _negated=True),
                            _connector="OR",
                        ),
                        name="reservation_hold_expires",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Movement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "stock_item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="movements",
                        to="inventory.stockitem",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("received", "Received"),
                            ("shipped", "Shipped"),
                            ("returned", "Returned"),
                            ("adjusted", "Adjusted"),
                            ("written_off", "Written off"),
                        ],
                        max_length=12,
                        verbose_name="type",
                    ),
                ),
                (
                    "quantity",
                    models.IntegerField(
                        help_text="Units in (+) or out (−).", verbose_name="quantity"
                    ),
                ),
                ("cause", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                (
                    "reference",
                    models.CharField(
                        blank=True, db_index=True, max_length=64, verbose_name="reference"
                    ),
                ),
                ("actor", models.CharField(max_length=200, verbose_name="by")),
                (
                    "at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="date"),
                ),
            ],
            options={
                "verbose_name": "stock movement",
                "verbose_name_plural": "stock movements",
                "ordering": ["-at", "-pk"],
                "indexes": [models.Index(fields=["stock_item", "-at"], name="movement_item_time")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("quantity", 0), _negated=True),
                        name="movement_moves_something",
                    )
                ],
            },
        ),
    ]
