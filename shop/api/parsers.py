"""JSON, strictly: one object of bounded size and depth, whole numbers only, each member once."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser, MultiPartParser

from shop.core.card_numbers import refuse_cards

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
MAX_MEMBERS = 1_000
INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,18})")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class TooLarge(APIException):
    """The body is larger than the shop reads."""

    status_code = 413
    default_detail = "The body is larger than 1 MB."
    default_code = "too_large"


def _refuse(message: str) -> NoReturn:
    raise ParseError(message)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        _refuse(_("The body contains a duplicate key."))
    if len(members) > MAX_MEMBERS:
        _refuse(_("The body has too many keys."))
    return members


def _no_float(text: str) -> NoReturn:
    _refuse(
        _(
            "The body contains a number with a decimal point. Send decimals as strings, such "
            'as "19.99".'
        )
    )


def _integer(text: str) -> int:
    if not INTEGER.fullmatch(text) or abs(int(text)) >= 2**63:
        _refuse(_("The body contains a number that is too large."))
    return int(text)


def _check_depth(text: str) -> None:
    """Refuse deep nesting before the parser recurses into it."""
    depth = 0
    in_text = escaped = False
    for character in text:
        if in_text:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_text = False
        elif character == '"':
            in_text = True
        elif character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                _refuse(_("The body is nested too deeply."))
        elif character in "]}":
            depth -= 1


class StrictJSONParser(JSONParser):
    """Parses one JSON object; everything a lenient parser would guess at is refused with 400."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        raw = stream.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise TooLarge
        if not raw.strip():
            return {}
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            _refuse(_("The body is not UTF-8."))
        if text.count("[") + text.count("{") > MAX_DEPTH:
            _check_depth(text)
        try:
            data = json.loads(
                text,
                object_pairs_hook=_members,
                parse_float=_no_float,
                parse_int=_integer,
                parse_constant=_no_float,
            )
        except json.JSONDecodeError as error:
            _refuse(_("The body is not JSON: %(reason)s.") % {"reason": error.msg})
        if not isinstance(data, dict):
            _refuse(_("The body must be a JSON object."))
        if "\\u" in text and _LONE_SURROGATE.search(json.dumps(data, ensure_ascii=False)):
            _refuse(_("The body contains an incomplete character."))
        refuse_cards(data)
        return data


class PictureUploadParser(MultiPartParser):
    """One picture with its texts, for the few routes that take files."""
