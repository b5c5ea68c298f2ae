"""How the rows of the product form reach the services."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from catalog.models import OptionValue, Product
from catalog.pictures import add_image, remove_image, update_image
from catalog.prices import set_price
from catalog.products.variants import add_variant, remove_variant, update_variant
from inventory.services import adjust_stock
from shop.core.actors import Actor

VARIANT_FIELDS = ("barcode", "weight_g", "is_active", "position")
IMAGE_FIELDS = ("alt", "hue", "is_cutout", "position")


def save_variants(
    product: Product, formset: Any, *, reason: str, actor: Actor, at: datetime
) -> None:
    """New, changed and removed variants; only what differs from what was shown is written."""
    for form in formset.initial_forms:
        if formset.can_delete and formset._should_delete_form(form):
            remove_variant(form.instance, actor=actor, at=at)
        elif form.has_changed():
            _change_variant(form, reason=reason, actor=actor, at=at)
    last = max((form.instance.position for form in formset.initial_forms), default=-1)
    for place, form in enumerate(_new(formset), start=last + 1):
        data = form.cleaned_data
        fields = {name: data[name] for name in VARIANT_FIELDS}
        if "position" not in form.changed_data:
            fields["position"] = place
        add_variant(
            product,
            sku=data["sku"],
            price_minor=data["price"],
            compare_at_minor=data["was"],
            stock_quantity=data["stock"],
            options=data["choices"],
            **fields,
            actor=actor,
            at=at,
        )


def _change_variant(form: Any, *, reason: str, actor: Actor, at: datetime) -> None:
    variant, data, names = form.instance, form.cleaned_data, set(form.changed_data)
    fields = {name: data[name] for name in VARIANT_FIELDS if name in names}
    if fields or "choices" in names:
        update_variant(
            variant,
            options=data["choices"] if "choices" in names else None,
            **fields,
            actor=actor,
            at=at,
        )
    if names & {"price", "was"}:
        set_price(
            variant,
            price_minor=data["price"],
            compare_at_minor=data["was"],
            reason=reason if "stock" not in names else "",
            actor=actor,
            at=at,
        )
    if "stock" in names:
        # The difference to what was shown, so that what was sold meanwhile is not brought back.
        shown = form.shown("stock")
        delta = data["stock"] - (shown if shown is not None else form.initial["stock"])
        if delta:
            adjust_stock(variant.sku, delta=delta, reason=reason, actor=actor, at=at)


def save_images(product: Product, formset: Any, *, actor: Actor, at: datetime) -> None:
    """New, changed, replaced and removed pictures."""
    choices = {value.pk: value for value in OptionValue.objects.filter(option__product=product)}
    for form in formset.initial_forms:
        if formset.can_delete and formset._should_delete_form(form):
            remove_image(form.instance, actor=actor, at=at)
        elif form.has_changed():
            data, names = form.cleaned_data, set(form.changed_data)
            fields = {name: data[name] for name in IMAGE_FIELDS if name in names}
            if "shows" in names:
                fields["option_value"] = choices.get(data["shows"])
            if data.get("file"):
                _add(product, form, choices, position=data["position"], actor=actor, at=at)
                remove_image(form.instance, actor=actor, at=at)
            elif fields:
                update_image(form.instance, **fields, actor=actor, at=at)
    for form in _new(formset):
        # Without a place of its own a new picture comes last.
        position = form.cleaned_data["position"] if "position" in form.changed_data else None
        _add(product, form, choices, position=position, actor=actor, at=at)


def _add(
    product: Product,
    form: Any,
    choices: dict[int, OptionValue],
    *,
    position: int | None,
    actor: Actor,
    at: datetime,
) -> None:
    data = form.cleaned_data
    add_image(
        product,
        file=data["file"],
        alt=data["alt"],
        option_value=choices.get(data["shows"]),
        position=position,
        actor=actor,
        at=at,
    )


def _new(formset: Any) -> list[Any]:
    return [
        form
        for form in formset.extra_forms
        if form.has_changed() and not (formset.can_delete and formset._should_delete_form(form))
    ]
