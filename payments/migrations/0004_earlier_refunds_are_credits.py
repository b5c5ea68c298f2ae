"""What was refunded before credits were written down becomes one credit for each refund."""

from django.db import migrations
from django.db.models import F, Sum

from orders.crediting import Part, split_amount, split_units


def write_credits(apps, schema_editor):
    Refund = apps.get_model("payments", "Refund")
    orders = (
        apps.get_model("orders", "Order")
        .objects.filter(payments__refunds__isnull=False)
        .exclude(status="canceled")
        .distinct()
    )
    for order in orders.iterator(chunk_size=500):
        refunds = Refund.objects.filter(payment__order_id=order.pk, credit__isnull=True)
        for refund in refunds.exclude(state="failed").order_by("created_at", "pk"):
            _write_credit(apps, order, refund)


def _write_credit(apps, order, refund):
    Credit, CreditItem = apps.get_model("orders", "Credit"), apps.get_model("orders", "CreditItem")
    parts = _open_parts(CreditItem, Credit, order)
    amount = min(refund.amount_minor, sum(part.amount_minor for part in parts))
    if amount <= 0:
        return
    rows = refund.items.values("order_item").annotate(units=Sum("quantity"))
    open_units = {part.key: part.units for part in parts}
    units = {row["order_item"]: min(row["units"], open_units[row["order_item"]]) for row in rows}
    units = {pk: count for pk, count in units.items() if count}
    shares = (
        split_units(parts, units, amount, with_shipping=False)
        if units
        else split_amount(parts, amount)
    )
    shipping = next((share for share in shares if share.key is None), None)
    credit = Credit.objects.create(
        order=order,
        number=Credit.objects.filter(order=order).count() + 1,
        kind="refund",
        amount_minor=amount,
        shipping_minor=shipping.amount_minor if shipping else 0,
        tax_minor=sum(share.tax_minor for share in shares),
        shipping_tax_minor=shipping.tax_minor if shipping else 0,
        reason=refund.reason,
        actor=refund.actor,
        at=refund.created_at,
    )
    CreditItem.objects.bulk_create(
        CreditItem(
            credit=credit,
            order_item_id=share.key,
            quantity=share.units,
            amount_minor=share.amount_minor,
            tax_minor=share.tax_minor,
        )
        for share in shares
        if share.key is not None
    )
    type(order).objects.filter(pk=order.pk).update(credited_minor=F("credited_minor") + amount)
    type(refund).objects.filter(pk=refund.pk).update(credit=credit)


def _open_parts(CreditItem, Credit, order):
    taken = {
        row["order_item"]: row
        for row in CreditItem.objects.filter(credit__order=order)
        .values("order_item")
        .annotate(amount=Sum("amount_minor"), tax=Sum("tax_minor"), units=Sum("quantity"))
    }
    parts, shipping, shipping_tax = [], order.total_minor, order.tax_minor
    for item in order.items.order_by("position", "pk"):
        paid = item.total_minor + (item.tax_minor if item.tax_mode == "added" else 0)
        shipping, shipping_tax = shipping - paid, shipping_tax - item.tax_minor
        row = taken.get(item.pk, {"amount": 0, "tax": 0, "units": 0})
        parts.append(
            Part(
                item.pk,
                paid - row["amount"],
                item.tax_minor - row["tax"],
                item.quantity - row["units"],
            )
        )
    sums = Credit.objects.filter(order=order).aggregate(
        amount=Sum("shipping_minor"), tax=Sum("shipping_tax_minor")
    )
    parts.append(Part(None, shipping - (sums["amount"] or 0), shipping_tax - (sums["tax"] or 0)))
    return parts


class Migration(migrations.Migration):
    dependencies = [("payments", "0003_refund_credit")]

    operations = [migrations.RunPython(write_credits, migrations.RunPython.noop)]
