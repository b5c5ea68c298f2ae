"""`/api/products…`"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from catalog.api import inputs, reading, schemas, shapes
from catalog.api.categories import by_ref, ref_of
from catalog.counting import remembered
from catalog.deep_pages import rows_of
from catalog.models import Category, Product
from catalog.permissions import PRODUCTS, VARIANTS
from catalog.prices.lookup import convert, exchange_rates
from catalog.products import (
    Value,
    change_product,
    create_product,
    create_product_with_options,
    delete_product,
    set_attributes,
)
from catalog.querysets import ProductQuerySet, Totals
from catalog.search import did_you_mean, find
from catalog.search import suggest as suggested_queries
from catalog.states import ProductStatus
from inventory.models import StockItem
from inventory.permissions import STOCK
from shop.api.etags import conditional, is_fresh
from shop.api.idempotency import idempotent
from shop.api.permissions import AllowAny, needs
from shop.api.renderers import ApiResponse
from shop.api.schema import ETAG, LOCATION
from shop.api.views import ShopViewSet
from shop.core import caching
from shop.core.errors import Forbidden, NotFound
from shop.core.permissions import may, require

SUGGESTED = 4
# What the body calls otherwise than the service.
RENAMED = {
    "price": "price_minor",
    "compare_at_price": "compare_at_minor",
    "category_id": "category",
    "maker_id": "maker",
    "product_type_id": "product_type",
}
OF_THE_VARIANT = ("barcode", "weight_g")
# What takes the right to change variants, besides that to change the product.
PRICES = {"price", "compare_at_price", *OF_THE_VARIANT}
FACET_PARAMETER = OpenApiParameter(
    name="attributes",
    required=False,
    style="form",
    explode=True,
    type={
        "type": "object",
        "additionalProperties": {"type": "array", "items": {"type": "string"}},
        "examples": [{"a-material": ["Oak", "Ash"]}],
    },
    description=(
        "Products by their attributes: `a-` and the code of a filterable attribute name a "
        "parameter, such as `?a-material=Oak`; repeat it for alternatives."
    ),
)


class ProductBase(ShopViewSet):
    """What all routes of products share: who sees which of them."""

    permission_classes = [
        needs(POST=PRODUCTS.add, PUT=PRODUCTS.change, PATCH=PRODUCTS.change, DELETE=PRODUCTS.delete)
    ]
    queryset = Product.objects.none()
    serializer_class: type[BaseSerializer[Any]] = schemas.ProductSchema

    @property
    def sees_all(self) -> bool:
        """Whether the caller sees drafts and what is archived."""
        return may(self.request.user, PRODUCTS.view)

    def require_for_stock(self, data: dict[str, Any]) -> None:
        """Units are counted by whoever may change stock. Raises `Forbidden`."""
        if data.get("stock_quantity") is not None:
            require(self.request.user, STOCK.change)

    @property
    def currency(self) -> str:
        """The currency prices are shown in."""
        return str(self.query.get("currency") or settings.DEFAULT_CURRENCY)

    def visible(self) -> ProductQuerySet:
        """The products this caller may see."""
        products = Product.objects.all()
        return products if self.sees_all else products.published(at=timezone.now())

    def product(self, ref: str) -> Product:
        """The product of an id or slug. 404 for what the caller may not see."""
        found = self.visible().filter(by_ref(ref)).first()
        if found is None:
            raise NotFound(_("Product not found."))
        return found


class ProductViewSet(ProductBase):
    """Products. Everybody reads what is shown, staff with the right read and write all of it."""

    query_classes = {
        "list": inputs.ProductQuery,
        "retrieve": inputs.CurrencyQuery,
        "suggest": inputs.SuggestQuery,
    }
    lookup_url_kwarg = "ref"

    @extend_schema(
        operation_id="products_list",
        tags=["products"],
        parameters=[FACET_PARAMETER],
        responses=schemas.ProductSchema(many=True),
    )
    def list(self, request: Request) -> Response:
        """List products; by text, category, price, stock, maker and attributes, in
        any of the orders.
        """
        found = self._filtered()
        rows: Any = self.paginate_queryset(found)  # ids, see `read_rows`
        products = reading.products_for_api(rows or [])
        return self.get_paginated_response(shapes.products_data(products, self.currency))

    def read_rows(self, start: int, size: int) -> Sequence[int]:
        """The products of a page, by id."""
        default = "relevance" if self.query.get("q") else "popular"
        sort, products = self.query.get("sort", default), self._filtered_totals
        if self.sees_all:  # drafts have no moment to sort by
            return list(products.sorted_by(sort).values_list("pk", flat=True)[start : start + size])
        return [pk for (pk,) in rows_of(products, sort, "pk", start=start, size=size)]

    def count_rows(self, queryset: ProductQuerySet) -> int:
        """How many there are; remembered by catalog version for large lists."""
        counted = self._filtered_totals
        totals = remembered(Totals, counted, "totals", counted.totals, size=lambda found: found.all)
        return totals.all

    @extend_schema(
        operation_id="products_detail",
        tags=["products"],
        parameters=[ETAG],
        responses={200: schemas.ProductDetailSchema},
    )
    def retrieve(self, request: Request, ref: str) -> Response:
        """Read a product; by id or slug, with variants, pictures, attributes and the way to it."""
        key = None
        if "If-None-Match" in request.headers:
            # Whoever asks again gets away with two queries, see `reading.key_of`.
            key = reading.key_of(ref_of(ref), self.currency, self.sees_all)
        if key and (tag := caching.recall(str, key)) and is_fresh(request, tag):
            return Response(status=304, headers={"ETag": tag})
        response = self.answer_shown(self.shown(ref))
        if key:
            caching.keep(key, response["ETag"], reading.TAG_SECONDS)
        return response

    def hold_shown(self, ref: str) -> None:
        """Lock the product and its stock until the transaction ends. Raises `NotFound`."""
        product = Product.objects.locked().get(pk=self.product(ref).pk)
        list(StockItem.objects.filter(variant__product=product).locked())

    def shown(self, ref: str) -> shapes.Data:
        """The product as reading it gives this caller. Raises `NotFound`."""
        found = reading.product_for_api(ref_of(ref))
        if found is None or not (self.sees_all or found.is_published(at=timezone.now())):
            raise NotFound(_("Product not found."))
        above = Category.objects.above(found.category)
        return shapes.product_detail(found, self.currency, above=above)

    @extend_schema(
        operation_id="products_create",
        tags=["products"],
        parameters=[ETAG, LOCATION],
        request=inputs.NewProductInput,
        responses={201: schemas.ProductDetailSchema},
    )
    @idempotent(required=False)
    def create(self, request: Request) -> Response:
        """Create a product; with its variants, prices and stock in one call."""
        data = self._read(inputs.NewProductInput)
        attributes = data.pop("attributes", None)
        if "variants" in data:
            product = create_product_with_options(
                **self._with_options(data), actor=self.actor, at=timezone.now()
            )
        else:
            product = create_product(
                **data,
                variant=self._of_the_variant(data),
                actor=self.actor,
                at=timezone.now(),
            )
        if attributes:
            product = set_attributes(product, attributes, actor=self.actor, at=timezone.now())
        location = f"/api/products/{product.pk}"
        return self.answer_shown(self.shown(str(product.pk)), status=201, Location=location)

    @extend_schema(
        operation_id="products_replace",
        tags=["products"],
        parameters=[ETAG],
        request=inputs.ProductInput,
        responses={200: schemas.ProductDetailSchema},
    )
    @conditional
    def update(self, request: Request, ref: str) -> Response:
        """Replace a product; price and stock where it has a single variant."""
        return self._change(ref)

    @extend_schema(
        operation_id="products_change",
        tags=["products"],
        parameters=[ETAG],
        request=inputs.ProductInput,
        responses={200: schemas.ProductDetailSchema},
    )
    @conditional
    def partial_update(self, request: Request, ref: str) -> Response:
        """Change a product; only what is named."""
        return self._change(ref)

    @extend_schema(
        operation_id="products_delete", tags=["products"], responses={200: schemas.DeletedSchema}
    )
    @conditional
    def destroy(self, request: Request, ref: str) -> Response:
        """Delete a product; it is archived instead where orders or carts refer to it."""
        is_gone = delete_product(self.product(ref), actor=self.actor, at=timezone.now())
        message = _("Product deleted.") if is_gone else _("Product archived.")
        return ApiResponse({"deleted": is_gone, "archived": not is_gone}, message=message)

    @extend_schema(
        operation_id="products_suggest",
        tags=["products"],
        responses={200: schemas.SuggestionsSchema},
    )
    @action(detail=False, permission_classes=[AllowAny])
    def suggest(self, request: Request) -> Response:
        """Suggest queries, categories and products; and a better spelling."""
        typed = self.query["q"]
        found = find(Product.objects.published(at=timezone.now()), typed, is_prefix=True)
        pks = list(found.sorted_by("relevance").values_list("pk", flat=True)[:SUGGESTED])
        products = reading.products_for_api(pks)
        categories = Category.objects.shown().filter(name__istartswith=typed[:60]).order_by("lft")
        return Response(
            {
                "queries": suggested_queries(typed)[:SUGGESTED],
                "categories": [shapes.category_link(each) for each in categories[:SUGGESTED]],
                "products": shapes.products_data(products, self.currency),
                "did_you_mean": "" if products else did_you_mean(typed),
            }
        )

    def _filtered(self) -> ProductQuerySet:
        asked = self.query
        products = self.visible()
        if "status" in asked and not self.sees_all:
            raise Forbidden(_("Only staff can list products by status."))
        if self.sees_all:
            status = asked.get("status", ProductStatus.ACTIVE.value)
            products = products if status == "all" else products.filter(status=status)
        if "category" in asked:
            products = products.in_category(self._category(asked["category"]))
        if "maker" in asked:
            products = products.made_by([asked["maker"]])
        if asked.get("in_stock") is not None:
            products = products.filter(in_stock=asked["in_stock"])
        products = products.priced_between(
            self._stored(asked.get("min_price")), self._stored(asked.get("max_price"))
        )
        for code, values in asked["attributes"].items():
            products = products.with_attribute(code, values)
        if "q" in asked:
            products = find(products, asked["q"])
        self._filtered_totals = products
        return products

    def _stored(self, minor: int | None) -> int | None:
        """A price that is asked for, in the currency that lists are stored in."""
        if minor is None:
            return None
        return convert(minor, self.currency, settings.DEFAULT_CURRENCY, exchange_rates())

    def _category(self, ref: str) -> Category:
        found = Category.objects.shown().filter(by_ref(ref)).first()
        if found is None:
            raise NotFound(_("Category not found."))
        return cast("Category", found)

    def _change(self, ref: str) -> Response:
        product = self.product(ref)
        data = self._read(inputs.ProductInput, currency=own_currency(product))
        attributes = data.pop("attributes", None)
        product = change_product(product, actor=self.actor, at=timezone.now(), **data)
        if attributes:
            set_attributes(product, attributes, actor=self.actor, at=timezone.now())
        return self.answer_shown(self.shown(str(product.pk)))

    def _read(
        self, shape: type[inputs.ProductInput], *, currency: str = settings.DEFAULT_CURRENCY
    ) -> dict[str, Any]:
        """The body, its amounts in the currency that it names, else in `currency`."""
        body: Any = self.request.data
        sent = body.get("currency")
        known = sent if isinstance(sent, str) and sent in exchange_rates() else None
        data = self.read_input(shape, currency=known or currency)
        if "currency" in data and data["currency"] != known:
            raise inputs.unknown_currency()
        self.require_for_stock(data)
        if self.request.method != "POST" and PRICES & data.keys():
            require(self.request.user, VARIANTS.change)
        return {RENAMED.get(name, name): value for name, value in data.items()}

    def _with_options(self, data: dict[str, Any]) -> dict[str, Any]:
        """The body in the words of the service."""
        data["options"] = {
            option["name"]: [Value(**value) for value in option["values"]]
            for option in data["options"]
        }
        currency = data.get("currency", settings.DEFAULT_CURRENCY)
        for variant in data["variants"]:
            if variant.pop("currency", currency) != currency:
                raise inputs.other_currency(currency)
        data["variants"] = [
            {RENAMED.get(name, name): value for name, value in variant.items()}
            for variant in data["variants"]
        ]
        return data

    def _of_the_variant(self, data: dict[str, Any]) -> dict[str, Any]:
        names = (*OF_THE_VARIANT, "compare_at_minor")
        return {name: data.pop(name) for name in names if name in data}


def own_currency(product: Product) -> str:
    """The currency that its prices are kept in."""
    first = product.variants.order_by("position", "pk").first()
    return first.currency if first else str(settings.DEFAULT_CURRENCY)
