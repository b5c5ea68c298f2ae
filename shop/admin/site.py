"""The site class: who may enter, the first page, and a refusal that says who can help."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, update_wrapper
from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from accounts.models import User
from accounts.states import Role
from shop import __version__
from shop.admin.base import StaffAdmin
from shop.admin.dashboard import dashboard
from shop.admin.saved_views import remove_view, save_view
from shop.core.errors import Forbidden

View = Callable[..., HttpResponse]


class BackOffice(UnfoldAdminSite):
    """The one admin site.

    Staff sign in where everybody does, with a second factor where it is asked for.
    """

    index_title = _("Home")
    index_template = "admin/dashboard.html"
    enable_nav_sidebar = True

    def get_urls(self) -> list[Any]:
        """Django's own, and those of saved views."""
        return [
            path("views/save/", self._own(save_view), name="save_view"),
            path("views/<int:pk>/remove/", self._own(remove_view), name="remove_view"),
            *super().get_urls(),
        ]

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Only pages that ask the table of acts: those that libraries bring ask
        rules of their own.
        """
        if admin_class is not None and issubclass(admin_class, StaffAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def _search_apps(self, app_list: list[dict[str, Any]], search_term: str) -> list[Any]:
        """Nothing: the palette finds pages by the words of the side bar, not by
        the names of tables.
        """
        return []

    def _own(self, view: View) -> View:
        return self.admin_view(update_wrapper(partial(view, site=self), view))

    login = method_decorator(secure_admin_login)(UnfoldAdminSite.login)

    def logout(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Back to the sign-in page."""
        logout(request)
        return redirect("account_login")

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Django's gate, then the second factor; a forbidden page names those who can grant it."""
        inner = super().admin_view(view, cacheable)

        def gate(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if (
                settings.BACKOFFICE_REQUIRE_MFA
                and self.has_permission(request)
                and not is_mfa_enabled(request.user)
            ):
                return redirect("mfa_activate_totp")
            try:
                response: HttpResponse = inner(request, *args, **kwargs)
            except PermissionDenied:
                return self.refuse(request)
            except Forbidden as refusal:
                return self.refuse(request, missing=refusal.message)
            return response

        return update_wrapper(gate, view)

    def refuse(self, request: HttpRequest, *, missing: str = "") -> HttpResponse:
        """A page that says what is missing, where that is known, and whom to ask."""
        if not self.has_permission(request):
            raise PermissionDenied
        administrators = User.objects.filter(role=Role.ADMIN, is_active=True)
        context = {
            **self.each_context(request),
            "title": _("You don't have permission to view this page"),
            "administrators": administrators.order_by("email")[:5],
            "missing": missing,
            "groups": request.user.groups.order_by("name"),
        }
        response = TemplateResponse(request, "admin/403.html", context, status=403)
        return response.render()

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """The dashboard."""
        figures = dashboard(request, at=timezone.now()) | {"version": f"Linden {__version__}"}
        return super().index(request, figures | (extra_context or {}))
