"""`/api/products/{ref}/variants…` and `…/images…`"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api import inputs, schemas, shapes
from catalog.api.products import ProductBase
from catalog.models import ProductImage, Variant
from catalog.permissions import IMAGES, VARIANTS
from catalog.prices import prices_for
from catalog.services import (
    add_image,
    add_variant,
    change_variant,
    remove_image,
    remove_variant,
    update_image,
)
from shop.core.api.fields import NoQuery
from shop.core.api.idempotency import idempotent
from shop.core.api.parsers import PictureUploadParser, StrictJSONParser
from shop.core.api.permissions import needs
from shop.core.api.renderers import ApiResponse
from shop.core.errors import NotFound

RENAMED = {"price": "price_minor", "compare_at_price": "compare_at_minor"}


class VariantViewSet(ProductBase):
    """The variants of a product. Everybody reads, staff with the right write."""

    permission_classes = [needs(POST=VARIANTS.add, PATCH=VARIANTS.change, DELETE=VARIANTS.delete)]

    query_class = inputs.CurrencyQuery
    serializer_class = schemas.VariantSchema

    @extend_schema(
        operation_id="variants_list",
        tags=["products"],
        parameters=[inputs.CurrencyQuery],
        responses=schemas.VariantSchema(many=True),
    )
    def list(self, request: Request, ref: str) -> Response:
        """Every variant, in order."""
        rows = self.paginate_queryset(self._variants(ref))
        return self.get_paginated_response(self._shown(rows or []))

    @extend_schema(
        operation_id="variants_detail",
        tags=["products"],
        parameters=[inputs.CurrencyQuery],
        responses={200: schemas.VariantSchema},
    )
    def retrieve(self, request: Request, ref: str, pk: int) -> Response:
        """One variant."""
        return self._answer(self._variant(ref, pk))

    @extend_schema(
        operation_id="variants_create",
        tags=["products"],
        request=inputs.NewVariantInput,
        responses={201: schemas.VariantSchema},
    )
    @idempotent(required=False)
    def create(self, request: Request, ref: str) -> Response:
        """Add a variant; `options` names one value of each option of the product."""
        product = self.product(ref)
        data = self._read(inputs.NewVariantInput)
        variant = add_variant(product, **data, actor=self.actor, at=timezone.now())
        return self._answer(self._variant(ref, variant.pk), status=201)

    @extend_schema(
        operation_id="variants_change",
        tags=["products"],
        request=inputs.VariantInput,
        responses={200: schemas.VariantSchema},
    )
    def partial_update(self, request: Request, ref: str, pk: int) -> Response:
        """Change a variant, its price or what is on hand. Its SKU stays."""
        variant = self._variant(ref, pk)
        data = self._read(inputs.VariantInput)
        change_variant(variant, actor=self.actor, at=timezone.now(), **data)
        return self._answer(self._variant(ref, pk))

    @extend_schema(
        operation_id="variants_delete", tags=["products"], responses={200: schemas.DeletedSchema}
    )
    def destroy(self, request: Request, ref: str, pk: int) -> Response:
        """Delete a variant, or take it off sale where orders or carts point at it."""
        is_gone = remove_variant(self._variant(ref, pk), actor=self.actor, at=timezone.now())
        message = _("The variant is deleted.") if is_gone else _("The variant is off sale.")
        return ApiResponse({"deleted": is_gone, "archived": not is_gone}, message=message)

    def _variants(self, ref: str) -> Any:
        product = self.product(ref)
        variants = Variant.objects.filter(product=product).order_by("position", "pk")
        if not self.sees_all:
            variants = variants.filter(is_active=True)
        return variants.select_related("stock_item").prefetch_related("option_values__option")

    def _variant(self, ref: str, pk: int) -> Variant:
        found: Variant | None = self._variants(ref).filter(pk=pk).first()
        if found is None:
            raise NotFound(_("There is no such variant."))
        return found

    def _read(self, shape: type[inputs.VariantInput]) -> dict[str, Any]:
        data = self.read_input(shape, currency=settings.DEFAULT_CURRENCY)
        self.require_for_stock(data)
        return {RENAMED.get(name, name): value for name, value in data.items()}

    def _shown(self, variants: Sequence[Variant]) -> Sequence[shapes.Data]:
        prices = prices_for(variants, self.currency)
        return [shapes.variant_data(variant, prices[variant.pk]) for variant in variants]

    def _answer(self, variant: Variant, *, status: int = 200) -> Response:
        return Response(self._shown([variant])[0], status=status)


class ImageViewSet(ProductBase):
    """The pictures of a product. Everybody reads, staff with the right write."""

    permission_classes = [needs(POST=IMAGES.add, PATCH=IMAGES.change, DELETE=IMAGES.delete)]

    query_class = NoQuery
    serializer_class = schemas.ImageSchema
    parser_classes = [StrictJSONParser, PictureUploadParser]

    @extend_schema(
        operation_id="images_list", tags=["products"], responses=schemas.ImageSchema(many=True)
    )
    def list(self, request: Request, ref: str) -> Response:
        """Every picture, the main one first."""
        rows = self.paginate_queryset(
            ProductImage.objects.filter(product=self.product(ref)).order_by("position", "pk")
        )
        return self.get_paginated_response([shapes.image_data(each) for each in rows or []])

    @extend_schema(
        operation_id="images_create",
        tags=["products"],
        request={"multipart/form-data": inputs.NewImageInput},
        responses={201: schemas.ImageSchema},
    )
    def create(self, request: Request, ref: str) -> Response:
        """Upload a JPEG, PNG, WebP or AVIF picture as `file` of multipart form data."""
        product = self.product(ref)
        data = self.read_input(inputs.NewImageInput)
        image = add_image(product, **data, actor=self.actor, at=timezone.now())
        return Response(shapes.image_data(image), status=201)

    @extend_schema(
        operation_id="images_change",
        tags=["products"],
        request=inputs.ImageInput,
        responses={200: schemas.ImageSchema},
    )
    def partial_update(self, request: Request, ref: str, pk: int) -> Response:
        """Change what is said of a picture, or its place."""
        data = self.read_input(inputs.ImageInput)
        if "option_value_id" in data:
            data["option_value"] = data.pop("option_value_id")
        image = update_image(self._image(ref, pk), actor=self.actor, at=timezone.now(), **data)
        return Response(shapes.image_data(image))

    @extend_schema(operation_id="images_delete", tags=["products"], responses={200: None})
    def destroy(self, request: Request, ref: str, pk: int) -> Response:
        """Take a picture off the product."""
        remove_image(self._image(ref, pk), actor=self.actor, at=timezone.now())
        return ApiResponse(None, message=_("The picture is deleted."))

    def _image(self, ref: str, pk: int) -> ProductImage:
        found = ProductImage.objects.filter(product=self.product(ref), pk=pk).first()
        if found is None:
            raise NotFound(_("There is no such picture."))
        return found
