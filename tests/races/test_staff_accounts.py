"""An account that becomes staff while somebody changes it as a customer's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.admin import UserAdmin
from accounts.models import User
from accounts.states import Role
from accounts.tests.factories import StaffFactory, UserFactory
from shop.admin.base import StaffAdmin
from tests.races.storm import in_turn

pytestmark = [
    pytest.mark.race,
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
]
NEW = "Correct-horse-battery-9"


@pytest.fixture
def clerk(settings: Any) -> Client:
    """Somebody who changes users and may not manage staff."""
    settings.BACKOFFICE_REQUIRE_MFA = False
    user = StaffFactory()
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
    client = Client()
    client.force_login(user)
    return client


def promote(user: User) -> Callable[[], Any]:
    def act() -> None:
        held = User.objects.select_for_update().get(pk=user.pk)
        held.role = Role.STAFF
        held.save()

    return act


def set_password(client: Client, user: User) -> Callable[[], Any]:
    path = reverse("admin:auth_user_password_change", args=[user.pk])
    return lambda: client.post(
        path, {"password1": NEW, "password2": NEW, "usable_password": "true"}
    )


def rename(client: Client, user: User) -> Callable[[], Any]:
    path = reverse("admin:accounts_user_change", args=[user.pk])
    body = {"email": "mine@example.com", "username": user.username, "is_active": "on"}
    return lambda: client.post(path, body)


EVERY_FORM = pytest.mark.parametrize("form", [set_password, rename])


@EVERY_FORM
def test_who_becomes_staff_meanwhile_is_not_changed_by_who_may_not_manage_staff(
    form: Callable[[Client, User], Callable[[], Any]], clerk: Client
):
    user = UserFactory()

    _promoted, response = in_turn(promote(user), form(clerk, user))

    held = User.objects.get(pk=user.pk)
    assert response.status_code == 403
    assert (held.email, held.is_staff, held.check_password(NEW)) == (user.email, True, False)


@EVERY_FORM
def test_without_the_lock_the_staff_account_would_be_changed(
    form: Callable[[Client, User], Callable[[], Any]], clerk: Client
):
    """The control: the form has looked before the promotion is written."""
    user = UserFactory()

    with patch.object(UserAdmin, "get_object", StaffAdmin.get_object):
        in_turn(promote(user), form(clerk, user))

    held = User.objects.get(pk=user.pk)
    assert held.email == "mine@example.com" or held.check_password(NEW)


@EVERY_FORM
def test_a_customers_account_is_changed(
    form: Callable[[Client, User], Callable[[], Any]], clerk: Client
):
    """A control of the requests: each of them is whole and would be granted."""
    user = UserFactory()

    assert form(clerk, user)().status_code == 302

    held = User.objects.get(pk=user.pk)
    assert held.email == "mine@example.com" or held.check_password(NEW)
