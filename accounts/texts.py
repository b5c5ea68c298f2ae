"""Longer texts of the account pages."""

from django.utils.translation import gettext_lazy as _

# What deleting an account does, in the words of the page that asks for it.
DELETE_EFFECTS = (
    _("Your name, e-mail, password, addresses, passkeys and consents are deleted now."),
    _("You are signed out on all devices, and links in older letters stop working."),
    _("Orders on their way still arrive; track them with number and e-mail."),
    _("Invoices stay as long as tax law asks, without an account that belongs to them."),
    _("This cannot be undone."),
)
