"""Fill the counts of order items from what the books say: credits, and movements back into the house."""

from django.db import migrations
from django.db.models import IntegerField, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

BATCH = 2000


def fill(apps, schema_editor):
    items = apps.get_model("orders", "OrderItem").objects
    parts = apps.get_model("orders", "CreditItem").objects
    moves = apps.get_model("inventory", "Movement").objects
    credited = (
        parts.filter(order_item=OuterRef("pk"), quantity__gt=0)
        .order_by()
        .values("order_item")
        .annotate(units=Sum("quantity"))
        .values("units")
    )
    returned = (
        moves.filter(
            kind="returned",
            reference=OuterRef("order__number"),
            stock_item__sku=OuterRef("product_sku"),
        )
        .order_by()
        .values("reference")
        .annotate(units=Sum("quantity"))
        .values("units")
    )
    rows = items.annotate(
        credits=Coalesce(Subquery(credited, output_field=IntegerField()), 0),
        returns=Coalesce(Subquery(returned, output_field=IntegerField()), 0),
    ).exclude(credits=0, returns=0)
    batch = []
    for pk, paid, back in rows.values_list("pk", "credits", "returns").iterator():
        batch.append(items.model(pk=pk, credited_quantity=paid, returned_quantity=back))
        if len(batch) == BATCH:
            items.bulk_update(batch, ["credited_quantity", "returned_quantity"])
            batch = []
    if batch:
        items.bulk_update(batch, ["credited_quantity", "returned_quantity"])


class Migration(migrations.Migration):
    dependencies = [("orders", "0004_returns"), ("inventory", "0001_initial")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
