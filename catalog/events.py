"""What happened to the catalog."""

from __future__ import annotations

from dataclasses import dataclass

from shop.core.events import Event


@dataclass(frozen=True)
class ProductChanged(Event):
    """What a product says, costs or offers changed, or it is gone."""

    product_id: int


@dataclass(frozen=True)
class PictureTaken(Event):
    """The row `pk` of the model `label` (`catalog.productimage`) has a new picture."""

    label: str
    pk: int
