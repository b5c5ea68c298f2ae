"""Pages of paying: our own, and the one the test provider plays."""

from payments.views.pay import come_back, pay
from payments.views.test_provider import test_page

__all__ = ["come_back", "pay", "test_page"]
