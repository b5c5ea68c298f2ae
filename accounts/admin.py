"""People in the back office: users with their roles and groups, and customers."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from unfold.contrib.filters.admin import ChoicesCheckboxFilter
from unfold.decorators import action, display
from unfold.forms import (
    AdminPasswordChangeForm,
    BaseDialogForm,
    UserChangeForm,
    UserCreationForm,
)
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts.fields import EmailField
from accounts.models import Address, Customer, CustomerGroup, User
from accounts.passwords import set_password
from accounts.permissions import CUSTOMERS, MANAGE_STAFF
from accounts.profile import withdraw_newsletter
from accounts.states import Role
from shop.admin.base import (
    DayRangeFilter,
    ReadOnlyAdmin,
    StaffAdmin,
    StaffStackedInline,
    allowed,
    badge,
    leave_dialog,
)
from shop.core.actors import SYSTEM, Actor
from shop.core.permissions import acts_on, may

ROLES = {
    Role.CUSTOMER: ("person", "quiet"),
    Role.MODERATOR: ("rate_review", "info"),
    Role.STAFF: ("badge", "info"),
    Role.ADMIN: ("shield_person", "warn"),
}


class AddUserForm(UserCreationForm):
    """A new user: e-mail, username, role and password."""

    class Meta(UserCreationForm.Meta):
        model = User
        fields = ("email", "username", "role")
        field_classes: ClassVar = {**UserCreationForm.Meta.field_classes, "email": EmailField}


class ChangeUserForm(UserChangeForm):
    """A user's own facts; the password has a page of its own."""

    class Meta(UserChangeForm.Meta):
        model = User
        fields = "__all__"
        field_classes: ClassVar = {**UserChangeForm.Meta.field_classes, "email": EmailField}


class SetPasswordForm(AdminPasswordChangeForm):
    """Another password for somebody, or none."""

    def save(self, commit: bool = True) -> User:
        """Through the service, which ends all sign-ins and tells the owner; called
        by Django's view.
        """
        is_usable = self.cleaned_data["set_usable_password"]
        password = self.cleaned_data["password1"] if is_usable else None
        # Who did it stands in the line that the page itself adds to the audit log.
        return set_password(self.user, password, actor=SYSTEM, at=timezone.now())


