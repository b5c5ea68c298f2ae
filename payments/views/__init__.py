"""Pages of paying: our own, and the one the test provider plays."""

from payments.views.pay import come_back, leaving, pay
from payments.views.provider_page import provider_page

__all__ = ["come_back", "leaving", "pay", "provider_page"]
