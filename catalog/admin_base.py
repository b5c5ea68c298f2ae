"""What all lists of the catalog share: a change makes the cached pages stale."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Model
from django.http import HttpRequest

from catalog.models import Pictured
from catalog.pictures import set_picture
from catalog.slugs import free_slug
from shop.admin.base import StaffAdmin
from shop.core.caching import bump_catalog_version


class CatalogAdmin(StaffAdmin):
    """Simple content of the catalog; a save or a deletion makes the shop's pages new."""

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Logged, and the pages are stale."""
        bump_catalog_version()
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Logged, and the pages are stale."""
        bump_catalog_version()
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Logged, and the pages are stale."""
        bump_catalog_version()
        return super().log_deletions(request, queryset)


class SluggedForm(forms.ModelForm[Any]):
    """A form with a slug, which is made of the name or title where it is left empty."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False

    def clean_slug(self) -> str:
        """The slug that was typed, or one of the name that nothing else has."""
        model = self._meta.model
        name = self.cleaned_data.get("name") or self.cleaned_data.get("title") or ""
        slug: str = self.cleaned_data["slug"]
        return slug or self.instance.slug or free_slug(model, "", name)


def save_picture(subject: Pictured, form: Any) -> None:
    """Hand a file that was uploaded with a form to the service, or take the picture away.

    Hue and cut-out follow the new picture unless they were changed by hand in the same form.
    """
    if "picture" not in form.changed_data:
        return
    by_hand = {
        name: form.cleaned_data[name] for name in ("hue", "is_cutout") if name in form.changed_data
    }
    set_picture(subject, file=form.cleaned_data["picture"] or None, **by_hand)
