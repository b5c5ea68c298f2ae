"""Addresses of the orders' routes."""

from django.urls import URLPattern

from orders.api import views
from orders.editing import api as editing
from orders.invoices import api as invoices
from orders.returns import api as returns
from shop.api.routes import route

urlpatterns: list[URLPattern] = [
    route("orders", views.OrderListView.as_view(), name="orders"),
    route("orders/lookup", views.OrderLookupView.as_view(), name="order-lookup"),
    route("orders/<str:number>", views.OrderDetailView.as_view(), name="order"),
    route("orders/<str:number>/cancel", views.OrderCancelView.as_view(), name="order-cancel"),
    route(
        "orders/<str:number>/fulfillments",
        views.FulfillmentView.as_view(),
        name="order-fulfillments",
    ),
    route(
        "orders/<str:number>/fulfillments/<int:parcel>",
        views.ParcelView.as_view(),
        name="order-parcel",
    ),
    route("orders/<str:number>/returns", returns.OrderReturnsView.as_view(), name="order-returns"),
    *(
        route(
            f"orders/<str:number>/returns/<str:return_number>/{act}",
            view.as_view(),
            name=f"return-{act}",
        )
        for act, view in [
            ("cancel", returns.ReturnCancelView),
            ("approve", returns.ReturnApproveView),
            ("decline", returns.ReturnDeclineView),
            ("receive", returns.ReturnReceiveView),
            ("close", returns.ReturnCloseView),
        ]
    ),
    route("orders/<str:number>/edits", editing.EditView.as_view(), name="order-edits"),
    route(
        "orders/<str:number>/edits/preview",
        editing.EditPreviewView.as_view(),
        name="order-edit-preview",
    ),
    route(
        "orders/<str:number>/invoice", invoices.OrderInvoicesView.as_view(), name="order-invoice"
    ),
    route(
        "orders/<str:number>/invoice/<path:invoice_number>/pdf",
        invoices.InvoicePdfView.as_view(),
        name="order-invoice-pdf",
    ),
    route("orders/<str:number>/notes", views.NoteView.as_view(), name="order-notes"),
]
