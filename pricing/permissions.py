"""What staff may do with prices and gift cards, besides what stands on their tables."""

from __future__ import annotations

from shop.core.permissions import acts_on, staff_act

ZONES = acts_on("pricing.shippingzone")
ISSUE_CARD = staff_act("pricing.issue_gift_card", "pricing.issue_giftcard")
ADJUST_CARD = staff_act("pricing.adjust_gift_card", "pricing.adjust_giftcard")
SWITCH_CARD = staff_act("pricing.switch_gift_card", "pricing.switch_giftcard")
# Whoever moves a card sees it.
CARDS = acts_on("pricing.giftcard", seen_by=("pricing.adjust_giftcard", "pricing.switch_giftcard"))
