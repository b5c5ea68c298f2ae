from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DemoConfig(AppConfig):
    """The demo shop: data files and what loads them, above all apps."""

    name = "shop.demo"
    label = "demo"
    verbose_name = _("Demo shop")
