"""Roles: who may do what. One table of permissions hangs on them in `shop.core.permissions`."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """`customer` owns a cart, orders and a profile; `admin` may do everything."""

    CUSTOMER = "customer", _("Customer")
    MODERATOR = "moderator", _("Moderator")
    STAFF = "staff", _("Staff")
    ADMIN = "admin", _("Administrator")
