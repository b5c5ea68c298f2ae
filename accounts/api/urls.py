"""Routes of people under `/api/`."""

from accounts.api import auth, customers
from shop.api.routes import ShopRouter, SingletonRouter

singletons = SingletonRouter()
singletons.register("auth/me", auth.MeViewSet, basename="me")
singletons.register("customers/me", customers.OwnCustomerViewSet, basename="own-customer")

router = ShopRouter()
router.register("auth", auth.PublicAuthViewSet, basename="public-auth")
router.register("auth", auth.AuthViewSet, basename="auth")
router.register("customers/me/addresses", customers.OwnAddressViewSet, basename="own-address")
router.register("customers", customers.CustomerViewSet, basename="customer")

urlpatterns = singletons.urls + router.urls
