from django.db import migrations, models

# What called other companies when the lanes came; new rows carry their lane from the start.
LANES = {
    "notifications.handlers.send": "mail",
    "payments.handlers.close_old_amounts": "providers",
    "payments.handlers.void": "providers",
    "payments.handlers.close_others": "providers",
    "payments.handlers.take_authorized": "providers",
    "payments.handlers.send_refund": "providers",
}


def put_in_lanes(apps, schema_editor):
    deliveries = apps.get_model("core", "OutboxDelivery").objects.exclude(status="done")
    for handler, lane in LANES.items():
        deliveries.filter(handler=handler).update(lane=lane)


class Migration(migrations.Migration):
    dependencies = [("core", "0002_append_only")]

    operations = [
        migrations.AddField(
            model_name="outboxdelivery",
            name="lane",
            field=models.CharField(
                choices=[
                    ("money", "Money and stock"),
                    ("providers", "Calls to payment providers"),
                    ("mail", "Sending e-mail"),
                    ("rest", "The rest"),
                ],
                db_default="rest",
                default="rest",
                max_length=10,
                verbose_name="lane",
            ),
        ),
        migrations.RunPython(put_in_lanes, migrations.RunPython.noop),
        migrations.RemoveIndex(model_name="outboxdelivery", name="outbox_due"),
        migrations.AddIndex(
            model_name="outboxdelivery",
            index=models.Index(
                condition=models.Q(("status", "pending")),
                fields=["lane", "due_at", "id"],
                name="outbox_due_in_lane",
            ),
        ),
    ]
