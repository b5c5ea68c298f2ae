"""What identifies people: e-mail addresses, usernames and names, in one spelling each."""

from __future__ import annotations

import idna
from django.contrib.auth.validators import ASCIIUsernameValidator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from accounts.typed_text import clean_line
from shop.core.errors import Invalid

MAX_EMAIL_LENGTH = 254
# The full-width forms of ASCII that East Asian keyboards type.
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def clean_email(text: str) -> str:
    """Return the address as the shop stores, compares and counts it.

    Lower case, full-width characters narrowed, the domain in its ASCII form (IDNA 2008: `ß` is not
    `ss`, which is another domain). `anna+shop@…` and `anna@…` stay two addresses.
    Raises `Invalid` for anything that is not one plain mailbox. Other letters beyond ASCII before
    the @ are refused, since folding them would make look-alikes the same.
    """
    refusal = Invalid(_("Enter an e-mail address, such as name@example.com."))
    name, _at, domain = text.translate(_NARROW).strip().rpartition("@")
    # Before anything composes letters: NFC would turn the Kelvin sign into a K.
    if not name.isascii():
        raise refusal
    domain = clean_line(domain)
    try:
        if not domain.isascii() or "xn--" in domain.lower():
            domain = idna.encode(domain, uts46=True).decode("ascii")
        email = f"{clean_line(name)}@{domain}".lower()
        validate_email(email)
    except (ValidationError, UnicodeError) as error:
        raise refusal from error
    if '"' in email or len(email) > MAX_EMAIL_LENGTH:
        raise refusal
    return email


def email_key(text: str) -> str:
    """Return what one mailbox is counted and looked up by, whoever wrote it down and how.

    That is `clean_email`; a text that is no address is only trimmed and put in lower case, without
    the NUL that PostgreSQL does not compare.
    """
    try:
        return clean_email(text)
    except Invalid:
        return text.replace("\0", " ").strip().lower()


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
        raise Invalid(_("A username can't contain @."))
    if len(username) > 150:
        raise Invalid(_("Use at most %(count)s characters.") % {"count": 150})
    return username


def mask_email(email: str) -> str:
    """The address as a mail to somebody else may show it: `a•••@example.com`."""
    name, _at, domain = email.rpartition("@")
    return f"{name[:1]}•••@{domain}"
