"""Roles. What each may do is a matter of permissions: `shop.core.permissions` holds the table."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """`customer` owns a cart, orders and a profile; `moderator` keeps the texts; `staff` do what
    their groups permit; `admin` holds every permission.
    """

    CUSTOMER = "customer", _("Customer")
    MODERATOR = "moderator", _("Moderator")
    STAFF = "staff", _("Staff")
    ADMIN = "admin", _("Administrator")
