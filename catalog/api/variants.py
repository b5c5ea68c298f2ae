"""`/api/products/{ref}/variants…` and `…/images…`"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api import inputs, schemas, shapes
from catalog.api.products import ProductBase, own_currency
from catalog.api.reading import choices_of
from catalog.models import Product, ProductImage, Variant
from catalog.permissions import IMAGES, VARIANTS
from catalog.pictures import add_image, remove_image, update_image
from catalog.prices.lookup import prices_for
from catalog.products import add_variant, change_variant, remove_variant
from inventory.models import StockItem
from shop.api.etags import conditional
from shop.api.idempotency import idempotent
from shop.api.parsers import PictureUploadParser, StrictJSONParser
from shop.api.permissions import needs
from shop.api.renderers import ApiResponse
from shop.api.schema import ETAG, LOCATION
from shop.core.errors import NotFound

RENAMED = {"price": "price_minor", "compare_at_price": "compare_at_minor"}


class VariantViewSet(ProductBase):
    """The variants of a product. Everybody reads, staff with the right write."""

    permission_classes = [needs(POST=VARIANTS.add, PATCH=VARIANTS.change, DELETE=VARIANTS.delete)]

    serializer_class = schemas.VariantSchema
    lookup_value_converter = "int"
    # Writing is in the currency that the prices are kept in.
    query_classes = {"list": inputs.CurrencyQuery, "retrieve": inputs.CurrencyQuery}

    @extend_schema(
        operation_id="variants_list",
        tags=["products"],
        responses=schemas.VariantSchema(many=True),
    )
    def list(self, request: Request, ref: str) -> Response:
        """List the variants of a product; in order."""
        rows = self.paginate_queryset(self._variants(ref))
        return self.get_paginated_response(self._shown(rows or []))

    @extend_schema(
        operation_id="variants_detail",
        tags=["products"],
        parameters=[ETAG],
        responses={200: schemas.VariantSchema},
    )
    def retrieve(self, request: Request, ref: str, pk: int) -> Response:
        """Read a variant."""
        return self.answer_shown(self.shown(ref, pk))

    @extend_schema(
        operation_id="variants_create",
        tags=["products"],
        parameters=[ETAG, LOCATION],
        request=inputs.NewVariantInput,
        responses={201: schemas.VariantSchema},
    )
    @idempotent(required=False)
    def create(self, request: Request, ref: str) -> Response:
        """Create a variant; `options` names one value of each option of the product."""
        product = self.product(ref)
        data = self._read(inputs.NewVariantInput, currency=own_currency(product))
        variant = add_variant(product, **data, actor=self.actor, at=timezone.now())
        location = f"/api/products/{product.pk}/variants/{variant.pk}"
        shown = self.shown(ref, variant.pk)
        return self.answer_shown(shown, status=201, Location=location)

    @extend_schema(
        operation_id="variants_change",
        tags=["products"],
        parameters=[ETAG],
        request=inputs.VariantInput,
        responses={200: schemas.VariantSchema},
    )
    @conditional
    def partial_update(self, request: Request, ref: str, pk: int) -> Response:
        """Change a variant; its price or what is on hand, too. Its SKU stays."""
        variant = self._variant(ref, pk)
        data = self._read(inputs.VariantInput, currency=variant.currency)
        change_variant(variant, actor=self.actor, at=timezone.now(), **data)
        return self.answer_shown(self.shown(ref, pk))

    @extend_schema(
        operation_id="variants_delete", tags=["products"], responses={200: schemas.DeletedSchema}
    )
    @conditional
    def destroy(self, request: Request, ref: str, pk: int) -> Response:
        """Delete a variant; it is taken off sale instead where orders or carts refer to it."""
        is_gone = remove_variant(self._variant(ref, pk), actor=self.actor, at=timezone.now())
        message = _("Variant deleted.") if is_gone else _("Variant removed from sale.")
        return ApiResponse({"deleted": is_gone, "archived": not is_gone}, message=message)

    def hold_shown(self, ref: str, pk: int) -> None:
        """Lock product, variant and stock until the transaction ends. Raises `NotFound`."""
        variant = self._variant(ref, pk)
        Product.objects.locked().get(pk=variant.product_id)
        Variant.objects.locked().get(pk=pk)
        StockItem.objects.locked().get(pk=variant.stock_item_id)

    def shown(self, ref: str, pk: int) -> shapes.Data:
        """The variant as reading it gives this caller. Raises `NotFound`."""
        return self._shown([self._variant(ref, pk)])[0]

    def _variants(self, ref: str) -> Any:
        product = self.product(ref)
        variants = Variant.objects.filter(product=product).order_by("position", "pk")
        if not self.sees_all:
            variants = variants.filter(is_active=True)
        return variants.select_related("stock_item", "product")

    def _variant(self, ref: str, pk: int) -> Variant:
        found: Variant | None = self._variants(ref).filter(pk=pk).first()
        if found is None:
            raise NotFound(_("Variant not found."))
        return found

    def _read(self, shape: type[inputs.VariantInput], *, currency: str) -> dict[str, Any]:
        """The body, its amounts in `currency`, which it may name but not change."""
        data = self.read_input(shape, currency=currency)
        self.require_for_stock(data)
        if data.pop("currency", currency) != currency:
            raise inputs.other_currency(currency)
        return {RENAMED.get(name, name): value for name, value in data.items()}

    def _shown(self, variants: Sequence[Variant]) -> Sequence[shapes.Data]:
        prices = prices_for(variants, self.currency)
        choices = choices_of({variant.product for variant in variants})
        return [
            shapes.variant_data(variant, prices[variant.pk], choices.get(variant.pk, {}))
            for variant in variants
        ]


class ImageViewSet(ProductBase):
    """The pictures of a product. Everybody reads, staff with the right write."""

    permission_classes = [needs(POST=IMAGES.add, PATCH=IMAGES.change, DELETE=IMAGES.delete)]

    serializer_class = schemas.ImageSchema
    lookup_value_converter = "int"
    parser_classes = [StrictJSONParser, PictureUploadParser]
    further_failures = ("507",)

    @extend_schema(
        operation_id="images_list", tags=["products"], responses=schemas.ImageSchema(many=True)
    )
    def list(self, request: Request, ref: str) -> Response:
        """List the pictures of a product; the main one first."""
        rows = self.paginate_queryset(
            ProductImage.objects.filter(product=self.product(ref)).order_by("position", "pk")
        )
        return self.get_paginated_response([shapes.image_data(each) for each in rows or []])

    @extend_schema(
        operation_id="images_detail",
        tags=["products"],
        parameters=[ETAG],
        responses={200: schemas.ImageSchema},
    )
    def retrieve(self, request: Request, ref: str, pk: int) -> Response:
        """Read a picture."""
        return self.answer_shown(self.shown(ref, pk))

    @extend_schema(
        operation_id="images_create",
        tags=["products"],
        parameters=[ETAG, LOCATION],
        request={"multipart/form-data": inputs.NewImageInput},
        responses={201: schemas.ImageSchema},
    )
    @idempotent(required=False)
    def create(self, request: Request, ref: str) -> Response:
        """Upload a picture; a JPEG, PNG, WebP or AVIF as `file` of multipart form data."""
        product = self.product(ref)
        data = self.read_input(inputs.NewImageInput)
        image = add_image(product, **data, actor=self.actor, at=timezone.now())
        location = f"/api/products/{product.pk}/images/{image.pk}"
        return self.answer_shown(shapes.image_data(image), status=201, Location=location)

    @extend_schema(
        operation_id="images_change",
        tags=["products"],
        parameters=[ETAG],
        request=inputs.ImageInput,
        responses={200: schemas.ImageSchema},
    )
    @conditional
    def partial_update(self, request: Request, ref: str, pk: int) -> Response:
        """Change a picture; its description or its place."""
        data = self.read_input(inputs.ImageInput)
        if "option_value_id" in data:
            data["option_value"] = data.pop("option_value_id")
        update_image(self._image(ref, pk), actor=self.actor, at=timezone.now(), **data)
        return self.answer_shown(self.shown(ref, pk))

    @extend_schema(operation_id="images_delete", tags=["products"], responses={200: None})
    @conditional
    def destroy(self, request: Request, ref: str, pk: int) -> Response:
        """Delete a picture."""
        remove_image(self._image(ref, pk), actor=self.actor, at=timezone.now())
        return ApiResponse(None, message=_("Image deleted."))

    def hold_shown(self, ref: str, pk: int) -> None:
        """Lock the product, whose pictures change under its lock, until the transaction ends."""
        Product.objects.locked().get(pk=self.product(ref).pk)

    def shown(self, ref: str, pk: int) -> shapes.Data:
        """The picture as reading it gives this caller. Raises `NotFound`."""
        return shapes.image_data(self._image(ref, pk))

    def _image(self, ref: str, pk: int) -> ProductImage:
        found = ProductImage.objects.filter(product=self.product(ref), pk=pk).first()
        if found is None:
            raise NotFound(_("Image not found."))
        return found
