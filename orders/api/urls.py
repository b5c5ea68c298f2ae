"""Addresses of the orders' routes."""

from orders.api.views import OrderViewSet
from orders.editing.api import EditViewSet
from orders.fulfillment.api import FulfillmentViewSet
from orders.invoices.api import InvoiceViewSet
from orders.returns.api import ReturnViewSet
from shop.api.routes import ShopRouter

router = ShopRouter()
router.register("orders", OrderViewSet, basename="order")
router.register("orders/<str:number>/edits", EditViewSet, basename="edit")
router.register("orders/<str:number>/fulfillments", FulfillmentViewSet, basename="fulfillment")
router.register("orders/<str:number>/invoice", InvoiceViewSet, basename="invoice")
router.register("orders/<str:number>/returns", ReturnViewSet, basename="return")

urlpatterns = router.urls
