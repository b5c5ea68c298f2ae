"""The back office: Django admin in the shop's own clothes, with figures of all
apps on its first page.
"""

from shop.backoffice.navigation import sidebar, tabs
from shop.backoffice.palette import palette
from shop.backoffice.site import BackOffice

__all__ = ["BackOffice", "palette", "sidebar", "tabs"]
