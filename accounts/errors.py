"""What people's services refuse, and how they say it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from shop.core.errors import Conflict, DomainError, Forbidden, Invalid


class RegistrationRefused(Invalid):
    """No account can be opened with these data."""

    code = "registration_refused"
    default_message = _("The account could not be created. Check the details and try again.")


class CredentialsWrong(DomainError):
    """The login or the password is wrong, or the account is closed: all look the same."""

    status = 401
    code = "credentials_wrong"
    default_message = _("The sign-in details are incorrect.")


class TokenInvalid(DomainError):
    """A refresh token that is not ours, is expired, was used or was revoked."""

    status = 401
    code = "token_invalid"
    default_message = _("This token is invalid or has expired. Sign in again.")


class LinkInvalid(Invalid):
    """A link or key from a mail that is used, expired, replaced by a newer one, or not ours."""

    code = "link_invalid"
    default_message = _("This link is no longer valid. Request a new one.")


class PasswordWrong(Invalid):
    """The current password, asked for again, is not this one."""

    code = "password_wrong"
    default_message = _("The current password is incorrect.")


class AddressBookFull(Conflict):
    """A book holds only so many addresses."""

    code = "address_book_full"
    default_message = _("Your address book is full. Remove an address first.")


class SecondFactorNeeded(DomainError):
    """The password is right; the account also asks for the code of its second factor."""

    status = 401
    code = "second_factor_needed"
    default_message = _("Send your two-step verification code as `code`.")


class SecondFactorMissing(Forbidden):
    """Staff of a shop that asks for a second factor has none yet."""

    code = "second_factor_missing"
    default_message = _(
        "Staff need two-step verification to use the API. Set it up in your account first."
    )


class LastAdministrator(Conflict):
    """A shop without an administrator could not be run any more."""

    code = "last_administrator"
    default_message = _("You are the last administrator. Add another administrator first.")


class NotSubscribed(Conflict):
    """The customer gets no newsletter."""

    code = "not_subscribed"
    default_message = _("This customer is not subscribed to the newsletter.")
