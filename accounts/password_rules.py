"""Rules for passwords that Django does not bring."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

MAX_PASSWORD_LENGTH = 256


class MaximumLengthValidator:
    """Refuses passwords that are long only to keep the server hashing."""

    def __init__(self, max_length: int = MAX_PASSWORD_LENGTH) -> None:
        self.max_length = max_length

    def validate(self, password: str, user: Any = None) -> None:
        """Raise `ValidationError` if the password is longer than allowed."""
        if len(password) > self.max_length:
            raise ValidationError(
                ngettext(
                    "This password is too long. Use at most %(count)d character.",
                    "This password is too long. Use at most %(count)d characters.",
                    self.max_length,
                )
                % {"count": self.max_length},
                code="password_too_long",
            )

    def get_help_text(self) -> str:
        """The rule in words."""
        return _("Use a password of at most %(count)d characters.") % {"count": self.max_length}
