"""Shape of what visitors send to catalog pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from shop.core.languages import own_name

THEMES = [("", _("System default")), ("light", _("Light")), ("dark", _("Dark"))]


class PreferencesForm(forms.Form):
    """Language, currency and light or dark.

    The language is that of the page to go on to; the others are kept in cookies of their own.
    """

    theme = forms.ChoiceField(label=_("Theme"), choices=THEMES, required=False)

    def __init__(self, *args: Any, currencies: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        languages = [(code, own_name(code)) for code, _name in settings.LANGUAGES]
        self.fields["language"] = forms.ChoiceField(label=_("Language"), choices=languages)
        self.fields["currency"] = forms.ChoiceField(
            label=_("Currency"), choices=[(code, code) for code in currencies]
        )
        self.order_fields(["language", "currency", "theme"])
