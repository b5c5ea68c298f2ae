"""What identifies people: e-mail addresses, usernames and names, in one spelling each."""

from __future__ import annotations

from django.contrib.auth.validators import ASCIIUsernameValidator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from accounts.text import clean_line
from shop.core.errors import Invalid

MAX_EMAIL_LENGTH = 254


def clean_email(text: str) -> str:
    """The address in lower case, a domain with foreign letters in its ASCII form (IDNA).

    Letters beyond ASCII before the @ are refused: case-folding would make look-alikes the same.
    Raises `Invalid` for anything that is not one plain mailbox.
    """
    # Before anything composes letters: NFC would turn the Kelvin sign into a K.
    if not text.rpartition("@")[0].isascii():
        raise Invalid(_("Enter an e-mail address, such as name@example.com."))
    name, _at, domain = clean_line(text).rpartition("@")
    try:
        email = f"{name}@{domain.encode('idna').decode('ascii')}".lower()
        validate_email(email)
    except (ValidationError, UnicodeError) as error:
        raise Invalid(_("Enter an e-mail address, such as name@example.com.")) from error
    if not email.isascii() or '"' in email or len(email) > MAX_EMAIL_LENGTH:
        raise Invalid(_("Enter an e-mail address, such as name@example.com."))
    return email


def clean_username(text: str, *, email: str) -> str:
    """The username, or the e-mail where none is given.

    Raises `Invalid` for letters beyond ASCII, and for a username that looks like the e-mail of
    somebody else, who could then not sign in.
    """
    if not text.isascii():
        raise Invalid(_("Use letters, digits and . + - _ only."))
    username = clean_line(text) or email
    if username.lower() == email:
        return email
    try:
        ASCIIUsernameValidator()(username)
    except ValidationError as error:
        raise Invalid(_("Use letters, digits and . + - _ only.")) from error
    if "@" in username:
        raise Invalid(_("A username cannot hold an @."))
    if len(username) > 150:
        raise Invalid(_("Use at most %(count)s characters.") % {"count": 150})
    return username


def mask_email(email: str) -> str:
    """The address as a mail to somebody else may show it: `a•••@example.com`."""
    name, _at, domain = email.rpartition("@")
    return f"{name[:1]}•••@{domain}"
