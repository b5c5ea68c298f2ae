"""The back office takes the place of `django.contrib.admin`."""

from importlib import import_module

from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class BackOfficeConfig(AdminConfig):
    """Django admin with our site class, and the pages that need several apps at once."""

    default = False
    default_site = "shop.admin.site.BackOffice"
    verbose_name = _("Back office")

    def ready(self) -> None:
        """Find every app's `admin` module, then the pages that stand above all apps."""
        super().ready()
        import_module("shop.admin.system")
        import_module("shop.admin.gift_cards")
        import_module("shop.admin.headers").install()
