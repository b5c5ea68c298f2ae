"""The demo's taxes, ways to deliver and to pay, and promotions with their codes."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction

from catalog.models import Category, TaxClass
from pricing.models import (
    Coupon,
    CouponUse,
    PaymentMethod,
    Promotion,
    ShippingMethod,
    ShippingRate,
    ShippingZone,
    TaxRate,
)
from pricing.states import Combination, Settlement
from shop.core.seller import seller

PAYMENT_METHODS: list[dict[str, Any]] = [
    {
        "code": "card",
        "name": "Card",
        "line": "Test cards only; no money moves.",
        "provider": "test",
        "settlement": Settlement.ONLINE,
    },
    {
        "code": "transfer",
        "name": "Bank transfer",
        "line": "We ship when the money is here, within seven days.",
        "provider": "manual",
        "settlement": Settlement.TRANSFER,
    },
    {
        "code": "on-delivery",
        "name": "Cash on delivery",
        "line": "Pay the courier.",
        "provider": "manual",
        "settlement": Settlement.ON_DELIVERY,
        "countries": ["DE", "AT"],
    },
]


@transaction.atomic
def load_pricing(data: Path, *, at: datetime) -> None:
    """Load what is missing from `pricing.json`; rows that are there stay as they are."""
    facts = json.loads((data / "pricing.json").read_text(encoding="utf-8"))
    classes = {row["code"]: _tax_class(row) for row in facts["tax_classes"]}
    for row in facts["tax_rates"]:
        _tax_rates(row, classes)
    for position, row in enumerate(facts["shipping_zones"]):
        _zone(row, position)
    for position, row in enumerate(facts["promotions"]):
        _promotion(row, position, at)
    for position, row in enumerate(PAYMENT_METHODS):
        defaults = {**row, "position": position}
        if row["settlement"] == Settlement.TRANSFER:
            account = ", ".join(filter(None, (seller()["name"], seller()["bank"])))
            defaults["instructions"] = f"{account}. Give the order number as the reference."
        PaymentMethod.objects.get_or_create(code=row["code"], defaults=defaults)


def _tax_class(row: dict[str, Any]) -> TaxClass:
    return TaxClass.objects.get_or_create(code=row["code"], defaults={"name": row["name"]})[0]


def _tax_rates(row: dict[str, Any], classes: dict[str, TaxClass]) -> None:
    for code, percent in row["rates"].items():
        TaxRate.objects.get_or_create(
            country=row["country"],
            region="",
            tax_class=classes[code],
            valid_from=date.fromisoformat(row["valid_from"]),
            defaults={
                "percent": Decimal(percent),
                "mode": row["mode"],
                "note": (row.get("note") or f"Sample, {row['certainty']}.")[:250],
            },
        )


def _zone(row: dict[str, Any], position: int) -> None:
    zone, _is_new = ShippingZone.objects.get_or_create(
        code=row["code"],
        defaults={
            "name": row["name"],
            "countries": row["countries"],
            "is_export": row["taxes"] == "export",
            "position": position,
        },
    )
    for place, method in enumerate(row["methods"]):
        fields = ("name", "line", "carrier", "days_min", "days_max", "max_weight_g")
        saved, _is_new = ShippingMethod.objects.get_or_create(
            zone=zone,
            code=method["code"],
            defaults={
                **{field: method[field] for field in fields},
                "is_tracked": method["tracked"],
                "position": place,
            },
        )
        for currency, price in method["prices_minor"].items():
            ShippingRate.objects.get_or_create(
                method=saved,
                currency=currency,
                min_weight_g=method.get("min_weight_g", 0),
                defaults={
                    "price_minor": price,
                    "free_from_minor": (method["free_from_minor"] or {}).get(currency),
                },
            )


def _promotion(row: dict[str, Any], position: int, at: datetime) -> None:
    """A promotion, and its code if it has one; known again by its name."""
    conditions = row["conditions"]
    slug, ends = conditions.get("category"), row["ends_days"]
    promotion, is_new = Promotion.objects.get_or_create(
        name=row["name"],
        defaults={
            "line": row["line"],
            "kind": row["kind"],
            "percent": row.get("percent"),
            "amounts_minor": row.get("amounts_minor", {}),
            "take_quantity": row.get("take"),
            "pay_quantity": row.get("pay"),
            "category": Category.objects.get(slug=slug) if slug else None,
            "shipping_method_code": conditions.get("shipping_method", ""),
            "minimum_minor": conditions.get("min_subtotal_minor"),
            "min_quantity": conditions.get("min_quantity"),
            "is_first_order_only": conditions.get("first_order", False),
            "is_automatic": row["code"] is None,
            "combination": Combination.STACKS if row["combinable"] else Combination.LANE,
            "position": position,
            "starts_at": at + timedelta(days=row["starts_days"]),
            "ends_at": None if ends is None else at + timedelta(days=ends),
        },
    )
    if is_new and row["code"]:
        _code(promotion, row, at)


def _code(promotion: Promotion, row: dict[str, Any], at: datetime) -> None:
    coupon = Coupon.objects.create(
        promotion=promotion,
        code=row["code"],
        use_limit=row["use_limit"],
        per_customer_limit=row["per_customer"],
        used_count=row.get("used", 0),
        created_at=at,
    )
    # Uses from before the shop's first order, so that the counter is explained by its rows.
    CouponUse.objects.bulk_create(
        CouponUse(
            coupon=coupon,
            customer_key=f"before-{number:02}@example.com",
            number=1,
            order_number=f"BEFORE-{number:02}",
            used_at=at - timedelta(days=1),
        )
        for number in range(1, row.get("used", 0) + 1)
    )
