"""Shapes of what the API takes and gives about people. They never save."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account.models import EmailAddress
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.addresses import ADDRESS_FIELDS, MAX_LENGTHS
from accounts.identity import MAX_EMAIL_LENGTH, clean_email
from accounts.models import Address, Customer, User
from shop.api.fields import (
    CleanCharField,
    PasswordField,
    QuerySerializer,
    StrictBooleanField,
    StrictSerializer,
)
from shop.core.errors import Invalid


class EmailAddressField(serializers.CharField):
    """One e-mail address, as `clean_email` writes it."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", MAX_EMAIL_LENGTH)
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            return clean_email(super().to_internal_value(data))
        except Invalid as refusal:
            raise serializers.ValidationError(refusal.message) from refusal


class RegisterInput(StrictSerializer):
    """A new account."""

    email = EmailAddressField()
    password = PasswordField()
    username = CleanCharField(max_length=150, required=False)
    first_name = CleanCharField(max_length=150, required=False, allow_blank=True)
    last_name = CleanCharField(max_length=150, required=False, allow_blank=True)
    has_newsletter = StrictBooleanField(required=False)


class LoginInput(StrictSerializer):
    """E-mail or username, with the password; `code` where the account has a second factor."""

    email = CleanCharField(max_length=254, required=False)
    username = CleanCharField(max_length=254, required=False)
    password = PasswordField()
    code = CleanCharField(max_length=20, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Exactly one name to sign in by."""
        if ("email" in attrs) == ("username" in attrs):
            raise serializers.ValidationError(
                {"email": [_("Send an e-mail address or a username.")]}
            )
        return {
            "login": attrs.get("email") or attrs["username"],
            "password": attrs["password"],
            "code": attrs.get("code", ""),
        }


class RefreshInput(StrictSerializer):
    """The refresh token to be used up."""

    refresh_token = CleanCharField(max_length=4096)


class LogoutInput(StrictSerializer):
    """Which sign-in ends: that of `refresh_token`, all of them, or the one that calls."""

    refresh_token = CleanCharField(max_length=4096, required=False)
    everywhere = StrictBooleanField(required=False)


class ChangePasswordInput(StrictSerializer):
    """The current password and the next."""

    current_password = PasswordField()
    new_password = PasswordField()


class ForgotPasswordInput(StrictSerializer):
    """Where the link to a new password shall go."""

    email = EmailAddressField()


class ResetPasswordInput(StrictSerializer):
    """The key of the link in the mail, and the new password."""

    key = CleanCharField(max_length=200)
    password = PasswordField()


class VerifyEmailInput(StrictSerializer):
    """The key of the link in the mail."""

    key = CleanCharField(max_length=200)


class ChangeEmailInput(StrictSerializer):
    """The next e-mail, confirmed by the current password and by the link sent there."""

    email = EmailAddressField()
    current_password = PasswordField()


class ProfileInput(StrictSerializer):
    """What a person may change about themselves directly."""

    first_name = CleanCharField(max_length=150, required=False, allow_blank=True)
    last_name = CleanCharField(max_length=150, required=False, allow_blank=True)
    username = CleanCharField(max_length=150, required=False)
    phone = CleanCharField(max_length=40, required=False, allow_blank=True)
    language = serializers.ChoiceField(
        choices=[code for code, _name in settings.LANGUAGES], required=False
    )
    has_newsletter = StrictBooleanField(required=False)


class DeleteAccountInput(StrictSerializer):
    """The password, asked for once more before everything goes."""

    current_password = PasswordField()


class AddressInput(StrictSerializer):
    """An address; what is required beyond these depends on its country."""

    name = CleanCharField(max_length=MAX_LENGTHS["name"])
    company = CleanCharField(max_length=MAX_LENGTHS["company"], required=False, allow_blank=True)
    line1 = CleanCharField(max_length=MAX_LENGTHS["line1"])
    line2 = CleanCharField(max_length=MAX_LENGTHS["line2"], required=False, allow_blank=True)
    postal_code = CleanCharField(
        max_length=MAX_LENGTHS["postal_code"], required=False, allow_blank=True
    )
    city = CleanCharField(max_length=MAX_LENGTHS["city"], required=False, allow_blank=True)
    region = CleanCharField(max_length=MAX_LENGTHS["region"], required=False, allow_blank=True)
    country = CleanCharField(max_length=2)
    phone = CleanCharField(max_length=MAX_LENGTHS["phone"], required=False, allow_blank=True)


class BookEntryInput(AddressInput):
    """An address of one's own book."""

    is_default_shipping = StrictBooleanField(required=False)
    is_default_billing = StrictBooleanField(required=False)


class UserSerializer(serializers.ModelSerializer[User]):
    """A user as they see themselves."""

    is_email_verified = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields: ClassVar[list[str]] = [
            "id",
            "email",
            "username",
            "first_name",
            "last_name",
            "role",
            "is_email_verified",
            "date_joined",
        ]

    @extend_schema_field(serializers.BooleanField())
    def get_is_email_verified(self, user: User) -> bool:
        """Whether mail to the address is known to arrive."""
        addresses = EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True)
        return bool(addresses.exists())


class SignedInSerializer(serializers.Serializer[Any]):
    """The user and the pair of tokens."""

    user = UserSerializer()
    access_token = serializers.CharField()
    refresh_token = serializers.CharField()


class TokenPairSerializer(serializers.Serializer[Any]):
    """The next pair of tokens."""

    access_token = serializers.CharField()
    refresh_token = serializers.CharField()


class AddressSerializer(serializers.ModelSerializer[Address]):
    """An address of the book."""

    class Meta:
        model = Address
        fields: ClassVar[list[str]] = [
            "id",
            *ADDRESS_FIELDS,
            "is_default_shipping",
            "is_default_billing",
        ]


class CustomerSerializer(serializers.ModelSerializer[Customer]):
    """A customer in a list."""

    is_guest = serializers.BooleanField(read_only=True)

    class Meta:
        model = Customer
        fields: ClassVar[list[str]] = [
            "id",
            "email",
            "name",
            "phone",
            "language",
            "currency",
            "has_newsletter",
            "is_guest",
            "created_at",
        ]


class CustomerDetailSerializer(CustomerSerializer):
    """A customer with their address book."""

    addresses = AddressSerializer(many=True, read_only=True)

    class Meta(CustomerSerializer.Meta):
        fields: ClassVar[list[str]] = [*CustomerSerializer.Meta.fields, "addresses"]


class CustomersQuery(QuerySerializer):
    """What an administrator may look for."""

    q = CleanCharField(max_length=100, required=False)
    is_guest = StrictBooleanField(required=False)
