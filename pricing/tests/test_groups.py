"""Promotions for customer groups: for who is in one and has signed in, and nobody
else hears of them.
"""

from __future__ import annotations

import pytest

from accounts.models import CustomerGroup
from accounts.tests.factories import CustomerFactory
from pricing.tests.factories import CouponFactory, PromotionFactory
from pricing.tests.test_services import ask

pytestmark = pytest.mark.django_db
UNKNOWN = "This code is not valid, or it is not available for this account."


@pytest.fixture
def members():
    """A group with one customer, and another customer who is in another group."""
    member, other = CustomerFactory(), CustomerFactory()
    group = CustomerGroup.objects.create(name="Members")
    member.groups.add(group)
    other.groups.add(CustomerGroup.objects.create(name="Trade"))
    return group, member, other


def test_a_member_s_price_is_for_members_who_have_signed_in(members):
    group, member, other = members
    PromotionFactory(is_automatic=True, customer_group=group)

    assert ask(customer_id=member.pk).discount_minor == 200
    assert ask(customer_id=other.pk).discount_minor == 0
    # An e-mail alone can be anybody's.
    assert ask(key=member.email).discount_minor == 0
    assert ask().discount_minor == 0


def test_a_code_for_members_is_told_to_others_as_one_that_does_not_exist(members):
    group, member, other = members
    CouponFactory(code="CLUB", customer_group=group)

    assert ask(codes=["CLUB"], customer_id=member.pk).codes_used == ("CLUB",)
    for customer in (other.pk, None):
        known = ask(codes=["CLUB"], customer_id=customer).coupon
        guessed = ask(codes=["GUESS"], customer_id=customer).coupon
        assert (known.reason, known.name) == (guessed.reason, guessed.name) == (UNKNOWN, "")


def test_who_leaves_the_group_has_the_price_no_more(members):
    group, member, _other = members
    PromotionFactory(is_automatic=True, customer_group=group)
    assert ask(customer_id=member.pk).discount_minor == 200

    member.groups.remove(group)

    assert ask(customer_id=member.pk).discount_minor == 0


def test_groups_cost_one_query_however_many_there_are(members, django_assert_num_queries):
    group, member, _other = members
    PromotionFactory(is_automatic=True, customer_group=group)
    for number in range(5):
        more = CustomerGroup.objects.create(name=f"Group {number}")
        PromotionFactory(is_automatic=True, customer_group=more)
    ask(customer_id=member.pk)

    with django_assert_num_queries(2):
        ask(customer_id=member.pk)
