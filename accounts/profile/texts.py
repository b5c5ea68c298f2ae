"""Longer texts of the account pages."""

from django.utils.translation import gettext_lazy as _

# What deleting an account does, in the words of the page that asks for it.
DELETE_EFFECTS = (
    _(
        "Your name, e-mail address, password, addresses, passkeys and consents are "
        "deleted immediately."
    ),
    _("You are signed out on all devices, and links in earlier e-mails stop working."),
    _(
        "Orders already on their way will be delivered. You can track them with the "
        "order number and your e-mail address."
    ),
    _("Invoices are kept as long as tax law requires. They are no longer linked to an account."),
    _("This can't be undone."),
)
