"""Write orders' e-mail addresses beyond ASCII in the spelling by which they are looked up."""

from django.db import migrations

from accounts.identity import email_key


def rewrite(apps, schema_editor):
    orders = apps.get_model("orders", "Order").objects
    rows = orders.exclude(email__regex=r"^[ -~]*$").values_list("pk", "email")
    for pk, email in rows.iterator():
        orders.filter(pk=pk).update(email=email_key(email))


class Migration(migrations.Migration):
    dependencies = [("orders", "0014_gift_cards_sold")]

    operations = [migrations.RunPython(rewrite, migrations.RunPython.noop, elidable=True)]
