"""Typed values of a product's attributes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.models import Attribute, AttributeChoice, Product, ProductAttribute
from catalog.stored_facts import changed
from shop.core import audit
from shop.core.actors import Actor
from shop.core.errors import Invalid

Kind = Attribute.Kind
MOST = Decimal(10) ** 13


@transaction.atomic
def set_attributes(
    product: Product, values: Mapping[str, Any], *, actor: Actor, at: datetime
) -> Product:
    """Set attribute values by code; None takes one away, codes that are not named stay.

    Numbers may come as text. Raises `Invalid` naming each code that the type does not have or whose
    value does not fit. Publishes `ProductChanged`.
    """
    product = Product.objects.locked().get(pk=product.pk)
    known = {
        attribute.code: attribute
        for attribute in Attribute.objects.filter(product_type_id=product.product_type_id)
    }
    errors: dict[str, list[str]] = {}
    for code, value in values.items():
        if code not in known:
            errors[code] = [_("This attribute is not defined for the product's type.")]
        elif value is None:
            ProductAttribute.objects.filter(product=product, attribute=known[code]).delete()
        else:
            try:
                _set(product, known[code], value)
            except ValueError:
                errors[code] = [_("The value is not valid for this attribute.")]
    if errors:
        raise Invalid(errors=errors)
    audit.record(
        "attributes set", product, actor=actor, changes={"attributes": [None, dict(values)]}
    )
    return changed(product, at=at)


def facet_of(attribute: Attribute, value: object) -> str:
    """A value as facets write it: `true`, `12.5`, `Oak`; empty where the attribute is no filter."""
    if not attribute.is_filterable:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value)[:120]


def _set(product: Product, attribute: Attribute, value: Any) -> None:
    columns: dict[str, Any] = {"choice": None, "text": "", "number": None, "boolean": None}
    if "\x00" in str(value):
        raise ValueError("PostgreSQL stores no NUL")
    match attribute.kind:
        case Kind.CHOICE:
            columns["choice"] = AttributeChoice.objects.filter(
                attribute=attribute, value=str(value)
            ).first()
            if columns["choice"] is None:
                raise ValueError("no such choice")
        case Kind.INTEGER | Kind.DECIMAL:
            value = columns["number"] = _number(value, is_whole=attribute.kind == Kind.INTEGER)
        case Kind.BOOLEAN:
            if not isinstance(value, bool):
                raise ValueError("not a boolean")
            columns["boolean"] = value
        case _:
            value = columns["text"] = str(value).strip()[:500]
    ProductAttribute.objects.update_or_create(
        product=product,
        attribute=attribute,
        defaults={**columns, "facet": facet_of(attribute, value)},
    )


def _number(value: Any, *, is_whole: bool) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise ValueError("not a number")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValueError("not a number") from None
    if (
        not number.is_finite()
        or abs(number) >= MOST
        or number != round(number, 0 if is_whole else 4)
    ):
        raise ValueError("not a number that fits")
    return number
