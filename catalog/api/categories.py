"""`/api/categories…`"""

from __future__ import annotations

from typing import cast

from django.db.models import Q
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api import inputs, schemas, shapes
from catalog.categories import (
    create_category,
    delete_category,
    lock_tree,
    move_category,
    update_category,
)
from catalog.models import Category
from catalog.permissions import CATEGORIES
from catalog.querysets import CategoryQuerySet
from shop.api.etags import conditional
from shop.api.idempotency import idempotent
from shop.api.permissions import needs
from shop.api.renderers import ApiResponse
from shop.api.schema import ETAG, LOCATION
from shop.api.views import ShopViewSet
from shop.core.errors import NotFound
from shop.core.permissions import may


def ref_of(ref: str) -> int | str:
    """What the end of an address names: digits are an id, all else a slug."""
    if not (ref.isascii() and ref.isdigit()):
        return ref
    # No id is longer, and databases refuse a number that no column holds.
    return int(ref) if len(ref) < 19 else 0


def by_ref(ref: str) -> Q:
    """The row with this id, where `ref` is all digits; else the one with this slug."""
    found = ref_of(ref)
    return Q(pk=found) if isinstance(found, int) else Q(slug=found)


class CategoryViewSet(ShopViewSet):
    """The category tree.

    Everybody reads what is shown, staff with the right read and write all of it.
    """

    permission_classes = [
        needs(
            POST=CATEGORIES.add,
            PUT=CATEGORIES.change,
            PATCH=CATEGORIES.change,
            DELETE=CATEGORIES.delete,
        )
    ]
    serializer_class = schemas.CategorySchema
    queryset = Category.objects.none()
    query_classes = {"list": inputs.CategoryQuery}
    lookup_url_kwarg = "ref"

    @extend_schema(
        operation_id="categories_list",
        tags=["categories"],
        responses={200: schemas.CATEGORIES},
    )
    def list(self, request: Request) -> Response:
        """List categories; parents first."""
        categories = self._visible().order_by("tree_id", "lft")
        if self.query.get("tree"):
            return Response(shapes.category_tree(categories))
        if parent := self.query.get("parent"):
            categories = categories.filter(parent=self._category(parent))
        rows = self.paginate_queryset(categories)
        return self.get_paginated_response([shapes.category_data(each) for each in rows or []])

    @extend_schema(
        operation_id="categories_detail",
        tags=["categories"],
        parameters=[ETAG],
        responses={200: schemas.CategoryDetailSchema},
    )
    def retrieve(self, request: Request, ref: str) -> Response:
        """Read a category; with the way to it and what is directly below it."""
        return self.answer_shown(self.shown(ref))

    def hold_shown(self, ref: str) -> None:
        """Keep others from changing the tree until the transaction ends."""
        lock_tree()

    def shown(self, ref: str) -> shapes.Data:
        """The category as reading it gives this caller. Raises `NotFound`."""
        category = self._category(ref)
        above = Category.objects.above(category)
        children = self._visible().filter(parent=category).order_by("lft")
        return {
            **shapes.category_data(category),
            "breadcrumbs": [shapes.category_link(each) for each in [*above, category]],
            "children": [shapes.category_data(each) for each in children],
        }

    @extend_schema(
        operation_id="categories_create",
        tags=["categories"],
        parameters=[ETAG, LOCATION],
        request=inputs.CategoryInput,
        responses={201: schemas.CategoryDetailSchema},
    )
    @idempotent(required=False)
    def create(self, request: Request) -> Response:
        """Create a category; last among its siblings, or at `position`."""
        data = self.read_input(inputs.CategoryInput)
        parent, position = data.pop("parent_id", None), data.pop("position", None)
        category = create_category(parent=parent, position=position, **data)
        location = f"/api/categories/{category.pk}"
        return self.answer_shown(self.shown(str(category.pk)), status=201, Location=location)

    @extend_schema(
        operation_id="categories_replace",
        tags=["categories"],
        parameters=[ETAG],
        request=inputs.CategoryInput,
        responses={200: schemas.CategoryDetailSchema},
    )
    @conditional
    def update(self, request: Request, ref: str) -> Response:
        """Replace a category; a new parent or position moves it with all below it."""
        return self._change(ref)

    @extend_schema(
        operation_id="categories_change",
        tags=["categories"],
        parameters=[ETAG],
        request=inputs.CategoryInput,
        responses={200: schemas.CategoryDetailSchema},
    )
    @conditional
    def partial_update(self, request: Request, ref: str) -> Response:
        """Change a category; only what is named."""
        return self._change(ref)

    @extend_schema(operation_id="categories_delete", tags=["categories"], responses={200: None})
    @conditional
    def destroy(self, request: Request, ref: str) -> Response:
        """Delete an empty category."""
        delete_category(self._category(ref))
        return ApiResponse(None, message=_("Category deleted."))

    def _visible(self) -> CategoryQuerySet:
        categories: CategoryQuerySet = Category.objects.all()
        return categories if may(self.request.user, CATEGORIES.view) else categories.shown()

    def _category(self, ref: str) -> Category:
        found = self._visible().filter(by_ref(ref)).select_related("parent").first()
        if found is None:
            raise NotFound(_("Category not found."))
        return cast("Category", found)

    def _change(self, ref: str) -> Response:
        category = self._category(ref)
        data = self.read_input(inputs.CategoryInput)
        is_moved = "parent_id" in data or "position" in data
        parent, position = data.pop("parent_id", category.parent), data.pop("position", None)
        if data:
            category = update_category(category, **data)
        if is_moved and (parent != category.parent or position is not None):
            category = move_category(category, parent=parent, position=position)
        return self.answer_shown(self.shown(str(category.pk)))
