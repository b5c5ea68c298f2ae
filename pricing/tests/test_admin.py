"""Promotions and codes in the back office: what the form takes, what it refuses,
and for whom it is.
"""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.people import person_of
from accounts.tests.factories import StaffFactory
from catalog.tests.factories import CategoryFactory
from pricing.models import Coupon, Promotion
from pricing.promotions import release_promotions, use_promotion, use_promotions
from pricing.states import BenefitKind
from pricing.tests.factories import CouponFactory, PromotionFactory, TierFactory
from pricing.tests.test_services import NOW, ask

pytestmark = pytest.mark.django_db
ADD = "admin:pricing_promotion_add"


@pytest.fixture
def desk(client, carol, settings):
    """Carol, at her desk."""
    settings.BACKOFFICE_REQUIRE_MFA = False
    client.force_login(carol)
    return client


def fields(tiers=(), codes=(), **facts):
    """The form as it is sent: an automatic 10 % off the order unless said otherwise."""
    sent = {
        "name": "Spring",
        "kind": "percent_order",
        "percent": "10",
        "combination": "lane",
        "position": "0",
        "is_active": "on",
        **facts,
    }
    for prefix, rows in (("tiers", tiers), ("coupons", codes)):
        sent |= {
            f"{prefix}-TOTAL_FORMS": len(rows),
            f"{prefix}-INITIAL_FORMS": sum("id" in row for row in rows),
            f"{prefix}-MIN_NUM_FORMS": 0,
            f"{prefix}-MAX_NUM_FORMS": 1000,
        }
        for number, row in enumerate(rows):
            sent |= {f"{prefix}-{number}-{name}": value for name, value in row.items()}
    return {name: value for name, value in sent.items() if value is not None}


def refusals(response):
    assert response.status_code == 200
    form = response.context["adminform"].form
    return {name for name, errors in form.errors.items() if errors}


def test_a_promotion_with_its_code_is_made_on_one_form(desk):
    category = CategoryFactory()

    response = desk.post(
        reverse(ADD),
        fields(
            codes=[{"code": "spring ".strip(), "is_active": "on", "use_limit": "5"}],
            category=category.pk,
            minimum="30.00",
            percent="12.5",
        ),
    )

    assert response.status_code == 302, refusals(response)
    promotion = Promotion.objects.get()
    assert (promotion.percent, promotion.category, promotion.minimum_minor) == (
        Decimal("12.50"),
        category,
        3000,
    )
    assert (promotion.coupons.get().code, promotion.coupons.get().use_limit) == ("SPRING", 5)


def test_amounts_are_typed_by_currency_and_figures_of_other_kinds_are_emptied(desk):
    response = desk.post(
        reverse(ADD),
        fields(kind="amount_order", amounts="5.00 eur", percent="10", take_quantity="3"),
    )

    assert response.status_code == 302, refusals(response)
    promotion = Promotion.objects.get()
    assert promotion.amounts_minor == {"EUR": 500}
    assert (promotion.percent, promotion.take_quantity) == (None, None)


@pytest.mark.parametrize(
    ("facts", "wrong"),
    [
        ({"percent": ""}, "percent"),
        ({"percent": "101"}, "__all__"),
        ({"kind": "amount_order"}, "amounts"),
        ({"kind": "amount_order", "amounts": "5.00"}, "amounts"),
        ({"kind": "amount_order", "amounts": "5.00 XXX"}, "amounts"),
        ({"kind": "amount_order", "amounts": "5.001 EUR"}, "amounts"),
        ({"kind": "amount_order", "amounts": "0 EUR"}, "amounts"),
        ({"kind": "amount_order", "amounts": "5 EUR, 6 EUR"}, "amounts"),
        ({"kind": "n_for_m", "take_quantity": "2", "pay_quantity": "2"}, "take_quantity"),
        ({"kind": "buy_get", "buy_quantity": "2"}, "get_quantity"),
        ({"minimum": "-1"}, "minimum"),
        (
            {
                "starts_at_0": "2026-05-04",
                "starts_at_1": "12:00",
                "ends_at_0": "2026-05-04",
                "ends_at_1": "12:00",
            },
            "ends_at",
        ),
        ({"kind": "nonsense"}, "kind"),
        ({"name": ""}, "name"),
    ],
)
def test_what_makes_no_promotion_is_said_at_its_field_and_nothing_is_written(desk, facts, wrong):
    response = desk.post(reverse(ADD), fields(**facts))

    assert wrong in refusals(response)
    assert not Promotion.objects.exists()


def test_steps_are_for_a_promotion_by_quantity_and_it_needs_one(desk):
    steps = [{"min_quantity": "3", "percent": "10"}, {"min_quantity": "5", "percent": "20"}]

    without = desk.post(reverse(ADD), fields(kind="tiered", percent=None))
    wrong = desk.post(reverse(ADD), fields(tiers=steps))
    assert (without.status_code, wrong.status_code) == (200, 200)
    assert not Promotion.objects.exists()

    right = desk.post(reverse(ADD), fields(tiers=steps, kind="tiered", percent=None))
    assert right.status_code == 302
    assert list(Promotion.objects.get().tiers.values_list("min_quantity", "percent")) == [
        (3, Decimal("10.00")),
        (5, Decimal("20.00")),
    ]


