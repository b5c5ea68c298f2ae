"""The shapes of `shapes.py`, for the OpenAPI document."""

from __future__ import annotations

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers


class LinkSchema(serializers.Serializer[object]):
    """Something else in a few words."""

    id = serializers.IntegerField()
    slug = serializers.CharField()
    name = serializers.CharField()


class GoesWithSchema(LinkSchema):
    """A product that goes well with it, and the SKU that does."""

    sku = serializers.CharField()


class SourceSchema(serializers.Serializer[object]):
    """One format of a picture."""

    type = serializers.CharField()
    srcset = serializers.CharField()


class ImageSchema(serializers.Serializer[object]):
    """A picture."""

    id = serializers.IntegerField()
    url = serializers.CharField(allow_null=True)
    alt = serializers.CharField()
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)
    hue = serializers.IntegerField()
    is_cutout = serializers.BooleanField()
    position = serializers.IntegerField()
    sources = SourceSchema(many=True)


class VariantSchema(serializers.Serializer[object]):
    """A variant with its price and stock."""

    id = serializers.IntegerField()
    sku = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment] # a field, not the label of one
    barcode = serializers.CharField()
    options = serializers.DictField(child=serializers.CharField())
    price = serializers.CharField()
    compare_at_price = serializers.CharField(allow_null=True)
    currency = serializers.CharField()
    weight_g = serializers.IntegerField()
    stock_quantity = serializers.IntegerField()
    in_stock = serializers.BooleanField()
    backorder_until = serializers.DateField(allow_null=True)
    is_active = serializers.BooleanField()
    image_id = serializers.IntegerField(allow_null=True)


class ProductSchema(serializers.Serializer[object]):
    """A product as lists show it."""

    id = serializers.IntegerField()
    slug = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    status = serializers.CharField()
    price = serializers.CharField(allow_null=True)
    compare_at_price = serializers.CharField(allow_null=True)
    discount_percent = serializers.IntegerField()
    currency = serializers.CharField()
    sku = serializers.CharField(allow_null=True)
    stock_quantity = serializers.IntegerField()
    in_stock = serializers.BooleanField()
    rating = serializers.CharField(allow_null=True)
    rating_count = serializers.IntegerField()
    tax_class = serializers.CharField()
    category = LinkSchema()
    maker = LinkSchema(allow_null=True)
    variants = VariantSchema(many=True)
    images = ImageSchema(many=True)
    published_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class OptionValueSchema(serializers.Serializer[object]):
    """A choice."""

    value = serializers.CharField()
    swatch = serializers.CharField(allow_null=True)


class OptionSchema(serializers.Serializer[object]):
    """Something to choose."""

    name = serializers.CharField()
    values = OptionValueSchema(many=True)


class AttributeSchema(serializers.Serializer[object]):
    """A fact; `value` is text, a whole number or a boolean, decimals are text."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment] # a field, not the label of one
    value = serializers.JSONField()
    unit = serializers.CharField(allow_blank=True)


class ProductDetailSchema(ProductSchema):
    """A product with all it says."""

    lead = serializers.CharField()
    headline = serializers.CharField()
    description = serializers.CharField()
    care = serializers.CharField()
    safety = serializers.CharField()
    origin = serializers.CharField()
    guarantee_months = serializers.IntegerField()
    is_returnable = serializers.BooleanField()
    tags = serializers.ListField(child=serializers.CharField())
    is_gift_card = serializers.BooleanField()
    options = OptionSchema(many=True)
    attributes = AttributeSchema(many=True)
    breadcrumbs = LinkSchema(many=True)
    goes_with = GoesWithSchema(many=True)


class CategorySchema(LinkSchema):
    """A category."""

    parent_id = serializers.IntegerField(allow_null=True)
    level = serializers.IntegerField()
    line = serializers.CharField()
    description = serializers.CharField()
    product_count = serializers.IntegerField()
    is_active = serializers.BooleanField()
    picture = serializers.CharField(allow_null=True)
    hue = serializers.IntegerField()
    version = serializers.IntegerField()


class CategoryDetailSchema(CategorySchema):
    """A category with what is above and directly below it."""

    breadcrumbs = LinkSchema(many=True)
    children = CategorySchema(many=True)


class CategoryNodeSchema(CategorySchema):
    """A category with all that is below it."""

    children = serializers.SerializerMethodField()

    @extend_schema_field(
        {"type": "array", "items": {"$ref": "#/components/schemas/CategoryNodeSchema"}}
    )
    def get_children(self, category: object) -> object:
        """For the document only."""
        raise NotImplementedError


class CategoryTreeSchema(serializers.Serializer[object]):
    """The whole tree."""

    message = serializers.CharField()
    data = CategoryNodeSchema(many=True)  # type: ignore[assignment] # a field, not the input


class CategoryPageSchema(serializers.Serializer[object]):
    """A page of the list."""

    items = CategorySchema(many=True)
    total = serializers.IntegerField(min_value=0)
    pages = serializers.IntegerField(min_value=1)
    current_page = serializers.IntegerField(min_value=1)
    per_page = serializers.IntegerField(min_value=1)


class SuggestionsSchema(serializers.Serializer[object]):
    """What may be meant."""

    queries = serializers.ListField(child=serializers.CharField())
    categories = LinkSchema(many=True)
    products = ProductSchema(many=True)
    did_you_mean = serializers.CharField(allow_blank=True)


class DeletedSchema(serializers.Serializer[object]):
    """Whether the row is gone, or kept out of sight because orders point at it."""

    deleted = serializers.BooleanField()
    archived = serializers.BooleanField()


# A page of categories, or the whole tree.
CATEGORIES = PolymorphicProxySerializer(
    component_name="Categories",
    serializers=[CategoryPageSchema, CategoryTreeSchema],
    resource_type_field_name=None,
    many=False,
)
