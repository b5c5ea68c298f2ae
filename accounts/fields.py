"""Fields of forms for what identifies people."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.addresses import region_key
from accounts.identity import MAX_EMAIL_LENGTH, clean_email
from accounts.typed_text import clean_line
from shop.core.errors import Invalid


class RegionField(forms.ChoiceField):
    """A region of a country, chosen from its list; any spelling of one is taken for it."""

    def __init__(self, country: str, **options: Any) -> None:
        self.country = country
        super().__init__(widget=options.pop("widget", forms.Select), **options)

    def prepare_value(self, value: Any) -> Any:
        """The choice that a stored address means."""
        return region_key(self.country, value) if isinstance(value, str) else value

    def to_python(self, value: Any) -> str:
        """The key of the region."""
        return region_key(self.country, super().to_python(value))


class EmailField(forms.CharField):
    """One e-mail address, as `clean_email` writes it."""

    widget = forms.EmailInput

    def __init__(self, **options: object) -> None:
        options.setdefault("max_length", MAX_EMAIL_LENGTH)
        super().__init__(**options)  # type: ignore[arg-type]

    def clean(self, value: object) -> str:
        """The address in its one spelling; empty where none is required."""
        text: str = super().clean(value)
        if not text:
            return text
        try:
            return clean_email(text)
        except Invalid as refusal:
            raise forms.ValidationError(refusal.message, code="invalid") from refusal


def clean_text(text: str, *, max_length: int) -> str:
    """One line without control characters. Raises Django's `ValidationError`."""
    try:
        return clean_line(" ".join(text.split()), max_length=max_length)
    except Invalid as refusal:
        raise forms.ValidationError(refusal.message) from refusal
