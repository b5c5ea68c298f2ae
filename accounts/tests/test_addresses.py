"""Addresses of the world: what is accepted, how it is spelled, what is refused."""

from __future__ import annotations

import pytest

from accounts.addresses import (
    AddressData,
    clean_address,
    countries,
    country_fields,
    format_lines,
    is_country,
)
from accounts.tests.factories import address_input
from shop.core.errors import Invalid


def errors_of(**changes: object) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as refusal:
        clean_address(address_input(**changes))
    return refusal.value.errors


def test_a_sound_address_comes_back_clean():
    address = clean_address(address_input(name="  Alice   Lind ", country="de"))

    assert address == AddressData(
        name="Alice Lind",
        line1="Lindenstraße 7",
        postal_code="10969",
        city="Berlin",
        country="DE",
    )


@pytest.mark.parametrize(
    ("country", "typed", "spelled"),
    [
        ("GB", "sw1a1aa", "SW1A 1AA"),
        ("NL", "1012ab", "1012 AB"),
        ("PL", "00950", "00-950"),
        ("CH", "CH-8001", "8001"),
        ("SE", "11122", "11122"),
        ("JP", "1540023", "154-0023"),
    ],
)
def test_a_postcode_is_spelled_as_its_country_does(country: str, typed: str, spelled: str):
    region = "Tokyo" if country == "JP" else ""

    address = clean_address(address_input(country=country, postal_code=typed, region=region))

    assert address.postal_code == spelled


@pytest.mark.parametrize("code", ["1096", "109699", "ABCDE", "١٠٩٦٩", "10 9 69 1"])
def test_a_postcode_of_another_shape_is_refused(code: str):
    assert errors_of(postal_code=code) == {
        "postal_code": ["This is not a postcode there. It looks like 26133."]
    }


def test_a_region_is_required_where_the_country_uses_it():
    assert errors_of(country="US", postal_code="94105") == {"region": ["Choose a region."]}


def test_a_region_is_taken_by_name_and_kept_by_code():
    address = clean_address(
        address_input(country="US", postal_code="94105", region="california", city="San Francisco")
    )

    assert address.region == "CA"
    assert address.lines() == [
        "Alice Lind",
        "Lindenstraße 7",
        "San Francisco, CA 94105",
        "United States",
    ]


def test_a_postcode_of_another_region_is_refused():
    assert errors_of(country="US", postal_code="10115", region="CA") == {
        "postal_code": ["This postcode is not in the region you chose."]
    }


@pytest.mark.parametrize("name", ["A\u202eB", "A\x00B", "A\nB", "A\u200bB", "A\u2066B"])
def test_control_characters_and_direction_marks_are_refused(name: str):
    assert list(errors_of(name=name)) == ["name"]


def test_letters_are_composed():
    address = clean_address(address_input(city="Mu\u0308nchen", postal_code="80331"))

    assert address.city == "München"


@pytest.mark.parametrize("country", ["", "XX", "ZZ", "Germany", "D", "../DE"])
def test_an_unknown_country_is_refused(country: str):
    assert "country" in errors_of(country=country)


def test_what_is_not_text_is_refused_by_field():
    assert errors_of(name=["Alice"], city=7) == {
        "name": ["This must be text."],
        "city": ["This must be text."],
    }


def test_every_country_has_a_form_and_takes_its_own_example():
    for code, _name in countries("en"):
        fields = {field.name: field for field in country_fields(code)}
        assert {"name", "line1"} <= {name for name, field in fields.items() if field.is_required}
    assert len(countries("en")) > 240
    assert is_country("DE")
    assert not is_country("AQ")


def test_countries_are_named_in_the_language_asked_for():
    assert ("DE", "Deutschland") in countries("de")
    assert ("DE", "Germany") in countries("en")


def test_a_snapshot_without_a_known_country_still_prints():
    assert format_lines({"name": "Alice", "line1": "X 1", "city": "Y", "country": "??"}) == [
        "Alice",
        "X 1",
        "Y",
    ]
