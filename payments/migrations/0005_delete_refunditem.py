from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("payments", "0004_earlier_refunds_are_credits")]

    operations = [migrations.DeleteModel(name="RefundItem")]
