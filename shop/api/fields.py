"""Fields that take exactly what they say, and serializers that refuse what they do not know."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from shop.api.shapes import validated
from shop.core.errors import Invalid
from shop.core.money import from_wire, to_wire

ASCII_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,18})")
# Overrides of the writing direction can make a name read as another one.
BIDI_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
ZERO_WIDTH = frozenset("\u200b\ufeff\u2060")
MAX_QUANTITY = 999


def clean_text(value: str, *, is_multiline: bool = False) -> str:
    """NFC, trimmed. Raises `ValueError` for control characters and direction overrides."""
    text = unicodedata.normalize("NFC", value).strip()
    allowed = "\n\r\t" if is_multiline else ""
    for character in text:
        is_control = (
            unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} and character not in allowed
        )
        if is_control or character in BIDI_OVERRIDES or character in ZERO_WIDTH:
            raise ValueError("control character")
    return text


class StrictIntegerField(serializers.IntegerField):
    """A whole number: a JSON integer, or plain ASCII digits in a query."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int | str):
            self.fail("invalid")
        if isinstance(data, str) and (
            not ASCII_INTEGER.fullmatch(data) or not self.context.get("is_query")
        ):
            self.fail("invalid")
        number = int(data)
        if abs(number) >= 2**63:
            self.fail("invalid")
        return number


class QuantityField(StrictIntegerField):
    """Units of something: 1 to 999."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("min_value", 1)
        options.setdefault("max_value", MAX_QUANTITY)
        super().__init__(**options)


class StrictBooleanField(serializers.BooleanField):
    """A JSON true or false; in a query the words `true` and `false`."""

    def to_internal_value(self, data: Any) -> bool:
        if isinstance(data, bool):
            return data
        if self.context.get("is_query") and data in {"true", "false", "1", "0"}:
            return bool(data in {"true", "1"})
        return self.fail("invalid", input=data)


class CleanCharField(serializers.CharField):
    """Text of a person: NFC, trimmed, without control characters or direction overrides."""

    default_error_messages = {
        "characters": _("The text contains characters that can't be displayed.")
    }

    def __init__(self, *, is_multiline: bool = False, **options: Any) -> None:
        options.setdefault("max_length", 200)
        self.is_multiline = is_multiline
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            return clean_text(super().to_internal_value(data), is_multiline=self.is_multiline)
        except ValueError:
            self.fail("characters")


class PasswordField(serializers.CharField):
    """A password: never trimmed, never shown, at most 256 characters."""

    def __init__(self, **options: Any) -> None:
        options |= {"write_only": True, "trim_whitespace": False, "max_length": 256}
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(data)


class MoneyField(serializers.Field[Any, Any, Any, Any]):
    """Minor units inside, decimal text outside.

    Output: the currency is the attribute `currency_source` of the object (dots
    allowed). Input: text only; the minor units are calculated by `currency` of the field,
    or of the serializer's context.
    """

    default_error_messages = {
        "invalid": _('Send the amount as a decimal string, such as "19.99".'),
        "negative": _("The amount can't be negative."),
    }

    def __init__(
        self,
        *,
        currency: str = "",
        currency_source: str = "currency",
        allow_negative: bool = False,
        **options: Any,
    ) -> None:
        self.currency = currency
        self.currency_source = currency_source
        self.allow_negative = allow_negative
        super().__init__(**options)

    def get_attribute(self, instance: Any) -> Any:
        minor = super().get_attribute(instance)
        if minor is None:
            return None
        currency = instance
        for part in self.currency_source.split("."):
            currency = currency[part] if isinstance(currency, dict) else getattr(currency, part)
        return minor, currency

    def to_representation(self, value: Any) -> str:
        minor, currency = value
        return to_wire(minor, currency)

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            minor = from_wire(data, self.currency or self.context["currency"])
        except Invalid as refusal:
            raise serializers.ValidationError(refusal.message) from refusal
        if minor < 0 and not self.allow_negative:
            self.fail("negative")
        return minor


class _Strict:
    """Refuses members that the serializer does not have."""

    fields: Any

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) or hasattr(data, "keys"):
            unknown = sorted(
                str(name) for name in data if name not in self.fields or self.fields[name].read_only
            )
            if unknown:
                raise serializers.ValidationError(
                    {name: [_("Unknown field.")] for name in unknown[:20]}
                )
        return super().to_internal_value(data)  # type: ignore[misc]


class StrictSerializer(_Strict, serializers.Serializer[Any]):
    """A serializer of input that refuses unknown members."""


class NothingInput(StrictSerializer):
    """An empty body."""


class QuerySerializer(StrictSerializer):
    """Query parameters: unknown ones, repeated ones and empty numbers are refused.

    `QuerySerializer.read(request)` returns the validated values. `page` and `per_page` belong to
    the paging, which checks them.
    """

    frame = frozenset({"page", "per_page"})

    @classmethod
    def read(cls, request: Any, **context: Any) -> dict[str, Any]:
        """The validated query of a request. Raises `ValidationError` naming each bad parameter."""
        repeated = [name for name, values in request.query_params.lists() if len(values) > 1]
        if repeated:
            raise serializers.ValidationError({repeated[0]: [_("Send this once.")]})
        query = {
            name: value for name, value in request.query_params.items() if name not in cls.frame
        }
        return validated(cls, query, **{"is_query": True, "request": request, **context})


class NoQuery(QuerySerializer):
    """For routes that take no parameters."""
