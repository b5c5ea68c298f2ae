"""What a shopper reads about a refused payment: our words for a provider's code,
never the provider's own text.
"""

from __future__ import annotations

from django.utils.translation import gettext as _


def refusal_text(code: str) -> str:
    """Return a sentence without its full stop for the code of a refusal."""
    texts = {
        "authentication_failed": _("You did not confirm the payment"),
        "authentication_required": _("You did not confirm the payment"),
        "card_declined": _("The bank declined this card"),
        "expired_card": _("This card has expired"),
        "do_not_honor": _("The bank declined this card"),
        "generic_decline": _("The bank declined this card"),
        "incorrect_cvc": _("The security code is incorrect"),
        "incorrect_number": _("The card number is incorrect"),
        "insufficient_funds": _("The bank declined this card: insufficient funds"),
        "invalid_expiry_month": _("The expiration date is incorrect"),
        "invalid_expiry_year": _("The expiration date is incorrect"),
    }
    return texts.get(code, _("The payment was declined"))
