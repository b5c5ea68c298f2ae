"""Gift cards in the back office: the list, the page of one, and the page on
which staff issue one.
"""

from shop.admin.gift_cards.admin import GiftCardAdmin

__all__ = ["GiftCardAdmin"]
