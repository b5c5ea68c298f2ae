"""What each of the staff's groups may do."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from accounts.groups import STAFF_GROUPS, ensure_staff_groups
from accounts.tests.factories import AdminFactory, StaffFactory

pytestmark = pytest.mark.django_db


def test_the_groups_are_there_after_migrate():
    assert set(Group.objects.values_list("name", flat=True)) == set(STAFF_GROUPS)


@pytest.mark.parametrize(
    ("group", "may", "may_not"),
    [
        (
            "catalog",
            ["catalog.change_product", "inventory.change_stockitem"],
            ["orders.view_order"],
        ),
        ("fulfillment", ["orders.ship_order", "orders.view_order"], ["orders.refund_order"]),
        ("support", ["orders.refund_order", "accounts.view_customer"], ["orders.mark_paid_order"]),
        ("finance", ["orders.mark_paid_order", "pricing.change_taxrate"], ["orders.ship_order"]),
    ],
)
def test_a_group_has_its_rights_and_no_others(group, may, may_not):
    member = StaffFactory(groups=[group])

    assert [right for right in may if not member.has_perm(right)] == []
    assert [right for right in may_not if member.has_perm(right)] == []
    assert not member.has_perm("accounts.change_user")


def test_running_again_changes_nothing(django_assert_max_num_queries):
    before = {group.name: group.permissions.count() for group in Group.objects.all()}

    with django_assert_max_num_queries(12):
        ensure_staff_groups()

    assert {group.name: group.permissions.count() for group in Group.objects.all()} == before


def test_an_administrator_may_everything_and_a_closed_one_nothing():
    assert AdminFactory().has_perm("orders.refund_order")
    assert not AdminFactory(is_active=False).has_perm("orders.refund_order")
