"""Give each coupon a promotion of its own that holds what the coupon held, and back again."""

from django.db import migrations

# What moves from a coupon to its promotion; limits and counters stay with the code.
MOVED = (
    "name",
    "line",
    "kind",
    "percent",
    "amounts_minor",
    "category_id",
    "shipping_method_code",
    "minimum_minor",
    "is_first_order_only",
    "starts_at",
    "ends_at",
)
# What a coupon could say before there were promotions.
OLD_KINDS = frozenset(
    {"percent_order", "percent_lines", "amount_order", "amount_lines", "free_shipping"}
)


def give_promotions(apps, schema_editor):
    """One code counted in an order before, so none of these may be combined until staff say otherwise."""
    Coupon = apps.get_model("pricing", "Coupon")
    Promotion = apps.get_model("pricing", "Promotion")
    for coupon in Coupon.objects.filter(promotion=None).order_by("pk"):
        facts = {name: getattr(coupon, name) for name in MOVED}
        if facts["kind"].startswith("percent") and facts["percent"] is None:
            # It gave nothing, and goes on giving nothing.
            facts["kind"] = facts["kind"].replace("percent", "amount")
        coupon.promotion = Promotion.objects.create(
            **facts, combination="alone", created_at=coupon.created_at
        )
        coupon.save(update_fields=["promotion"])


def take_back(apps, schema_editor):
    """What a coupon cannot say is kept switched off, so that no code gives more than it did."""
    Coupon = apps.get_model("pricing", "Coupon")
    for coupon in Coupon.objects.exclude(promotion=None).select_related("promotion").order_by("pk"):
        promotion = coupon.promotion
        for name in MOVED:
            setattr(coupon, name, getattr(promotion, name))
        is_old = (
            promotion.kind in OLD_KINDS
            and promotion.collection_id is None
            and promotion.customer_group_id is None
            and promotion.min_quantity is None
            and promotion.use_limit is None
            and promotion.per_customer_limit is None
        )
        if promotion.kind not in OLD_KINDS:
            coupon.kind = "amount_order"
            coupon.amounts_minor = {}
        coupon.is_active = coupon.is_active and promotion.is_active and is_old
        coupon.promotion = None
        coupon.save()
    apps.get_model("pricing", "PromotionUse").objects.all().delete()
    apps.get_model("pricing", "Promotion").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("pricing", "0004_promotions"),
    ]

    operations = [migrations.RunPython(give_promotions, take_back)]