# Django's class brings the password pages; ours goes on with what it does not define.
@admin.register(User)
class UserAdmin(DjangoUserAdmin[User], StaffAdmin):  # type: ignore[misc]
    """Who can sign in. Accounts are deactivated; who wants to be forgotten deletes their own."""

    # Who makes a user says which role they have.
    acts = {"add": MANAGE_STAFF, "delete": None}

    form = ChangeUserForm
    add_form = AddUserForm
    change_password_form = SetPasswordForm
    list_display = ["email", "name", "role_badge", "active", "date_joined", "last_login"]
    list_filter = [
        ("role", ChoicesCheckboxFilter),
        "is_active",
        "groups",
        ("date_joined", DayRangeFilter),
    ]
    search_fields = ["email", "username", "first_name", "last_name"]
    search_help_text = gettext_lazy("E-mail, username or name")
    ordering = ["email"]
    readonly_fields = ["last_login", "date_joined"]
    filter_horizontal = ()
    fieldsets = [
        (None, {"fields": ["email", "username", "password"]}),
        (gettext_lazy("Profile"), {"fields": ["first_name", "last_name"]}),
        (gettext_lazy("Permissions"), {"fields": ["role", "groups", "is_active"]}),
        (gettext_lazy("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (
            None,
            {"fields": ["email", "username", "role", "usable_password", "password1", "password2"]},
        )
    ]

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """Locked where a form is saved: who is made staff meanwhile is staff for what follows."""
        user = super().get_object(request, object_id, from_field)
        if user is not None and request.method == "POST":
            user.refresh_from_db(from_queryset=User.objects.select_for_update())
        return user

    @method_decorator(sensitive_post_parameters())
    @transaction.atomic
    def user_change_password(
        self,
        request: HttpRequest,
        id: str,  # noqa: A002 - as the address names it
        form_url: str = "",
    ) -> HttpResponse:
        """As Django's, in one transaction with the lock."""
        return super().user_change_password(request, id, form_url)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A staff account takes the right to manage staff: else a new password would open it."""
        if obj is not None and obj.is_staff and not may(request.user, MANAGE_STAFF):
            return False
        return super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Role and groups are read-only without the right to manage staff."""
        fields = [*super().get_readonly_fields(request, obj)]
        return fields if may(request.user, MANAGE_STAFF) else [*fields, "role", "groups"]

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """A new password is a change too, though nobody may read it."""
        if isinstance(form, SetPasswordForm):
            return {"password": [None, None]}
        return super().construct_change_message(request, form, formsets, add)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Groups as ticks."""
        if db_field.name == "groups":
            options["widget"] = UnfoldAdminCheckboxSelectMultipleWidget()
        return super().formfield_for_manytomany(db_field, request, **options)

    @display(description=gettext_lazy("name"))
    def name(self, user: User) -> str:
        """First and last name."""
        return user.get_full_name()

    @display(description=gettext_lazy("role"), ordering="role")
    def role_badge(self, user: User) -> SafeString:
        """The role in icon and word."""
        icon, tone = ROLES[Role(user.role)]
        return badge(user.get_role_display(), icon=icon, tone=tone)

    @display(description=gettext_lazy("status"), ordering="is_active")
    def active(self, user: User) -> SafeString:
        """Whether they can sign in."""
        if user.is_active:
            return badge(_("Active"), icon="check_circle", tone="ok")
        return badge(_("Deactivated"), icon="block")


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin):
    """Second factors, without their secrets: taken off whoever has lost one."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_select_related = ["user"]
    search_fields = ["user__email"]
    search_help_text = gettext_lazy("E-mail")
    fields = ["user", "type", "created_at", "last_used_at"]
    acts = {"add": None, "change": None, "delete": MANAGE_STAFF}


class AddressInline(StaffStackedInline):
    """The customer's address book."""

    model = Address
    tab = True
    fields = [
        ("name", "company"),
        ("line1", "line2"),
        ("postal_code", "city", "region", "country"),
        ("phone", "is_default_shipping", "is_default_billing"),
    ]


@admin.register(CustomerGroup)
class CustomerGroupAdmin(StaffAdmin):
    """Groups that promotions may be for. Who is in one stands with each customer."""

    list_display = ["name", "line"]
    search_fields = ["name"]
    fields = ["name", "line"]


@admin.register(Customer)
class CustomerAdmin(StaffAdmin):
    """Who buys: customers with an account and guests."""

    list_display = ["email", "name", "kind", "language", "newsletter", "created_at"]
    list_filter = ["has_newsletter", ("created_at", DayRangeFilter)]
    list_select_related = ["user"]
    search_fields = ["email", "name", "phone"]
    search_help_text = gettext_lazy("E-mail, name or phone")
    autocomplete_fields = ["user", "groups"]
    fields = ["email", "name", "phone", "language", "currency", "newsletter", "groups", "note"]
    # Only a person's own consent switches the newsletter on.
    readonly_fields = ["email", "newsletter"]
    inlines = [AddressInline]
    actions_detail = ["orders", "unsubscribe"]
    # Customers come by themselves, and their orders need them.
    acts = {"add": None, "delete": None}
    has_orders_permission = allowed(acts_on("orders.order").view)
    has_unsubscribe_permission = allowed(
        CUSTOMERS.change,
        when=lambda _request, key: Customer.objects.filter(pk=key, has_newsletter=True).exists(),
    )

    @display(description=gettext_lazy("type"))
    def kind(self, customer: Customer) -> SafeString:
        """Guest or account."""
        if customer.is_guest:
            return badge(_("Guest"), icon="person_outline")
        return badge(_("Account"), icon="person", tone="ok")

    @display(description=gettext_lazy("newsletter"), ordering="has_newsletter")
    def newsletter(self, customer: Customer) -> str:
        """Whether they asked for it."""
        return _("Yes") if customer.has_newsletter else "–"

    @action(
        description=gettext_lazy("Unsubscribe"),
        icon="unsubscribe",
        permissions=["unsubscribe"],
        url_path="unsubscribe",
        dialog={
            "title": gettext_lazy("Unsubscribe from the newsletter"),
            "description": gettext_lazy(
                "Use this when a customer asks to unsubscribe. Only the customer can subscribe "
                "again."
            ),
            "form_class": BaseDialogForm,
            "form_submit_text": gettext_lazy("Unsubscribe"),
        },
    )
    def unsubscribe(
        self, request: HttpRequest, form: BaseDialogForm, object_id: str
    ) -> HttpResponse:
        """Withdraw the consent in the customer's name; it stays on record."""
        customer = get_object_or_404(Customer, pk=object_id)
        self.act(
            request,
            lambda: withdraw_newsletter(customer, actor=Actor.of(request.user), at=timezone.now()),
            _("The customer is unsubscribed from the newsletter."),
        )
        return leave_dialog(request, reverse("admin:accounts_customer_change", args=[object_id]))

    @action(
        description=gettext_lazy("Orders"),
        icon="receipt_long",
        permissions=["orders"],
        url_path="orders",
    )
    def orders(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """To the orders of this customer."""
        return redirect(
            f"{reverse('admin:orders_order_changelist')}?customer__id__exact={object_id}"
        )
