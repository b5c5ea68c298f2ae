"""Account pages: opening an account, one's details, one's addresses."""

from __future__ import annotations

from typing import Any

from allauth.account import app_settings
from allauth.account.models import EmailAddress
from allauth.account.signals import password_changed
from allauth.account.utils import complete_signup
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import address_book, email_addresses, forms, passwords, profile, registration
from accounts.models import Address, User
from accounts.profile.texts import DELETE_EFFECTS
from shop.api.clients import client_network
from shop.core.clock import database_now
from shop.core.errors import DomainError
from shop.core.rates import require
from shop.web.origin import safe_next


@login_required
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """An account opens on its orders."""
    return redirect("orders:account-orders")


@require_safe
def to_details(request: HttpRequest) -> HttpResponse:
    """E-mail and password are changed on the page of one's details."""
    return redirect("accounts:details")


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def signup(request: HttpRequest) -> HttpResponseBase:
    """Open an account and sign in to it."""
    if request.user.is_authenticated:
        return redirect(safe_next(request, reverse("accounts:overview")))
    form = forms.SignupForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                require("login", f"signup:{client_network(request)}")
                user = registration.register(**form.account(), at=database_now())
            except DomainError as refusal:
                forms.add_refusal(form, refusal)
                status = 429 if refusal.status == 429 else 422
            else:
                target = safe_next(request, reverse("accounts:overview"))
                return complete_signup(  # type: ignore[no-any-return]
                    request, user, app_settings.EMAIL_VERIFICATION, target
                )
    context = {"form": form, "next": safe_next(request, "")}
    return render(request, "account/signup.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def details(request: HttpRequest) -> HttpResponse:
    """Name, e-mail, addresses, sign-in, newsletter and data on one page."""
    if request.method != "POST":
        return _details_page(request)
    form = forms.DetailsForm(request.POST)
    if form.is_valid():
        try:
            profile.update_profile(_user(request), **form.cleaned_data, at=database_now())
        except DomainError as refusal:
            forms.add_refusal(form, refusal)
        else:
            messages.success(request, _("Details saved."))
            return redirect("accounts:details")
    return _details_page(request, details_form=form)


@sensitive_post_parameters()
@login_required
@require_POST
def change_email(request: HttpRequest) -> HttpResponse:
    """Ask for another e-mail address."""
    form = forms.EmailForm(request.POST)
    if form.is_valid():
        try:
            require("login", f"account:{_user(request).pk}")
            email_addresses.start_email_change(
                _user(request), **form.cleaned_data, at=database_now()
            )
        except DomainError as refusal:
            forms.add_refusal(form, refusal)
        else:
            messages.success(
                request,
                _("We've sent an e-mail to %(email)s. Open the link in it to confirm the change.")
                % {"email": form.cleaned_data["email"]},
            )
            return redirect("accounts:details")
    return _details_page(request, email_form=form)


@sensitive_post_parameters()
@login_required
@require_POST
def change_password(request: HttpRequest) -> HttpResponse:
    """Change the password; this session stays, all others end."""
    form = forms.PasswordForm(request.POST)
    if form.is_valid():
        try:
            require("login", f"account:{_user(request).pk}")
            user = passwords.change_password(_user(request), **form.cleaned_data, at=database_now())
        except DomainError as refusal:
            forms.add_refusal(form, refusal)
        else:
            update_session_auth_hash(request, user)
            # The list of devices learns the session's new key from it.
            password_changed.send(sender=User, request=request, user=user)
            messages.success(
                request, _("Password changed. You've been signed out on all other devices.")
            )
            return redirect("accounts:details")
    return _details_page(request, password_form=form)


@login_required
@require_POST
def change_newsletter(request: HttpRequest) -> HttpResponse:
    """Subscribe to the newsletter, or leave it."""
    form = forms.NewsletterForm(request.POST)
    form.full_clean()
    profile.update_profile(_user(request), **form.cleaned_data, at=database_now())
    messages.success(request, _("Preferences saved."))
    return redirect("accounts:details")


@login_required
@require_POST
def send_verification(request: HttpRequest) -> HttpResponse:
    """Send the link that proves the e-mail again."""
    try:
        require("login", f"verify:{_user(request).pk}")
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        email_addresses.send_verification_again(_user(request))
        messages.success(request, _("We've sent an e-mail with a confirmation link."))
    return redirect("accounts:details")


@login_required
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Everything the shop holds about the person, as a JSON file."""
    response = JsonResponse(
        profile.export_data(_user(request)), json_dumps_params={"indent": 2, "ensure_ascii": False}
    )
    response["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    """Delete the account, after saying what goes and what stays."""
    form = forms.DeleteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            require("login", f"account:{_user(request).pk}")
            profile.delete_account(_user(request), **form.cleaned_data, at=database_now())
        except DomainError as refusal:
            forms.add_refusal(form, refusal)
        else:
            logout(request)
            return render(request, "accounts/deleted.html")
    context = {"form": form, "effects": DELETE_EFFECTS, "current": "details"}
    return render(request, "accounts/delete.html", context, status=_status(form))


@login_required
@require_safe
def addresses(request: HttpRequest) -> HttpResponse:
    """The address book."""
    context = {"addresses": _book(request), "current": "addresses"}
    return render(request, "accounts/addresses.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add_address(request: HttpRequest) -> HttpResponse:
    """Put an address into the book."""
    user = _user(request)
    if _wants_other_country(request):
        return _address_page(request, _reload(request))
    form = forms.BookEntryForm(request.POST or None, initial={"name": user.get_full_name()})
    if request.method == "POST" and form.is_valid():
        try:
            address_book.add_address(
                registration.customer_for(user), form.address, **_defaults(form), at=database_now()
            )
        except DomainError as refusal:
            forms.add_refusal(form, refusal)
        else:
            messages.success(request, _("Address saved."))
            return redirect(safe_next(request, reverse("accounts:addresses")))
    return _address_page(request, form)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change_address(request: HttpRequest, pk: int) -> HttpResponse:
    """Change an address of the book."""
    address = get_object_or_404(Address.objects.visible_to(request.user), pk=pk)
    if _wants_other_country(request):
        return _address_page(request, _reload(request), address)
    initial = {
        **address.data.as_dict(),
        "is_default_shipping": address.is_default_shipping,
        "is_default_billing": address.is_default_billing,
    }
    form = forms.BookEntryForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        address_book.change_address(address, form.address, **_defaults(form))
        messages.success(request, _("Address saved."))
        return redirect("accounts:addresses")
    return _address_page(request, form, address)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete_address(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an address out of the book, after asking."""
    address = get_object_or_404(Address.objects.visible_to(request.user), pk=pk)
    if request.method == "POST":
        address_book.delete_address(address)
        messages.success(request, _("Address removed."))
        return redirect("accounts:addresses")
    context = {"address": address, "current": "addresses"}
    return render(request, "accounts/delete_address.html", context)


@require_POST
def address_fields(request: HttpRequest) -> HttpResponse:
    """The fields of an address in the country just chosen, with what was typed so far."""
    return render(request, "accounts/_address_fields.html", {"form": _reload(request)})


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - behind login_required
    return request.user


def _status(form: Any) -> int:
    return 422 if form.errors else 200


def _details_of(user: User) -> dict[str, Any]:
    customer = registration.customer_for(user)
    return {
        "first_name": user.first_name,
        "last_name": user.last_name,
        "phone": customer.phone,
        "language": customer.language or "en",
        "has_newsletter": customer.has_newsletter,
    }


def _details_page(request: HttpRequest, **bound: Any) -> HttpResponse:
    user = _user(request)
    initial = _details_of(user)
    context = {
        "details_form": forms.DetailsForm(initial=initial),
        "email_form": forms.EmailForm(),
        "password_form": forms.PasswordForm(),
        "newsletter_form": forms.NewsletterForm(initial=initial),
        "email_addresses": list(EmailAddress.objects.filter(user=user).order_by("-primary", "pk")),
        "factors": list(Authenticator.objects.filter(user=user).order_by("pk")),
        "current": "details",
        **bound,
    }
    failed = next((form for form in bound.values() if form.errors), None)
    return render(
        request,
        "accounts/details.html",
        {**context, "failed": failed},
        status=422 if failed else 200,
    )


def _book(request: HttpRequest) -> list[Address]:
    return list(Address.objects.visible_to(request.user).order_by("-is_default_shipping", "pk"))


def _address_page(
    request: HttpRequest, form: forms.AddressForm, address: Address | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "address": address,
        "current": "addresses",
        "next": safe_next(request, ""),
    }
    return render(request, "accounts/address.html", context, status=_status(form))


def _wants_other_country(request: HttpRequest) -> bool:
    return request.method == "POST" and "reload" in request.POST


def _reload(request: HttpRequest) -> forms.BookEntryForm:
    """The form for the country in the post, filled with what was typed, not judged yet."""
    return forms.BookEntryForm(initial=dict(request.POST.items()))


def _defaults(form: forms.BookEntryForm) -> dict[str, bool]:
    return {name: form.cleaned_data[name] for name in ("is_default_shipping", "is_default_billing")}
