"""The back office: Django admin in the shop's own clothes, with figures of all
apps on its first page.
"""

from shop.admin.navigation import sidebar, tabs
from shop.admin.palette import palette
from shop.admin.site import BackOffice

__all__ = ["BackOffice", "palette", "sidebar", "tabs"]
