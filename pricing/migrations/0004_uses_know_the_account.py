from django.db import migrations, models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Lower


def name_accounts(apps, schema_editor):
    """Name the account whose own e-mail a use was counted under."""
    customers = (
        apps.get_model("accounts", "Customer")
        .objects.filter(user__isnull=False)
        .alias(key=Lower("user__email"))
        .filter(key=OuterRef("customer_key"))
        .order_by("pk")
    )
    for model in ("PromotionUse", "CouponUse"):
        apps.get_model("pricing", model).objects.filter(account__isnull=True).update(
            account=Subquery(customers.values("pk")[:1])
        )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("pricing", "0003_tax_rates_remember_orders"),
    ]

    operations = [
        migrations.AddField(
            model_name="couponuse",
            name="account",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=models.deletion.SET_NULL,
                related_name="+",
                to="accounts.customer",
                verbose_name="account",
            ),
        ),
        migrations.AddField(
            model_name="promotionuse",
            name="account",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=models.deletion.SET_NULL,
                related_name="+",
                to="accounts.customer",
                verbose_name="account",
            ),
        ),
        migrations.RunPython(name_accounts, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            model_name="couponuse",
            constraint=models.UniqueConstraint(
                condition=Q(("account__isnull", False)),
                fields=("coupon", "account", "number"),
                name="coupon_use_per_account",
            ),
        ),
        migrations.AddConstraint(
            model_name="promotionuse",
            constraint=models.UniqueConstraint(
                condition=Q(("account__isnull", False)),
                fields=("promotion", "account", "number"),
                name="promotion_use_per_account",
            ),
        ),
    ]
