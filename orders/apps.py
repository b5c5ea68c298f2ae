from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        from cart.waiting import tell_waiting
        from orders.pages.waiting import waiting_of

        tell_waiting(waiting_of)
