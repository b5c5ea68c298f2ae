"""Taxes and countries in the back office: a rate that orders were sold with ends, and countries
are those that post can reach.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from pricing.configuration.services import update_tax_rate
from pricing.errors import TaxRateUsed
from pricing.models import PaymentMethod, ShippingZone, TaxRate
from pricing.tests.factories import ShippingZoneFactory, TaxRateFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client, carol: User, settings: Any) -> Client:
    """Carol, at her desk."""
    settings.BACKOFFICE_REQUIRE_MFA = False
    client.force_login(carol)
    return client


def facts(rate: TaxRate, **changes: object) -> dict[str, object]:
    """The form of a rate as it is sent."""
    return {
        "country": rate.country,
        "region": rate.region,
        "tax_class": rate.tax_class_id,
        "percent": "19",
        "mode": rate.mode,
        "valid_from": "2020-01-01",
        "valid_to": "",
        "note": "",
        **changes,
    }


def test_a_rate_that_orders_are_sold_with_meanwhile_is_not_changed():
    rate = TaxRateFactory()
    rate.percent = 21
    TaxRate.objects.note_use([rate.pk])

    with pytest.raises(TaxRateUsed):
        update_tax_rate(rate, changed=["percent"])

    rate.refresh_from_db()
    assert (rate.percent, rate.was_used) == (19, True)


def test_a_used_rate_ends_and_stays_used():
    rate = TaxRateFactory()
    rate.note = "Replaced"
    rate.percent = 21
    TaxRate.objects.note_use([rate.pk])

    update_tax_rate(rate, changed=["note"])

    rate.refresh_from_db()
    assert (rate.note, rate.percent, rate.was_used) == ("Replaced", 19, True)


def test_the_back_office_changes_a_rate_and_says_why_it_does_not(
    desk: Client, monkeypatch: pytest.MonkeyPatch
):
    rate = TaxRateFactory()
    url = reverse("admin:pricing_taxrate_change", args=[rate.pk])

    changed = desk.post(url, facts(rate, percent="21"))
    assert changed.status_code == 302
    assert TaxRate.objects.get().percent == 21

    def note_first(held: TaxRate, **options: Any) -> None:
        # The first order is placed between the form's check and its saving.
        TaxRate.objects.note_use([held.pk])
        update_tax_rate(held, **options)

    monkeypatch.setattr("pricing.configuration.admin.update_tax_rate", note_first)
    refused = desk.post(url, facts(rate, percent="23"))

    assert str(TaxRateUsed.default_message) in refused.content.decode()
    assert TaxRate.objects.get().percent == 21


@pytest.mark.parametrize("code", ["EU", "UN", "ZZ", "XX", "D", "12"])
def test_what_is_no_country_has_no_tax_no_zone_and_no_payment_method(desk: Client, code: str):
    zone = ShippingZoneFactory()
    rate = TaxRateFactory()

    taxed = desk.post(reverse("admin:pricing_taxrate_add"), facts(rate, country=code))
    sent = desk.post(
        reverse("admin:pricing_shippingzone_change", args=[zone.pk]),
        {
            "code": zone.code,
            "name": zone.name,
            "countries": f"DE, {code}",
            "position": "0",
            "methods-TOTAL_FORMS": "0",
            "methods-INITIAL_FORMS": "0",
        },
    )
    paid = desk.post(
        reverse("admin:pricing_paymentmethod_add"),
        {"code": "card", "name": "Card", "provider": "test", "countries": code},
    )

    assert "country" in taxed.context["adminform"].form.errors
    assert "countries" in sent.context["adminform"].form.errors
    assert "countries" in paid.context["adminform"].form.errors
    assert TaxRate.objects.count() == 1
    assert code not in ShippingZone.objects.get().countries
    assert not PaymentMethod.objects.exists()


def test_a_country_is_typed_in_small_letters_too(desk: Client):
    rate = TaxRateFactory()

    desk.post(reverse("admin:pricing_taxrate_add"), facts(rate, country="at"))

    assert set(TaxRate.objects.values_list("country", flat=True)) == {"DE", "AT"}
