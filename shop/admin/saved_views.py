"""Saved views: the filters of a list under a name of one's own, as a tab above it."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django import forms
from django.apps import apps
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.models import SavedView

MOST_VIEWS = 12


class SaveViewForm(forms.ModelForm[SavedView]):
    """A name for what a list shows now."""

    class Meta:
        model = SavedView
        fields = ["name"]
        labels = {"name": gettext_lazy("View name")}
        widgets = {"name": UnfoldAdminTextInputWidget(attrs={"autofocus": True})}

    def clean_name(self) -> str:
        """One name once a list, and not too many tabs."""
        mine = SavedView.objects.above(self.instance.model, owner=self.instance.owner)
        name: str = self.cleaned_data["name"].strip()
        if mine.filter(name=name).exists():
            raise forms.ValidationError(
                _("You already have a view with this name. Choose another name.")
            )
        if mine.count() >= MOST_VIEWS:
            raise forms.ValidationError(_("You can save up to 12 views. Remove one first."))
        return name


def plain_query(query: str) -> str:
    """The query without what only sorts and pages."""
    return urlencode([pair for pair in parse_qsl(query) if pair[0] not in {"o", "p", "all"}])


def list_address(model: str) -> str:
    """The address of the list of "orders.order". Raises `Http404` where there is none."""
    try:
        found = apps.get_model(model)
        return reverse(f"admin:{found._meta.app_label}_{found._meta.model_name}_changelist")
    except (LookupError, ValueError, NoReverseMatch) as error:
        raise Http404 from error


def save_view(request: HttpRequest, *, site: Any) -> HttpResponse:
    """Ask for a name, and keep the query under it."""
    model, query = request.GET.get("model", ""), plain_query(request.GET.get("query", ""))
    address = list_address(model)
    if not query or len(query) > 1000:
        raise Http404
    owner: Any = request.user
    view = SavedView(owner=owner, model=model, query=query)
    form = SaveViewForm(request.POST or None, instance=view)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("The view was saved."))
        return redirect(f"{address}?{query}")
    context = {
        **site.each_context(request),
        "title": _("Save view"),
        "form": form,
        "back": f"{address}?{query}",
        "button": _("Save"),
    }
    status = 422 if form.errors else 200
    return TemplateResponse(request, "admin/saved_view.html", context, status=status)


def remove_view(request: HttpRequest, pk: int, *, site: Any) -> HttpResponse:
    """Ask once, and take the tab away; what the list shows stays as it is."""
    view = get_object_or_404(SavedView, pk=pk, owner=request.user)
    address = list_address(view.model)
    if request.method == "POST":
        view.delete()
        messages.success(request, _("The view was removed."))
        return redirect(address)
    context = {
        **site.each_context(request),
        "title": _("Remove view %(name)s?") % {"name": view.name},
        "form": None,
        "back": f"{address}?{view.query}",
        "button": _("Remove"),
    }
    return TemplateResponse(request, "admin/saved_view.html", context)
