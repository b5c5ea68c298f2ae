"""The smallest valid taxes, ways to deliver and to pay, coupons, and gift cards."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import factory

from catalog.tests.factories import TaxClassFactory
from pricing.gift_cards import issue_card
from pricing.models import (
    Coupon,
    GiftCard,
    PaymentMethod,
    Promotion,
    PromotionTier,
    ShippingMethod,
    ShippingRate,
    ShippingZone,
    TaxRate,
)
from pricing.states import BenefitKind, Settlement, TaxMode
from shop.core.actors import Actor

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CAROL = Actor("staff", "carol@example.com")


class TaxRateFactory(factory.django.DjangoModelFactory):
    """Germany's 19 %, held in the price."""

    class Meta:
        model = TaxRate

    country = "DE"
    tax_class = factory.SubFactory(TaxClassFactory)
    percent = Decimal(19)
    mode = TaxMode.INCLUDED
    valid_from = date(2020, 1, 1)


class ShippingZoneFactory(factory.django.DjangoModelFactory):
    """A zone of Germany and Austria, without a way to deliver."""

    class Meta:
        model = ShippingZone

    code = factory.Sequence(lambda n: f"zone-{n}")
    name = "Near"
    countries = factory.LazyFunction(lambda: ["DE", "AT"])


class ShippingMethodFactory(factory.django.DjangoModelFactory):
    """Standard delivery for 4.90 EUR in two to four working days; `rate__…` changes its price."""

    class Meta:
        model = ShippingMethod
        skip_postgeneration_save = True

    zone = factory.SubFactory(ShippingZoneFactory)
    code = "standard"
    name = "Standard"
    days_min = 2
    days_max = 4
    rate = factory.RelatedFactory("pricing.tests.factories.ShippingRateFactory", "method")


class ShippingRateFactory(factory.django.DjangoModelFactory):
    """4.90 EUR, whatever it weighs."""

    class Meta:
        model = ShippingRate

    method = factory.SubFactory(ShippingMethodFactory, rate=None)
    currency = "EUR"
    price_minor = 490


class PromotionFactory(factory.django.DjangoModelFactory):
    """10 % off the order, for everybody, for ever, with a code; alone in its lane."""

    class Meta:
        model = Promotion

    name = "Ten off"
    kind = BenefitKind.PERCENT_ORDER
    percent = Decimal(10)


class TierFactory(factory.django.DjangoModelFactory):
    """From five units, 10 %."""

    class Meta:
        model = PromotionTier

    promotion = factory.SubFactory(PromotionFactory, kind=BenefitKind.TIERED, percent=None)
    min_quantity = 5
    percent = Decimal(10)


class CouponFactory(factory.django.DjangoModelFactory):
    """A code for 10 % off the order; what a coupon has no column for is its promotion's."""

    class Meta:
        model = Coupon

    code = factory.Sequence(lambda n: f"CODE{n}")

    @classmethod
    def _adjust_kwargs(cls, **facts):
        own = {field.name for field in Coupon._meta.get_fields()} | {"promotion"}
        of_promotion = {name: facts.pop(name) for name in list(facts) if name not in own}
        facts.setdefault("promotion", None)
        if facts["promotion"] is None:
            facts["promotion"] = PromotionFactory(**of_promotion)
        return facts


class FixedCouponFactory(CouponFactory):
    """5.00 EUR off the order."""

    name = "Five off"
    kind = BenefitKind.AMOUNT_ORDER
    percent = None
    amounts_minor = factory.LazyFunction(lambda: {"EUR": 500})


class PaymentMethodFactory(factory.django.DjangoModelFactory):
    """A bank transfer, offered everywhere."""

    class Meta:
        model = PaymentMethod

    code = factory.Sequence(lambda n: f"transfer-{n}")
    name = "Bank transfer"
    provider = "manual"
    settlement = Settlement.TRANSFER


def make_gift_card(amount_minor: int = 5000, *, at: datetime = NOON, **options: Any) -> GiftCard:
    """A card of 50.00 EUR that staff have issued; its code is `card.code`."""
    return issue_card(
        amount_minor=amount_minor,
        currency=options.pop("currency", "EUR"),
        actor=options.pop("actor", CAROL),
        at=at,
        **options,
    )
