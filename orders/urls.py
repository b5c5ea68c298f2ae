"""Addresses of the checkout and of orders."""

from __future__ import annotations

from django.urls import URLPattern, path

from orders import views

app_name = "orders"
urlpatterns: list[URLPattern] = [
    path("checkout/", views.checkout, name="checkout"),
    path("checkout/quote/", views.checkout_quote, name="checkout-quote"),
    path("track/", views.track, name="track"),
    path("withdraw/", views.withdraw, name="withdraw"),
    path("withdraw/received/", views.withdrawn, name="withdrawn"),
    path("orders/<str:number>/", views.status, name="status"),
    path("orders/<str:number>/thanks/", views.thanks, name="thanks"),
    path("orders/<str:number>/cancel/", views.cancel, name="cancel"),
    path("orders/<str:number>/restore/", views.restore, name="restore"),
    path("orders/<str:number>/returns/new/", views.return_new, name="return-new"),
    path("orders/<str:number>/returns/<str:return_number>/", views.return_page, name="return"),
    path(
        "orders/<str:number>/returns/<str:return_number>/cancel/",
        views.return_cancel,
        name="return-cancel",
    ),
    path("orders/<str:number>/invoices/", views.invoices, name="invoices"),
    # A shop's own prefix may hold a slash.
    path(
        "orders/<str:number>/invoices/<path:invoice_number>/pdf/",
        views.invoice_pdf,
        name="invoice-pdf",
    ),
    path("orders/<str:number>/invoices/<path:invoice_number>/", views.invoice, name="invoice"),
    path("account/orders/", views.account_orders, name="account-orders"),
    path("account/orders/<str:number>/", views.account_order, name="account-order"),
]
