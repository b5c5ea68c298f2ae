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
    region_key,
)
from accounts.forms import AddressForm
from accounts.tests.factories import address_input
from accounts.typed_text import has_letters_beyond_latin
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
        ("JP", "１００−０００１", "100-0001"),
        ("JP", "１００ー０００１", "100-0001"),
        ("JP", "〒100-0001", "100-0001"),
        ("JP", "〒　１００－０００１", "100-0001"),
        ("DE", "D-10115", "10115"),
        ("DE", "DE-10115", "10115"),
        ("DE", "D 10115", "10115"),
        ("DE", "d‐10115", "10115"),
        ("DE", "１０１１５", "10115"),
        ("DE", "١٠١١٥", "10115"),
        ("AT", "A-1010", "1010"),
        ("CH", "ch 8001", "8001"),
        ("LU", "L-1234", "1234"),
        ("LU", "LU-1234", "1234"),
        ("LI", "FL-9490", "9490"),
        ("BE", "B-1000", "1000"),
        ("FR", "F-75001", "75001"),
        ("NL", "NL-1012 AB", "1012 AB"),
        ("SE", "S-11122", "11122"),
        ("SE", "SE-11122", "11122"),
        ("FI", "FIN-00100", "00100"),
        ("DK", "DK-1050", "1050"),
        ("PL", "PL-00-950", "00-950"),
        ("LV", "LV-1010", "LV-1010"),
        ("LV", "1010", "LV-1010"),
    ],
)
def test_a_postal_code_is_spelled_as_its_country_does(country: str, typed: str, spelled: str):
    region = "Tokyo" if country == "JP" else ""

    address = clean_address(address_input(country=country, postal_code=typed, region=region))

    assert address.postal_code == spelled


@pytest.mark.parametrize("code", ["1096", "109699", "ABCDE", "A-10969", "AT-10969", "10 9 69 1"])
def test_a_postal_code_of_another_shape_is_refused(code: str):
    assert errors_of(postal_code=code) == {
        "postal_code": [
            "This postal code is not valid for the country. Use a format such as 26133."
        ]
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


def test_a_postal_code_of_another_region_is_refused():
    assert errors_of(country="US", postal_code="10115", region="CA") == {
        "postal_code": ["This postal code is not in the region you chose."]
    }


@pytest.mark.parametrize(
    ("country", "typed", "stored"),
    [
        ("JP", "０３−１２３４−５６７８", "03-1234-5678"),
        ("JP", "＋８１　３　１２３４　５６７８", "+81 3 1234 5678"),
        ("DE", "（０３０）９０１８２０", "(030)901820"),
        ("DE", "030 – 901820", "030 - 901820"),
        ("EG", "٠٢٢٥٧٩٤٢٩٢", "0225794292"),
    ],
)
def test_a_phone_number_is_taken_as_keyboards_type_it(country, typed, stored):
    region = {"JP": "Tokyo", "EG": "Cairo Governorate"}.get(country, "")
    code = {"JP": "100-0001", "EG": "11511"}.get(country, "10969")

    address = clean_address(
        address_input(country=country, phone=typed, region=region, postal_code=code)
    )

    assert address.phone == stored


@pytest.mark.parametrize("typed", ["Sao Paulo", "SÃO PAULO", "Sa\u0303o  Paulo", "sp", "BR-SP"])
def test_a_region_is_known_without_its_accents(typed):
    address = clean_address(
        address_input(country="BR", postal_code="01310-100", region=typed, city="São Paulo")
    )

    assert address.region == "SP"


def test_regions_that_differ_in_accents_only_are_never_mixed_up():
    """山西 and 陕西 are both Shanxi once tones are dropped."""
    for country, _name in countries("en"):
        field = {field.name: field for field in country_fields(country)}.get("region")
        for key, _label in field.choices if field else ():
            assert region_key(country, key) == key


NATIVE = [
    ("JP", "100-0001", "Tokyo", "1-1 Chiyoda", "東京都", "千代田1-1"),
    ("AE", "", "Dubai", "Sheikh Zayed Rd 1", "إمارة دبيّ", "شارع الشيخ زايد 1"),
    ("KR", "03051", "Seoul", "Sejong-daero 1", "서울특별시", "세종대로 1"),
    ("TH", "10150", "Bangkok", "Rama IV Rd 1", "กรุงเทพมหานคร", "ถนนพระราม 4"),
    ("TW", "10603", "Taipei City", "Xinyi Rd 1", "台北市", "信義路 1 號"),
    ("CN", "100096", "Beijing Shi", "Chang'an Jie 1", "北京市", "长安街1号"),
    ("HK", "", "Kowloon", "Nathan Rd 1", "九龍", "彌敦道1號"),
    ("RU", "109012", "Moskva", "Tverskaya 1", "Москва", "Тверская 1"),
    ("EG", "11511", "Cairo Governorate", "Tahrir 1", "القاهرة", "التحرير 1"),
]


@pytest.mark.parametrize(("country", "code", "latin", "street", "native", "native_street"), NATIVE)
def test_an_address_keeps_the_script_of_its_street(
    country, code, latin, street, native, native_street
):
    """Whatever spelling of the region a list or a client sends along."""
    for region in (latin, native, region_key(country, latin)):
        in_latin = clean_address(
            address_input(country=country, postal_code=code, region=region, line1=street, city="X")
        )
        in_native = clean_address(
            address_input(
                country=country,
                postal_code=code,
                region=region,
                name=native,
                line1=native_street,
                city=native,
            )
        )

        assert in_latin.region == latin
        assert any(latin in line for line in in_latin.lines())
        assert not has_letters_beyond_latin("".join(in_latin.lines()))
        assert in_native.region == native
        assert any(native in line for line in in_native.lines())
        # The country's name is for the post of the country it is sent from.
        assert latin not in "".join(in_native.lines()[:-1])


def test_an_older_snapshot_prints_in_one_script_too():
    snapshot = address_input(
        country="JP",
        postal_code="100-0001",
        region="東京都",
        line1="1-1 Chiyoda",
        city="Chiyoda-ku",
    )

    assert format_lines(snapshot) == [
        "Alice Lind",
        "1-1 Chiyoda, Chiyoda-ku, Tokyo",
        "100-0001",
        "Japan",
    ]


def test_an_address_in_its_own_letters_stands_in_its_own_order():
    snapshot = address_input(
        country="JP",
        postal_code="100-0001",
        region="東京都",
        city="千代田区",
        line1="千代田1-1",
        name="山田 太郎",
    )

    assert format_lines(snapshot, with_country=False) == [
        "〒100-0001",
        "東京都千代田区",
        "千代田1-1",
        "山田 太郎",
    ]


def test_a_form_shows_the_region_of_a_stored_address_whatever_its_spelling():
    for region in ("Tokyo", "東京都"):
        form = AddressForm(country="JP", initial={"country": "JP", "region": region})

        assert form["region"].value() == "東京都"
        assert '<option value="東京都" selected>Tokyo</option>' in str(form["region"])


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
        "name": ["Enter text."],
        "city": ["Enter text."],
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
