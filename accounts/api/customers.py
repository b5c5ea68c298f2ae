"""`/api/customers/…`: the own profile and address book, and all customers for staff."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import address_book, profile, registration
from accounts.addresses import ADDRESS_FIELDS, clean_address
from accounts.api import serializers as shapes
from accounts.api.callers import hold_caller, user_of
from accounts.models import Address, Customer
from accounts.permissions import CUSTOMERS
from accounts.querysets import AddressQuerySet, CustomerQuerySet
from shop.api.etags import conditional
from shop.api.idempotency import idempotent
from shop.api.permissions import IsAuthenticated, needs
from shop.api.renderers import ApiResponse
from shop.api.schema import ETAG, LOCATION
from shop.api.views import ShopViewSet
from shop.core.clock import database_now
from shop.core.rates import require


class OwnCustomerViewSet(ShopViewSet):
    """The customer that calls, and everything the shop holds about the person."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="customers_me",
        tags=["customers"],
        parameters=[ETAG],
        responses={200: shapes.CustomerDetailSerializer},
    )
    def retrieve(self, request: Request) -> Response:
        """Read the caller's profile; with the address book."""
        return self.answer_shown(self.shown())

    @extend_schema(
        operation_id="customers_me_change",
        tags=["customers"],
        parameters=[ETAG],
        request=shapes.ProfileInput,
        responses={200: shapes.CustomerDetailSerializer},
    )
    @conditional
    def partial_update(self, request: Request) -> Response:
        """Change the caller's profile."""
        data = self.read_input(shapes.ProfileInput)
        profile.update_profile(user_of(request), **data, at=database_now())
        return self.answer_shown(self.shown())

    @extend_schema(
        operation_id="customers_me_delete",
        tags=["customers"],
        request=shapes.DeleteAccountInput,
        responses={200: None},
    )
    @conditional
    def destroy(self, request: Request) -> Response:
        """Delete the caller's account; orders keep what invoices must hold, without the account."""
        require("login", f"account:{request.user.pk}")
        data = self.read_input(shapes.DeleteAccountInput)
        profile.delete_account(user_of(request), **data, at=database_now())
        return ApiResponse(None, message=_("Account deleted."))

    @extend_schema(
        operation_id="customers_me_export",
        tags=["customers"],
        responses={200: OpenApiTypes.OBJECT},
    )
    @action(detail=False)
    def export(self, request: Request) -> Response:
        """Export what the shop holds about the caller."""
        require("login", f"export:{request.user.pk}")
        return Response(profile.export_data(user_of(request)))

    def hold_shown(self) -> None:
        """Lock the caller and their customer until the transaction ends."""
        hold_caller(self.request)

    def shown(self) -> dict[str, Any]:
        """The profile as reading it gives the caller."""
        registration.customer_for(user_of(self.request))
        customer = Customer.objects.for_detail().get(user=user_of(self.request))
        return dict(shapes.CustomerDetailSerializer(customer).data)


class OwnAddressViewSet(ShopViewSet):
    """The own address book."""

    serializer_class = shapes.AddressSerializer
    permission_classes = [IsAuthenticated]
    queryset = Address.objects.none()
    lookup_value_converter = "int"

    def get_queryset(self) -> AddressQuerySet:
        """Only the caller's; another's address is as good as none."""
        return Address.objects.visible_to(self.request.user)

    def hold_shown(self, pk: int) -> None:
        """Lock the caller, whose book changes under that lock, until the transaction ends."""
        hold_caller(self.request)

    def shown(self, pk: int) -> dict[str, Any]:
        """The address as reading it gives the caller."""
        return self.represented(self.get_object())

    @extend_schema(operation_id="customers_me_addresses", tags=["customers"])
    def list(self, request: Request) -> Response:
        """List the addresses of the book; the usual one first."""
        return self.respond_page(self.get_queryset())

    @extend_schema(operation_id="customers_me_address", tags=["customers"], parameters=[ETAG])
    def retrieve(self, request: Request, pk: int) -> Response:
        """Read an address."""
        return self.respond(self.get_object())

    @extend_schema(
        operation_id="customers_me_addresses_add",
        tags=["customers"],
        parameters=[ETAG, LOCATION],
        request=shapes.BookEntryInput,
        responses={201: shapes.AddressSerializer},
    )
    @idempotent(required=False)
    def create(self, request: Request) -> Response:
        """Add an address to the book; the first one becomes the usual one."""
        data = self.read_input(shapes.BookEntryInput)
        defaults = _defaults(data)
        address = address_book.add_address(
            registration.customer_for(user_of(request)),
            clean_address(data),
            **defaults,
            at=database_now(),
        )
        location = f"/api/customers/me/addresses/{address.pk}"
        return self.respond(address, status=201, Location=location)

    @extend_schema(
        operation_id="customers_me_address_change",
        tags=["customers"],
        parameters=[ETAG],
        request=shapes.BookEntryInput,
        responses={200: shapes.AddressSerializer},
    )
    @conditional
    def partial_update(self, request: Request, pk: int) -> Response:
        """Change an address; or which one is usual. Orders keep their own copies."""
        address = self.get_object()
        data = self.read_input(shapes.BookEntryInput)
        postal = {name: data[name] for name in ADDRESS_FIELDS if name in data}
        cleaned = clean_address({**address.data.as_dict(), **postal}) if postal else None
        return self.respond(address_book.change_address(address, cleaned, **_defaults(data)))

    @extend_schema(
        operation_id="customers_me_address_replace",
        tags=["customers"],
        parameters=[ETAG],
        request=shapes.BookEntryInput,
        responses={200: shapes.AddressSerializer},
    )
    @conditional
    def update(self, request: Request, pk: int) -> Response:
        """Replace an address."""
        address = self.get_object()
        data = self.read_input(shapes.BookEntryInput)
        return self.respond(
            address_book.change_address(address, clean_address(data), **_defaults(data))
        )

    @extend_schema(
        operation_id="customers_me_address_delete", tags=["customers"], responses={200: None}
    )
    @conditional
    def destroy(self, request: Request, pk: int) -> Response:
        """Delete an address of the book."""
        address_book.delete_address(self.get_object())
        return ApiResponse(None, message=_("Address removed."))


class CustomerViewSet(ShopViewSet):
    """All customers, for staff."""

    serializer_class = shapes.CustomerSerializer
    permission_classes = [needs(GET=CUSTOMERS.view)]
    query_classes = {"list": shapes.CustomersQuery}
    queryset = Customer.objects.none()
    lookup_value_converter = "int"

    def get_queryset(self) -> CustomerQuerySet:
        """What the caller may see."""
        return Customer.objects.visible_to(self.request.user)

    @extend_schema(operation_id="customers", tags=["customers"])
    def list(self, request: Request) -> Response:
        """List customers; the newest first. `q` looks in e-mail and name."""
        return self.respond_page(self.get_queryset().matching(**self.query))

    @extend_schema(
        operation_id="customer",
        tags=["customers"],
        responses={200: shapes.CustomerDetailSerializer},
    )
    def retrieve(self, request: Request, pk: int) -> Response:
        """Read a customer; with their address book."""
        customer = get_object_or_404(self.get_queryset().for_detail(), pk=pk)
        return Response(shapes.CustomerDetailSerializer(customer).data)


def _defaults(data: dict[str, Any]) -> dict[str, Any]:
    return {
        name: data[name] for name in ("is_default_shipping", "is_default_billing") if name in data
    }
