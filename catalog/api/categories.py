"""`/api/categories…`"""

from __future__ import annotations

from typing import Any, cast

from django.db.models import Q
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api import inputs, schemas, shapes
from catalog.models import Category
from catalog.permissions import CATEGORIES
from catalog.querysets import CategoryQuerySet
from catalog.services import (
    create_category,
    delete_category,
    move_category,
    update_category,
)
from shop.core.api.etags import etag_of, require_match
from shop.core.api.fields import NoQuery
from shop.core.api.idempotency import idempotent
from shop.core.api.permissions import needs
from shop.core.api.renderers import ApiResponse
from shop.core.api.views import ShopViewSet
from shop.core.errors import NotFound
from shop.core.permissions import may


def by_ref(ref: str) -> Q:
    """The row with this id, where `ref` is all digits; else the one with this slug."""
    if not (ref.isascii() and ref.isdigit()):
        return Q(slug=ref)
    # No id is longer, and databases refuse a number that no column holds.
    return Q(pk=int(ref)) if len(ref) < 19 else Q(pk__in=[])


class CategoryViewSet(ShopViewSet):
    """The category tree. Everybody reads what is shown, staff with the right read and write all of it."""

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

    @property
    def query_class(self) -> Any:  # type: ignore[override] # by action
        """Only the list takes parameters."""
        return inputs.CategoryQuery if self.action == "list" else NoQuery

    @extend_schema(
        operation_id="categories_list",
        tags=["categories"],
        parameters=[inputs.CategoryQuery],
        responses=schemas.CategorySchema(many=True),
    )
    def list(self, request: Request) -> Response:
        """All categories, parents first: pages of a list, or the whole tree nested (`?tree=true`)."""
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
        responses={200: schemas.CategoryDetailSchema},
    )
    def retrieve(self, request: Request, ref: str) -> Response:
        """A category with the way to it and what is directly below it."""
        return self._answer(self._category(ref))

    @extend_schema(
        operation_id="categories_create",
        tags=["categories"],
        request=inputs.CategoryInput,
        responses={201: schemas.CategoryDetailSchema},
    )
    @idempotent(required=False)
    def create(self, request: Request) -> Response:
        """Add a category, last among its siblings or at `position`."""
        data = self.read_input(inputs.CategoryInput)
        parent, position = data.pop("parent_id", None), data.pop("position", None)
        category = create_category(parent=parent, position=position, **data)
        response = self._answer(category, status=201)
        response["Location"] = f"/api/categories/{category.pk}"
        return response

    @extend_schema(
        operation_id="categories_replace",
        tags=["categories"],
        request=inputs.CategoryInput,
        responses={200: schemas.CategoryDetailSchema},
    )
    def update(self, request: Request, ref: str) -> Response:
        """Change a category; a new parent or position moves it with all below it."""
        category = self._category(ref)
        require_match(request, category.version)
        data = self.read_input(inputs.CategoryInput)
        is_moved = "parent_id" in data or "position" in data
        parent, position = data.pop("parent_id", category.parent), data.pop("position", None)
        if data:
            category = update_category(category, **data)
        if is_moved and (parent != category.parent or position is not None):
            category = move_category(category, parent=parent, position=position)
        return self._answer(category)

    @extend_schema(
        operation_id="categories_change",
        tags=["categories"],
        request=inputs.CategoryInput,
        responses={200: schemas.CategoryDetailSchema},
    )
    def partial_update(self, request: Request, ref: str) -> Response:
        """Change what is named."""
        return self.update(request, ref)

    @extend_schema(operation_id="categories_delete", tags=["categories"], responses={200: None})
    def destroy(self, request: Request, ref: str) -> Response:
        """Delete an empty category."""
        category = self._category(ref)
        require_match(request, category.version)
        delete_category(category)
        return ApiResponse(None, message=_("The category is deleted."))

    def _visible(self) -> CategoryQuerySet:
        categories: CategoryQuerySet = Category.objects.all()
        return categories if may(self.request.user, CATEGORIES.view) else categories.shown()

    def _category(self, ref: str) -> Category:
        found = self._visible().filter(by_ref(ref)).select_related("parent").first()
        if found is None:
            raise NotFound(_("There is no such category."))
        return cast("Category", found)

    def _answer(self, category: Category, *, status: int = 200) -> Response:
        above = Category.objects.above(category)
        children = self._visible().filter(parent=category).order_by("lft")
        data = {
            **shapes.category_data(category),
            "breadcrumbs": [shapes.category_link(each) for each in [*above, category]],
            "children": [shapes.category_data(each) for each in children],
        }
        return Response(data, status=status, headers={"ETag": etag_of(category.version)})
