"""Fields of forms for what identifies people."""

from __future__ import annotations

from django import forms

from accounts.identity import MAX_EMAIL_LENGTH, clean_email
from shop.core.errors import Invalid


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