@pytest.mark.parametrize("code", ["TWO WORDS", "A,B", "taken"])
def test_a_code_is_one_word_and_nobody_else_s(desk, code):
    CouponFactory(code="TAKEN")

    response = desk.post(reverse(ADD), fields(codes=[{"code": code, "is_active": "on"}]))

    assert response.status_code == 200
    assert Coupon.objects.count() == Promotion.objects.count() == 1


def test_a_promotion_that_applies_by_itself_takes_no_code(desk):
    response = desk.post(
        reverse(ADD), fields(is_automatic="on", codes=[{"code": "SPRING", "is_active": "on"}])
    )

    assert response.status_code == 200
    assert not Promotion.objects.exists()


def test_a_limit_is_not_set_below_what_was_used_and_the_count_is_the_orders_own(desk):
    promotion = PromotionFactory(is_automatic=True, use_limit=5)
    for number in range(3):
        use_promotion(
            promotion.pk,
            order_number=f"A{number}",
            person=person_of(email=f"{number}@example.com"),
            at=NOW,
        )
    url = reverse("admin:pricing_promotion_change", args=[promotion.pk])

    refused = desk.post(url, fields(is_automatic="on", use_limit="2", used_count="0"))
    assert "use_limit" in refusals(refused)

    changed = desk.post(url, fields(is_automatic="on", use_limit="3", used_count="0"))
    assert changed.status_code == 302
    promotion.refresh_from_db()
    assert (promotion.name, promotion.use_limit, promotion.used_count) == ("Spring", 3, 3)


def test_codes_are_generated_by_the_hundred_each_its_own(desk):
    promotion = PromotionFactory()
    url = reverse("admin:pricing_promotion_generate", args=[promotion.pk])

    response = desk.post(
        url, {"_form_submitted": "True", "count": "120", "prefix": "may-", "use_limit": "1"}
    )

    assert response.status_code == 302
    codes = list(promotion.coupons.values_list("code", flat=True))
    assert len({code.upper() for code in codes}) == 120
    assert all(code.startswith("MAY-") and len(code) == 14 for code in codes)
    assert set(promotion.coupons.values_list("use_limit", flat=True)) == {1}


def test_what_lowered_an_order_is_switched_off_and_not_deleted(desk):
    fresh = PromotionFactory()
    stacked = {"kind": BenefitKind.PERCENT_LINES, "is_automatic": True, "combination": "stacks"}
    unlimited, limited = PromotionFactory(**stacked), PromotionFactory(use_limit=5, **stacked)
    coupon = CouponFactory(code="TEN")
    used = [unlimited, limited, coupon.promotion]
    sold = {"order_number": "A1", "person": person_of(email="alice@example.com"), "at": NOW}
    use_promotions(ask(codes=["TEN"]), **sold)
    # A canceled order gives its uses back; that it was sold with them stays.
    release_promotions("A1")

    for promotion in used:
        url = reverse("admin:pricing_promotion_delete", args=[promotion.pk])
        assert desk.post(url, {"post": "yes"}).status_code == 403
    several = {
        "action": "delete_selected",
        "_selected_action": [promotion.pk for promotion in used],
        "post": "yes",
    }
    desk.post(reverse("admin:pricing_promotion_changelist"), several)
    desk.post(reverse("admin:pricing_promotion_delete", args=[fresh.pk]), {"post": "yes"})

    assert set(Promotion.objects.all()) == set(used)


def test_the_list_says_each_in_a_sentence_and_costs_the_same_for_one_and_for_thirty(
    desk, django_assert_max_num_queries
):
    PromotionFactory(
        name="Ten", kind=BenefitKind.PERCENT_LINES, category=CategoryFactory(name="Tea")
    )
    url = reverse("admin:pricing_promotion_changelist")
    assert "10 % off Tea" in desk.get(url).content.decode()
    for _number in range(30):
        TierFactory()

    with django_assert_max_num_queries(14):
        desk.get(url)


@pytest.mark.parametrize(
    ("group", "sees", "adds"),
    [("finance", 200, 200), ("support", 200, 403), ("fulfillment", 403, 403)],
)
def test_who_may_see_and_who_may_make_promotions(client, settings, group, sees, adds):
    settings.BACKOFFICE_REQUIRE_MFA = False
    client.force_login(StaffFactory(groups=[group]))

    assert client.get(reverse("admin:pricing_promotion_changelist")).status_code == sees
    assert client.get(reverse(ADD)).status_code == adds


def test_mallory_and_guests_see_nothing_of_it(client, mallory):
    url = reverse("admin:pricing_promotion_changelist")
    assert client.get(url).status_code == 302
    client.force_login(mallory)
    assert client.get(url).status_code in {302, 403}
