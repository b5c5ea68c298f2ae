"""Shapes of what people type on their pages. They never save."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm as AllauthAuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as AllauthReauthenticateForm
from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.addresses import (
    AUTOCOMPLETE,
    MAX_LENGTHS,
    AddressData,
    clean_address,
    country_choices,
    country_fields,
    is_country,
)
from accounts.fields import EmailField, RegionField
from accounts.password_rules import MAX_PASSWORD_LENGTH
from accounts.passwords import request_password_reset
from accounts.sign_in import use_totp_code
from shop.core.card_numbers import CardFreeForm
from shop.core.errors import DomainError, Invalid


def add_refusal(form: forms.Form, refusal: DomainError) -> None:
    """Show a service's refusal at the fields it names, or above the form."""
    for name, messages in refusal.errors.items():
        for message in messages:
            form.add_error(name if name in form.fields else None, message)
    if not refusal.errors:
        form.add_error(None, refusal.message)


def _password(autocomplete: str, **options: Any) -> forms.CharField:
    return forms.CharField(
        strip=False,
        max_length=MAX_PASSWORD_LENGTH,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
        **options,
    )


class LoginForm(AllauthLoginForm):
    """E-mail or username, and the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login = self.fields["login"]
        login.label, login.max_length = _("E-mail or username"), 254
        login.widget = forms.TextInput(
            attrs={"autocomplete": "username webauthn", "autocapitalize": "none"}
        )
        self.fields["password"] = _password("current-password", label=_("Password"))
        if "remember" in self.fields:
            self.fields["remember"].label = _("Keep me signed in on this device")
            self.fields["remember"].initial = True


class _CodeOfSecondFactor:
    """Takes each code of an authenticator app once, by the same count as the API."""

    def clean_code(self) -> str:
        """The code, used up now."""
        code: str = super().clean_code()  # type: ignore[misc]
        factor = self.authenticator  # type: ignore[attr-defined]
        if factor.type == Authenticator.Type.TOTP and not use_totp_code(factor, code):
            raise get_adapter().validation_error("incorrect_code")
        return code


class AuthenticateForm(_CodeOfSecondFactor, AllauthAuthenticateForm):
    """The second step of signing in."""


class ReauthenticateForm(_CodeOfSecondFactor, AllauthReauthenticateForm):
    """The second factor again, before something that matters."""


class SignupForm(CardFreeForm):
    """A new account."""

    name = forms.CharField(
        label=_("Full name"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = EmailField(
        label=_("E-mail"),
        help_text=_("We'll send an e-mail to confirm it."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password = _password(
        "new-password",
        label=_("Password"),
        help_text=_("At least 12 characters. A passphrase or a password manager works well."),
    )
    has_newsletter = forms.BooleanField(
        label=_("Subscribe to the monthly newsletter"), required=False
    )

    def account(self) -> dict[str, Any]:
        """The arguments of `register`, the name split at its last space."""
        data = dict(self.cleaned_data)
        first, _space, last = data.pop("name").strip().rpartition(" ")
        return {**data, "first_name": first or last, "last_name": last if first else ""}


class ResetPasswordForm(forms.Form):
    """Where the link to a new password shall go."""

    email = EmailField(
        label=_("E-mail"),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def save(self, request: Any, **kwargs: Any) -> str:
        """Ask for the link; called by allauth's view."""
        email = str(self.cleaned_data["email"])
        request_password_reset(email, at=timezone.now())
        return email


class DetailsForm(CardFreeForm):
    """Name, phone and language."""

    first_name = forms.CharField(
        label=_("First name"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    last_name = forms.CharField(
        label=_("Last name"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    phone = forms.CharField(
        label=_("Phone"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
    )
    language = forms.ChoiceField(label=_("E-mail language"), choices=settings.LANGUAGES)


class EmailForm(forms.Form):
    """Another e-mail address."""

    email = EmailField(
        label=_("New e-mail"),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    current_password = _password("current-password", label=_("Current password"))


class PasswordForm(forms.Form):
    """Another password."""

    current_password = _password("current-password", label=_("Current password"))
    new_password = _password(
        "new-password",
        label=_("Reset password"),
        help_text=_("At least 12 characters. A passphrase or a password manager works well."),
    )


class NewsletterForm(forms.Form):
    """Which mails the shopper wants."""

    has_newsletter = forms.BooleanField(label=_("Monthly newsletter"), required=False)


class DeleteForm(forms.Form):
    """The password, asked for once more before everything goes."""

    current_password = _password("current-password", label=_("Current password"))


class AddressForm(CardFreeForm):
    """A postal address with the fields of its country.

    The country comes first: of the data sent, else `country`, else the shop's own. `address` holds
    the cleaned address of a valid form.
    """

    address: AddressData

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *args: Any,
        country: str = "",
        has_phone: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, *args, **kwargs)
        self.chosen_country = self._country(data, country)
        self.fields["country"] = forms.ChoiceField(
            label=_("Country"),
            choices=country_choices,
            initial=self.chosen_country,
            widget=forms.Select(attrs={"autocomplete": "country", "data-country": ""}),
        )
        for part in country_fields(self.chosen_country):
            if part.name == "phone" and not has_phone:
                continue
            attrs = {"autocomplete": AUTOCOMPLETE[part.name]}
            if part.is_numeric:
                attrs["inputmode"] = "numeric"
            if part.choices:
                self.fields[part.name] = RegionField(
                    self.chosen_country,
                    label=part.label,
                    required=part.is_required,
                    choices=[("", _("Choose")), *part.choices],
                    widget=forms.Select(attrs=attrs),
                )
                continue
            if part.name == "phone":
                attrs["type"] = "tel"
            self.fields[part.name] = forms.CharField(
                label=part.label,
                required=part.is_required,
                max_length=MAX_LENGTHS[part.name],
                widget=forms.TextInput(attrs=attrs),
            )

    def _country(self, data: Mapping[str, Any] | None, country: str) -> str:
        initial = (self.initial or {}).get("country", "")
        sent = data.get(self.add_prefix("country"), "") if data is not None else ""
        wanted = (str(code).upper() for code in (sent, country, initial, settings.SHOP_COUNTRY))
        return next((code for code in wanted if is_country(code)), "DE")

    @property
    def country_field(self) -> forms.BoundField:
        """The country, which a page shows first."""
        return self["country"]

    @property
    def postal_fields(self) -> list[forms.BoundField]:
        """All other fields, in the country's order."""
        return [self[name] for name in self.fields if name in MAX_LENGTHS and name != "country"]

    def clean(self) -> dict[str, Any]:
        """Hold the address against the rules of its country."""
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                self.address = clean_address(cleaned)
            except Invalid as refusal:
                add_refusal(self, refusal)
        return cleaned


class BookEntryForm(AddressForm):
    """An address of the own book."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["is_default_shipping"] = forms.BooleanField(
            label=_("Use as my default delivery address"), required=False
        )
        self.fields["is_default_billing"] = forms.BooleanField(
            label=_("Use as my default billing address"), required=False
        )

    @property
    def default_fields(self) -> list[forms.BoundField]:
        """What the address is usually for."""
        return [self["is_default_shipping"], self["is_default_billing"]]
