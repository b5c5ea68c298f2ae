"""Addresses of the payments' routes."""

from payments.api.views import OrderPaymentViewSet, PaymentViewSet
from shop.api.routes import ShopRouter

router = ShopRouter()
router.register("payments", PaymentViewSet, basename="payment")
router.register("orders", OrderPaymentViewSet, basename="order")

urlpatterns = router.urls
