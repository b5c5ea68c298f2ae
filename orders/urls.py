"""Addresses of the checkout and of orders."""

from __future__ import annotations

from django.urls import URLPattern, path

from orders.checkout import views as checkout
from orders.invoices import views as invoices
from orders.pages import account
from orders.pages import views as pages
from orders.returns import views as returns
from orders.withdrawals import views as withdrawals

app_name = "orders"
urlpatterns: list[URLPattern] = [
    path("checkout/", checkout.checkout, name="checkout"),
    path("checkout/quote/", checkout.checkout_quote, name="checkout-quote"),
    path("track/", pages.track, name="track"),
    path("withdraw/", withdrawals.withdraw, name="withdraw"),
    path("withdraw/received/", withdrawals.withdrawn, name="withdrawn"),
    path("orders/<str:number>/", pages.status, name="status"),
    path("orders/<str:number>/thanks/", pages.thanks, name="thanks"),
    path("orders/<str:number>/cancel/", pages.cancel, name="cancel"),
    path("orders/<str:number>/restore/", pages.restore, name="restore"),
    path("orders/<str:number>/returns/new/", returns.return_new, name="return-new"),
    path("orders/<str:number>/returns/<str:return_number>/", returns.return_page, name="return"),
    path(
        "orders/<str:number>/returns/<str:return_number>/cancel/",
        returns.return_cancel,
        name="return-cancel",
    ),
    path("orders/<str:number>/invoices/", invoices.invoices, name="invoices"),
    # A shop's own prefix may hold a slash.
    path(
        "orders/<str:number>/invoices/<path:invoice_number>/pdf/",
        invoices.invoice_pdf,
        name="invoice-pdf",
    ),
    path("orders/<str:number>/invoices/<path:invoice_number>/", invoices.invoice, name="invoice"),
    path("account/orders/", account.account_orders, name="account-orders"),
    path("account/orders/<str:number>/", account.account_order, name="account-order"),
]
