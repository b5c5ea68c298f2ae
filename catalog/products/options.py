"""The options of a product, and which of their values each variant has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from catalog.models import OptionValue, Product
from shop.core.prepared import Prepared


@dataclass(frozen=True, slots=True)
class Value:
    """A value of an option ("Red")."""

    pk: int
    label: str
    swatch: str


@dataclass(frozen=True, slots=True)
class Option:
    """Something to choose ("Color")."""

    pk: int
    name: str
    values: list[Value] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Options:
    """Everything to choose of a product."""

    options: list[Option]
    # The value of each option, by the primary keys of variant and option.
    of_variant: dict[int, dict[int, int]]

    def choices_of(self, variant_id: int) -> dict[int, int]:
        """The variant's value of each option."""
        return self.of_variant.get(variant_id, {})

    def texts(self) -> dict[int, dict[str, str]]:
        """What each variant is, by the names of options and values."""
        labels = {value.pk: value.label for option in self.options for value in option.values}
        return {
            variant: {
                option.name: labels[chosen[option.pk]]
                for option in self.options
                if option.pk in chosen
            }
            for variant, chosen in self.of_variant.items()
        }


def option_lines(product: Product) -> list[str]:
    """Return each option with its values, as staff type them: `Color: Red #aa0000,
    Blue`; 2 queries.
    """
    return [
        f"{option.name}: "
        + ", ".join(f"{value.value} {value.swatch}".strip() for value in option.values.all())
        for option in product.options.prefetch_related("values")
    ]


_VALUES: Prepared[Any] = Prepared(OptionValue.objects.with_variants)


def read_options(product: Product) -> Options:
    """The options in their order; one query, however many values and variants."""
    options: dict[int, Option] = {}
    values: dict[int, Value] = {}
    of_variant: dict[int, dict[int, int]] = {}
    for option_id, name, value_id, label, swatch, variant_id in _VALUES(product_ids=[product.pk]):
        option = options.setdefault(option_id, Option(option_id, name))
        if value_id not in values:
            values[value_id] = Value(value_id, label, swatch)
            option.values.append(values[value_id])
        if variant_id is not None:
            of_variant.setdefault(variant_id, {})[option_id] = value_id
    return Options(list(options.values()), of_variant)
