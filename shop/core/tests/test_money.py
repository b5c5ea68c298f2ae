"""Money: plain decimals on the wire, whole minor units inside."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.core.money import InvalidAmount, Money, convert_minor, format_minor, from_wire, to_wire

CURRENCIES = st.sampled_from(["EUR", "USD", "JPY", "KWD", "ISK"])


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (1999, "EUR", "19.99"),
        (50, "JPY", "50"),
        (1234, "KWD", "1.234"),
        (5, "EUR", "0.05"),
        (0, "EUR", "0.00"),
    ],
)
def test_the_wire_shows_each_currency_at_its_own_exponent(minor, currency, text):
    assert to_wire(minor, currency) == text
    assert from_wire(text, currency) == minor


@given(st.integers(min_value=-(10**14), max_value=10**14), CURRENCIES)
def test_an_amount_survives_the_wire(minor, currency):
    assert from_wire(to_wire(minor, currency), currency) == minor
    assert Money.from_minor(minor, currency).minor == minor


@pytest.mark.parametrize(
    "text",
    [
        "1e5",
        "-0",
        "-0.00",
        "0.001",
        "1,50",
        "٣.٥",
        "１２",
        " 9.99",
        "9.99 ",
        "NaN",
        "Infinity",
        "+5",
        "1_000",
        "",
        ".5",
        "5.",
        "007",
        "9" * 30,
        "1\x00",
    ],
)
def test_the_wire_refuses_what_is_not_a_plain_decimal(text):
    with pytest.raises(InvalidAmount):
        from_wire(text, "EUR")


def test_the_wire_refuses_a_float():
    with pytest.raises(InvalidAmount):
        from_wire(19.99, "EUR")


def test_yen_have_no_decimals():
    with pytest.raises(InvalidAmount):
        from_wire("10.5", "JPY")


def test_half_a_cent_is_no_money():
    with pytest.raises(InvalidAmount):
        _ = Money(Decimal("0.005"), "EUR").minor


@pytest.mark.parametrize(
    ("minor", "rate", "target", "expected"),
    [
        (1000, "1.0850", "USD", 1085),
        (1000, "162.40", "JPY", 1624),
        (1, "0.5", "EUR", 1),
        (1000, "0.3340", "KWD", 3340),
    ],
)
def test_conversion_rounds_half_up_to_the_target_exponent(minor, rate, target, expected):
    assert convert_minor(minor, "EUR", target, Decimal(rate)) == expected


def test_people_see_their_own_notation():
    assert format_minor(199900, "EUR", "de") == "1.999,00\xa0€"
    assert format_minor(199900, "EUR", "en") == "€1,999.00"
    assert format_minor(1999, "JPY", "en") == "¥1,999"
