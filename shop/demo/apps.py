from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class DemoConfig(AppConfig):
    """The demo shop: data files and what loads them, above all apps."""

    name = "shop.demo"
    label = "demo"
    verbose_name = _("Demo shop")

    def ready(self) -> None:
        """Let the demo's seller stand in where `serve` found the demo in the shop."""
        from shop.demo.seller import stand_in

        if settings.DEMO_SELLER:
            stand_in()
