"""Countries whose tax nobody has said: found, shown to staff, and gone once somebody says it."""

from __future__ import annotations

import pytest
from django.core.cache import caches
from django.urls import reverse

from catalog.tests.factories import ProductFactory, TaxClassFactory
from pricing.configuration.coverage import tax_gaps
from pricing.models import TaxRate
from pricing.tests.factories import NOON, ShippingZoneFactory, TaxRateFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, carol, settings):
    """Carol, at her desk."""
    settings.BACKOFFICE_REQUIRE_MFA = False
    client.force_login(carol)
    return client


def gaps():
    return [(gap.country, gap.tax_classes, gap.has_regions) for gap in tax_gaps(at=NOON)]


def test_a_country_without_a_rate_for_a_class_that_is_sold_is_a_gap():
    ProductFactory(tax_class=TaxClassFactory(code="standard"))
    ProductFactory(tax_class=TaxClassFactory(code="books"))
    ShippingZoneFactory(countries=["DE", "AT"])
    TaxRateFactory(tax_class__code="standard")

    assert gaps() == [("DE", ("books",), False), ("AT", ("books", "standard"), False)]


def test_a_zone_marked_as_untaxed_has_no_gap():
    ShippingZoneFactory(countries=["CH", "*"], is_export=True)

    assert gaps() == []


def test_all_other_countries_are_a_gap_unless_they_are_untaxed():
    TaxRateFactory()
    ShippingZoneFactory(countries=["DE"])
    ShippingZoneFactory(countries=["*"])

    assert gaps() == [("*", ("standard",), False)]


def test_an_empty_shop_has_a_gap_wherever_it_delivers():
    ShippingZoneFactory(countries=["DE"])

    assert gaps() == [("DE", ("standard",), False)]


def test_rates_of_some_regions_leave_the_rest_of_the_country_open():
    TaxRateFactory(country="US", region="NY")
    ShippingZoneFactory(countries=["US"])

    assert gaps() == [("US", ("standard",), True)]


def test_a_rate_counts_from_its_first_day_until_its_last():
    ShippingZoneFactory(countries=["DE"])
    rate = TaxRateFactory(valid_from=NOON.date(), valid_to=None)
    assert gaps() == []

    rate.valid_to = NOON.date()
    rate.valid_from = "2020-01-01"
    rate.save()

    assert gaps() == [("DE", ("standard",), False)]


def test_the_list_of_zones_shows_each_gap_in_red_with_as_many_queries_for_one_as_for_ten(
    desk, django_assert_max_num_queries
):
    for number in range(10):
        ShippingZoneFactory(code=f"z{number}", countries=["AT", "FR"])
    TaxRateFactory(country="AT", valid_from="2020-01-01")

    with django_assert_max_num_queries(25):
        page = desk.get(reverse("admin:pricing_shippingzone_changelist"))

    text = page.content.decode()
    assert text.count("Tax rate missing, orders not possible: France") == 10
    assert 'data-tone="danger"' in text


def test_the_first_page_counts_the_countries_that_cannot_be_ordered_to(desk):
    ShippingZoneFactory(countries=["AT", "FR"])

    shown = desk.get(reverse("admin:index")).content.decode()
    TaxRateFactory(country="AT", valid_from="2020-01-01")
    TaxRateFactory(country="FR", tax_class=TaxRate.objects.get().tax_class)
    caches["default"].clear()  # the figures of the first page are a minute old at most
    later = desk.get(reverse("admin:index")).content.decode()

    assert "2 countries you deliver to have no tax rate" in shown
    assert "no tax rate" not in later


def test_a_rate_that_orders_were_sold_with_only_ends(desk):
    rate = TaxRateFactory()
    TaxRate.objects.note_use([rate.pk])
    change = reverse("admin:pricing_taxrate_change", args=[rate.pk])

    page = desk.get(change).content.decode()
    desk.post(change, {"percent": "7", "valid_to": "2027-01-01", "note": ""})
    refused = desk.post(reverse("admin:pricing_taxrate_delete", args=[rate.pk]), {"post": "yes"})

    rate.refresh_from_db()
    assert "it can be neither changed nor deleted" in page
    assert (rate.percent, str(rate.valid_to)) == (19, "2027-01-01")
    assert refused.status_code == 403
    assert TaxRate.objects.filter(pk=rate.pk).exists()


def test_of_several_rates_those_in_use_are_not_deleted(desk):
    used, fresh = TaxRateFactory(), TaxRateFactory(country="AT")
    TaxRate.objects.note_use([used.pk])
    sent = {"action": "delete_selected", "_selected_action": [used.pk, fresh.pk], "post": "yes"}

    page = desk.post(reverse("admin:pricing_taxrate_changelist"), sent, follow=True)

    assert TaxRate.objects.count() == 2
    assert "This tax rate was used in orders." in page.content.decode()
