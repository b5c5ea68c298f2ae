"""Promotions that may have lowered an order already are noted as such."""

from django.db import migrations
from django.db.models import Q


def note(apps, schema_editor):
    """What applied by itself may have lowered any order: nobody counted it."""
    Promotion = apps.get_model("pricing", "Promotion")
    used = Q(is_automatic=True) | Q(used_count__gt=0) | Q(coupons__used_count__gt=0)
    pks = Promotion.objects.filter(used).values_list("pk", flat=True)
    Promotion.objects.filter(pk__in=list(pks)).update(was_used=True)


class Migration(migrations.Migration):
    dependencies = [
        ("pricing", "0009_promotions_that_were_used"),
    ]

    operations = [migrations.RunPython(note, migrations.RunPython.noop)]
