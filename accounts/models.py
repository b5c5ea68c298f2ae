"""People: who signs in, who buys, and where orders are sent."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.contrib.auth.validators import ASCIIUsernameValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.addresses import ADDRESS_FIELDS, AddressData
from accounts.querysets import (
    AddressQuerySet,
    CustomerQuerySet,
    RefreshFamilyQuerySet,
    SavedViewQuerySet,
    UserManager,
)
from accounts.states import Role


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who can sign in, by e-mail or username. What they buy hangs on `Customer`."""

    email = models.EmailField(_("e-mail"), max_length=254)
    username = models.CharField(
        _("username"), max_length=254, validators=[ASCIIUsernameValidator()]
    )
    first_name = models.CharField(_("first name"), max_length=150, blank=True)
    last_name = models.CharField(_("last name"), max_length=150, blank=True)
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.CUSTOMER)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)
    # A link to a new password holds this moment: asking again voids the older link.
    reset_asked_at = models.DateTimeField(null=True, blank=True, editable=False)
    avatar = models.ImageField(_("picture"), upload_to="avatars/", blank=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    # The role says both; columns of their own could contradict it.
    is_superuser = property(lambda self: self.is_active and self.role == Role.ADMIN)
    is_staff = property(lambda self: self.role in {Role.ADMIN, Role.STAFF, Role.MODERATOR})

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["email", "pk"]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique_any_case"),
            models.UniqueConstraint(Lower("username"), name="user_username_unique_any_case"),
        ]
        permissions = [("manage_staff", _("Can manage staff accounts, roles and groups"))]
        indexes = [models.Index(fields=["role"], name="user_role")]

    def __str__(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class CustomerGroup(models.Model):
    """Customers that a promotion may be for, such as members or the trade."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    line = models.CharField(_("short description"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("customer group")
        verbose_name_plural = _("customer groups")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class Customer(models.Model):
    """Somebody who buys: the profile of a user, or a guest (`user` is null)
    known by e-mail only.
    """

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, null=True, blank=True, related_name="customer"
    )
    email = models.EmailField(_("e-mail"), max_length=254)
    name = models.CharField(_("name"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    has_newsletter = models.BooleanField(_("newsletter"), default=False)
    note = models.TextField(_("internal note"), blank=True)
    groups = models.ManyToManyField(
        CustomerGroup, blank=True, related_name="customers", verbose_name=_("groups")
    )
    created_at = models.DateTimeField(_("customer since"), default=timezone.now)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="customer_one_guest_per_email",
                condition=models.Q(user__isnull=True),
            )
        ]
        indexes = [models.Index(Lower("email"), name="customer_email")]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.name else self.email

    @property
    def is_guest(self) -> bool:
        """Whether nobody can sign in as this customer."""
        return self.user_id is None


class Address(models.Model):
    """A postal address in a customer's book; the fields are those of the API's `address`."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="addresses")
    name = models.CharField(_("full name"), max_length=200)
    company = models.CharField(_("company"), max_length=200, blank=True)
    line1 = models.CharField(_("street address"), max_length=200)
    line2 = models.CharField(_("apartment, floor or building"), max_length=200, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    region = models.CharField(_("region"), max_length=100, blank=True)
    country = models.CharField(_("country"), max_length=2)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    is_default_shipping = models.BooleanField(_("default delivery address"), default=False)
    is_default_billing = models.BooleanField(_("default billing address"), default=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    objects = AddressQuerySet.as_manager()

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        ordering = ["-is_default_shipping", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer"],
                name="address_one_default_shipping",
                condition=models.Q(is_default_shipping=True),
            ),
            models.UniqueConstraint(
                fields=["customer"],
                name="address_one_default_billing",
                condition=models.Q(is_default_billing=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.line1}, {self.city}"

    @property
    def data(self) -> AddressData:
        """The address as orders, quotes and labels take it."""
        return AddressData(**{name: getattr(self, name) for name in ADDRESS_FIELDS})


class RefreshFamily(models.Model):
    """All refresh tokens that descend from one sign-in.

    Revoking it ends them, and its access tokens.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="refresh_families")
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_reason = models.CharField(max_length=30, blank=True)

    objects = RefreshFamilyQuerySet.as_manager()

    class Meta:
        verbose_name = _("API sign-in")
        verbose_name_plural = _("API sign-ins")

    def __str__(self) -> str:
        return f"{self.user_id}: {self.id}"


class RefreshToken(models.Model):
    """One refresh token, by the SHA-256 of its `jti`; used once, replaced by its child."""

    family = models.ForeignKey(RefreshFamily, on_delete=models.CASCADE, related_name="tokens")
    jti_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("refresh token")
        verbose_name_plural = _("refresh tokens")

    def __str__(self) -> str:
        return f"{self.family_id} #{self.pk}"


class Consent(models.Model):
    """What a person agreed to or withdrew, with the version of the text they saw.

    Rows are only added.
    """

    user = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="consents"
    )
    email = models.EmailField(_("e-mail"), max_length=254)
    kind = models.CharField(_("type"), max_length=30)
    text_version = models.CharField(_("consent text version"), max_length=30)
    is_given = models.BooleanField(_("consented"))
    at = models.DateTimeField(_("date"), default=timezone.now)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.email}: {self.kind}"


class SavedView(models.Model):
    """A list of the back office as somebody filters it; a tab above that list, for them alone."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    # Which list, such as "orders.order".
    model = models.CharField(_("list"), max_length=100)
    name = models.CharField(_("name"), max_length=40)
    query = models.CharField(_("query"), max_length=1000)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "model", "name"], name="saved_view_name_once")
        ]

    def __str__(self) -> str:
        return self.name
