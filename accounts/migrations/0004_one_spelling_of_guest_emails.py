"""Write guests' e-mail addresses beyond ASCII in the spelling by which they are looked up."""

from django.db import migrations

from accounts.identity import email_key


def rewrite(apps, schema_editor):
    guests = apps.get_model("accounts", "Customer").objects.filter(user__isnull=True)
    for guest in guests.exclude(email__regex=r"^[ -~]*$").iterator():
        email = email_key(guest.email)
        # A guest of that spelling exists: the two stay apart.
        if not guests.filter(email__iexact=email).exists():
            guests.filter(pk=guest.pk).update(email=email)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_customer_groups")]

    operations = [migrations.RunPython(rewrite, migrations.RunPython.noop, elidable=True)]
