"""What the shop reckons with: quotes, the promotions and codes that orders use up, gift cards.

Every caller comes here.
"""

from pricing.facts import NOBODY, Shopper, SoldWith
from pricing.services.codes import generate_codes
from pricing.services.gift_cards import (
    Greeting,
    adjust_card,
    expire_cards,
    issue_card,
    refund_to_card,
    spend_cards,
    switch_card,
    void_card,
)
from pricing.services.quotes import (
    KeptShipping,
    SoldTaxes,
    arrival,
    payment_methods,
    quote_again,
    quote_for,
    require_taxed,
    tax_problem,
)
from pricing.services.uses import (
    note_promotions,
    note_tax_rates,
    release_promotions,
    use_coupon,
    use_promotion,
    use_promotions,
)

__all__ = [
    "NOBODY",
    "Greeting",
    "KeptShipping",
    "Shopper",
    "SoldTaxes",
    "SoldWith",
    "adjust_card",
    "arrival",
    "expire_cards",
    "generate_codes",
    "issue_card",
    "note_promotions",
    "note_tax_rates",
    "payment_methods",
    "quote_again",
    "quote_for",
    "refund_to_card",
    "release_promotions",
    "require_taxed",
    "spend_cards",
    "switch_card",
    "tax_problem",
    "use_coupon",
    "use_promotion",
    "use_promotions",
    "void_card",
]
