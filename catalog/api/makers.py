"""`/api/makers…` and `/api/product-types…`: what products refer to by id."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.categories import by_ref, ref_of
from catalog.models import Attribute, Maker, ProductType
from shop.api.permissions import AllowAny
from shop.api.views import ShopViewSet
from shop.core.errors import NotFound


class MakerSerializer(serializers.ModelSerializer[Maker]):
    """Who makes products."""

    class Meta:
        model = Maker
        fields = ["id", "slug", "name", "place", "country", "story"]


class ProductAttributeSerializer(serializers.ModelSerializer[Attribute]):
    """A fact that products of a type have. `choices` are the values that a `choice` may have."""

    choices = serializers.SlugRelatedField[Any](many=True, read_only=True, slug_field="value")

    class Meta:
        model = Attribute
        fields = ["code", "label", "kind", "unit", "is_filterable", "choices"]


class ProductTypeSerializer(serializers.ModelSerializer[ProductType]):
    """A kind of product, with the attributes that describe it."""

    attributes = ProductAttributeSerializer(many=True)

    class Meta:
        model = ProductType
        fields = ["id", "code", "name", "attributes"]


class MakerViewSet(ShopViewSet):
    """Makers. Everybody reads them."""

    permission_classes = [AllowAny]
    serializer_class = MakerSerializer
    queryset = Maker.objects.order_by("name", "pk")
    lookup_url_kwarg = "ref"
    lookup_value_converter = "str"

    @extend_schema(operation_id="makers_list", tags=["products"])
    def list(self, request: Request) -> Response:
        """List makers; by name."""
        return self.respond_page(self.get_queryset())

    @extend_schema(operation_id="makers_detail", tags=["products"])
    def retrieve(self, request: Request, ref: str) -> Response:
        """Read a maker; by id or slug."""
        found = self.get_queryset().filter(by_ref(ref)).first()
        if found is None:
            raise NotFound(_("Maker not found."))
        return Response(self.represented(found))


class ProductTypeViewSet(ShopViewSet):
    """Product types with their attributes. Everybody reads them."""

    permission_classes = [AllowAny]
    serializer_class = ProductTypeSerializer
    queryset = ProductType.objects.order_by("name", "pk")
    lookup_url_kwarg = "ref"
    lookup_value_converter = "str"

    def get_queryset(self) -> QuerySet[ProductType]:
        """With attributes and their choices: 3 queries, whatever the page size."""
        types: QuerySet[ProductType] = super().get_queryset()
        return types.prefetch_related("attributes__choices")

    @extend_schema(operation_id="product_types_list", tags=["products"])
    def list(self, request: Request) -> Response:
        """List product types; with the attributes of each."""
        return self.respond_page(self.get_queryset())

    @extend_schema(operation_id="product_types_detail", tags=["products"])
    def retrieve(self, request: Request, ref: str) -> Response:
        """Read a product type; by id or code, with its attributes."""
        wanted = ref_of(ref)
        by = {"pk": wanted} if isinstance(wanted, int) else {"code": wanted}
        found = self.get_queryset().filter(**by).first()
        if found is None:
            raise NotFound(_("Product type not found."))
        return Response(self.represented(found))
