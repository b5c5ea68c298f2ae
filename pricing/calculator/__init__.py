"""What a cart costs, and why. Pure: facts in, a quote out; no database, no clock, no settings.

All amounts are whole minor units of the quote's currency. The order of work:

1. unit price × quantity of each line;
2. promotions on lines, then promotions on the order, which are spread on the lines by largest
   remainder, so that the parts sum exactly to the whole;
3. shipping, on what the goods cost after discounts, then promotions on shipping;
4. tax of each line and of shipping, on what is left to pay for it, rounded half up once each;
5. total = subtotal − discount + shipping + added tax.

Which promotions win, and the rules in full with examples: docs/rounding.md.
"""

from pricing.calculator.facts import (
    CodeFacts,
    GoodsFacts,
    LineFacts,
    PromotionFacts,
    QuoteContext,
    ShippingOption,
    TaxFacts,
)
from pricing.calculator.quoting import quote
from pricing.calculator.results import (
    Adjustment,
    AppliedPromotion,
    CouponOutcome,
    Quote,
    QuoteLine,
    ShippingQuote,
    TraceLine,
)
from pricing.calculator.rounding import round_half_up, spread

__all__ = [
    "Adjustment",
    "AppliedPromotion",
    "CodeFacts",
    "CouponOutcome",
    "GoodsFacts",
    "LineFacts",
    "PromotionFacts",
    "Quote",
    "QuoteContext",
    "QuoteLine",
    "ShippingOption",
    "ShippingQuote",
    "TaxFacts",
    "TraceLine",
    "quote",
    "round_half_up",
    "spread",
]
