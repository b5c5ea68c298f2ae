"""An order's invoices and credit notes: the figures, and the documents as PDFs."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response

from orders.access import staff_order
from orders.api_access import TOKEN_HEADER, OrderRoutes, order_access
from orders.invoices.document import pdf_answer
from orders.invoices.serializers import InvoiceSerializer
from orders.invoices.services import issue_invoice
from orders.models import Invoice
from orders.permissions import INVOICES, STAFF_ACTS
from orders.states import Act
from shop.api.etags import conditional
from shop.api.fields import NothingInput
from shop.api.idempotency import idempotent
from shop.api.permissions import needs, own_or
from shop.api.renderers import ApiResponse
from shop.api.shapes import represent, represent_all
from shop.core.errors import NotFound


class Whatever(DefaultContentNegotiation):
    """Lets a client ask for a PDF, and answers refusals as ever."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> Any:
        """The first one; the PDF itself passes by all of them."""
        return renderers[0], renderers[0].media_type


class InvoiceViewSet(OrderRoutes):
    """`/api/orders/{number}/invoice…`: an order's invoices and credit notes."""

    permission_classes = [own_or(GET=INVOICES.view), needs(POST=STAFF_ACTS[Act.INVOICE])]
    pagination_class = None
    lookup_url_kwarg = "invoice_number"
    lookup_value_converter = "path"

    @extend_schema(
        operation_id="orders_invoices",
        tags=["orders"],
        responses=InvoiceSerializer(many=True),
        parameters=[TOKEN_HEADER],
    )
    def list(self, request: Request, number: str) -> Response:
        """List the invoices and credit notes of an order; oldest first.

        There are none before something has left.
        """
        access = order_access(request, number, act=self.staff_act)
        access.require_staff(self.staff_act)
        documents = Invoice.objects.of_order(access.order).for_document()
        return Response(represent_all(InvoiceSerializer, documents, request=request))

    @extend_schema(
        operation_id="orders_issue_invoice",
        tags=["orders"],
        request=NothingInput,
        responses={201: InvoiceSerializer},
    )
    @idempotent(required=False)
    @conditional
    def create(self, request: Request, number: str) -> Response:
        """Issue an invoice; over what none asks for yet, before the items leave."""
        order = staff_order(number)
        self.read_input(NothingInput)
        issued = issue_invoice(order, actor=self.actor, at=timezone.now())
        invoice = Invoice.objects.for_document().get(pk=issued.pk)
        body = represent(InvoiceSerializer, invoice, request=request)
        return ApiResponse(body, message=_("Invoice issued."), status=201)

    @extend_schema(
        operation_id="orders_invoice_pdf",
        tags=["orders"],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
        parameters=[TOKEN_HEADER],
    )
    @action(
        detail=True,
        permission_classes=[own_or(GET=INVOICES.view)],
        content_negotiation_class=Whatever,
    )
    def pdf(self, request: Request, number: str, invoice_number: str) -> HttpResponse:
        """Read an invoice or a credit note as PDF."""
        access = order_access(request, number, act=self.staff_act)
        access.require_staff(self.staff_act)
        documents = Invoice.objects.of_order(access.order).for_document()
        invoice = documents.filter(number=invoice_number).first()
        if invoice is None:
            raise NotFound
        return pdf_answer(invoice)
