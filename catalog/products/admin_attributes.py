"""The facts of a product's type, one field each, on the product form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from catalog.models import Attribute, Product, ProductAttribute

PREFIX = "fact_"


def fact_fields(product: Product) -> dict[str, forms.Field]:
    """Field name -> field with its present value: 3 queries, none for a product without a type."""
    if product.product_type_id is None:
        return {}
    attributes = Attribute.objects.filter(product_type_id=product.product_type_id)
    values = ProductAttribute.objects.filter(product=product).select_related("attribute", "choice")
    held = {value.attribute_id: value for value in values}
    return {
        PREFIX + attribute.code: _field(attribute, held.get(attribute.pk))
        for attribute in attributes.prefetch_related("choices")
    }


def _field(attribute: Attribute, held: ProductAttribute | None) -> forms.Field:
    label = f"{attribute.label} ({attribute.unit})" if attribute.unit else attribute.label
    value = held.value if held else None
    choices: list[tuple[str, str]] = []
    if attribute.kind == Attribute.Kind.CHOICE:
        choices = [(choice.value, choice.value) for choice in attribute.choices.all()]
    elif attribute.kind == Attribute.Kind.BOOLEAN:
        choices = [("true", _("Yes")), ("false", _("No"))]
        value = None if value is None else str(value).lower()
    if choices:
        return forms.ChoiceField(
            label=label,
            required=False,
            choices=[("", "–"), *choices],
            initial=value or "",
            widget=UnfoldAdminSelectWidget(),
        )
    return forms.CharField(
        label=label,
        required=False,
        max_length=500,
        initial="" if value is None else f"{value}",
        widget=UnfoldAdminTextInputWidget(),
    )


def changed_facts(product: Product, form: Any) -> dict[str, Any]:
    """Code -> new value of the facts that were changed; None takes one away."""
    kinds = dict(
        Attribute.objects.filter(product_type_id=product.product_type_id).values_list(
            "code", "kind"
        )
    )
    facts: dict[str, Any] = {}
    for name in form.changed_data:
        code = name.removeprefix(PREFIX)
        if not name.startswith(PREFIX) or code not in kinds:
            continue
        value = form.cleaned_data[name]
        if value == "":
            facts[code] = None
        else:
            facts[code] = value == "true" if kinds[code] == Attribute.Kind.BOOLEAN else value
    return facts
