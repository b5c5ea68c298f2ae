"""Each provider's own way to write an amount: there and back again, exactly, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.errors import ProviderRefused
from payments.providers.paypal import CURRENCIES, from_paypal, to_paypal
from payments.providers.stripe import from_stripe, to_stripe

# As ISO 4217 and Stripe list them: what one of our minor units is at Stripe.
ALL = [
    "EUR",
    "USD",
    "GBP",
    "JPY",
    "KRW",
    "VND",
    "XAF",
    "PYG",
    "CLP",
    "ISK",
    "UGX",
    "MGA",
    "HUF",
    "TWD",
    "KWD",
    "BHD",
    "JOD",
    "OMR",
    "TND",
    "CHF",
    "PLN",
]


@pytest.mark.parametrize(
    ("minor", "currency", "sent"),
    [
        (1999, "EUR", 1999),
        (500, "JPY", 500),
        (500, "ISK", 50000),
        (500, "UGX", 50000),
        (12340, "KWD", 12340),
        (1999, "HUF", 1999),
        (500, "MGA", 500),
    ],
)
def test_stripe_gets_its_own_minor_units(minor: int, currency: str, sent: int):
    assert to_stripe(minor, currency) == sent
    assert from_stripe(sent, currency) == minor


@pytest.mark.parametrize("currency", ["KWD", "BHD", "JOD", "OMR", "TND"])
def test_stripe_refuses_a_third_decimal_that_is_not_zero(currency: str):
    with pytest.raises(ProviderRefused):
        to_stripe(1234, currency)


def test_a_fraction_of_a_krona_is_no_amount():
    with pytest.raises(ValueError):
        from_stripe(50001, "ISK")


@given(st.integers(min_value=1, max_value=10**10), st.sampled_from(ALL))
def test_every_amount_comes_back_from_stripe_as_it_went(minor: int, currency: str):
    try:
        sent = to_stripe(minor, currency)
    except ProviderRefused:
        assert currency in {"KWD", "BHD", "JOD", "OMR", "TND"}
        assert minor % 10 != 0
    else:
        assert from_stripe(sent, currency) == minor


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [(1999, "EUR", "19.99"), (5, "USD", "0.05"), (500, "JPY", "500"), (150000, "HUF", "1500")],
)
def test_paypal_gets_a_decimal_text(minor: int, currency: str, text: str):
    assert to_paypal(minor, currency) == text
    assert from_paypal(text, currency) == minor


@pytest.mark.parametrize(
    ("minor", "currency"), [(150050, "HUF"), (1, "TWD"), (1000, "KWD"), (100, "XXX")]
)
def test_paypal_refuses_what_it_cannot_take(minor: int, currency: str):
    with pytest.raises(ProviderRefused):
        to_paypal(minor, currency)


@pytest.mark.parametrize("value", ["19.999", "NaN", "Infinity", "", "1e999", 19.99, None, "9" * 40])
def test_what_is_no_amount_is_not_read_as_one(value: object):
    with pytest.raises(ValueError):
        from_paypal(value, "EUR")


@given(st.integers(min_value=1, max_value=10**10), st.sampled_from(sorted(CURRENCIES)))
def test_every_amount_comes_back_from_paypal_as_it_went(minor: int, currency: str):
    try:
        text = to_paypal(minor, currency)
    except ProviderRefused:
        assert currency in {"HUF", "TWD"}
    else:
        assert from_paypal(text, currency) == minor
