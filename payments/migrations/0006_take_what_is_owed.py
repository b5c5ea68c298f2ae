from django.db import migrations, models
from django.db.models import Exists, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce


def tell_orders(apps, schema_editor):
    """Write down for the orders there are what is authorized and not taken, and whose payment is under way."""
    order_model = apps.get_model("orders", "Order")
    payments = apps.get_model("payments", "Payment").objects.filter(order=OuterRef("pk")).order_by()
    held = payments.filter(state="authorized").values("order")
    summed = held.annotate(figure=Sum("amount_minor")).values("figure")
    order_model.objects.exclude(amount_authorized_minor=0).update(
        amount_authorized_minor=Coalesce(Subquery(summed), 0)
    )
    order_model.objects.filter(Exists(payments.filter(state="processing"))).update(
        has_payment_under_way=True
    )


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0006_editing"),
        ("payments", "0005_delete_refunditem"),
    ]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="capture_minor",
            field=models.BigIntegerField(blank=True, null=True, verbose_name="to take"),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=Q(capture_minor__isnull=True)
                | (Q(capture_minor__gt=0) & Q(capture_minor__lte=F("amount_minor"))),
                name="payment_takes_what_it_holds",
            ),
        ),
        migrations.RunPython(tell_orders, migrations.RunPython.noop),
    ]
