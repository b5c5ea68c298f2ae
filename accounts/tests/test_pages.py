"""The account pages: what they show, what they keep to their owner, and how they say no."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from accounts.models import Address, User
from accounts.templatetags.accounts import device
from accounts.tests.factories import PASSWORD, AddressFactory, address_input

pytestmark = pytest.mark.django_db

PRIVATE = [
    "/account/",
    "/account/details/",
    "/account/details/export/",
    "/account/details/delete/",
    "/account/addresses/",
    "/account/addresses/new/",
    "/account/2fa/",
    "/account/sessions/",
    "/account/email/",
    "/account/password/change/",
]
ENTRANCE = [
    "/account/login/",
    "/account/signup/",
    "/account/password/reset/",
    "/account/password/reset/done/",
    "/account/password/reset/key/1-x-y/",
    "/account/confirm-email/x/",
]


@pytest.fixture
def signed_in(client, alice) -> Client:
    client.force_login(alice)
    return client


@pytest.mark.parametrize("path", PRIVATE)
def test_a_private_page_leads_strangers_to_sign_in(client, path):
    answer = client.get(path, follow=True)

    assert answer.status_code == 200
    assert answer.redirect_chain[-1][0].startswith("/account/login/?next=/account/")


@pytest.mark.parametrize("path", ENTRANCE + PRIVATE[1:8])
def test_a_page_is_whole_private_and_without_inline_code(signed_in, path):
    if path in ENTRANCE:
        signed_in.logout()

    answer = signed_in.get(path, follow=True)

    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    if not answer["Content-Type"].startswith("text/html"):
        return
    html = answer.content.decode()
    assert html.count("<h1") == 1
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", html)
    scripts = re.findall(r"<script([^>]*)>", html)
    assert all("src=" in script or "application/json" in script for script in scripts)


def test_the_details_change_and_say_so(signed_in, alice):
    answer = signed_in.post(
        "/account/details/",
        {"first_name": "Alice", "last_name": "Linden", "phone": "", "language": "en"},
        follow=True,
    )

    alice.refresh_from_db()
    assert alice.get_full_name() == "Alice Linden"
    assert b"Details saved." in answer.content


def test_a_name_is_shown_as_text(signed_in, alice):
    User.objects.filter(pk=alice.pk).update(first_name="<script>alert(1)</script>{{7*7}}")

    html = signed_in.get("/account/details/").content.decode()

    assert "<script>alert(1)" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}" in html


@pytest.mark.parametrize(
    ("path", "body", "text"),
    [
        (
            "/account/details/password/",
            {"current_password": "wrong", "new_password": "a walnut tree in july"},
            "The current password is incorrect.",
        ),
        (
            "/account/details/email/",
            {"current_password": "wrong", "email": "x@example.com"},
            "The current password is incorrect.",
        ),
        ("/account/details/", {"first_name": "A\u202eB", "language": "en"}, "Remove control"),
    ],
)
def test_a_refusal_stands_at_its_form_and_changes_nothing(signed_in, alice, path, body, text):
    answer = signed_in.post(path, body)

    assert answer.status_code == 422
    assert text in answer.content.decode()
    unchanged = User.objects.get(pk=alice.pk)
    assert (unchanged.first_name, unchanged.email) == ("Alice", "alice@example.com")
    assert unchanged.check_password(PASSWORD)


def test_guessing_the_current_password_is_slowed_down(signed_in):
    body = {"current_password": "wrong", "new_password": "a walnut tree in july"}
    for _ in range(10):
        signed_in.post("/account/details/password/", body)

    answer = signed_in.post("/account/details/password/", body)

    assert b"Too many attempts" in answer.content


def test_deleting_says_what_happens_and_ends_the_session(signed_in, alice):
    page = signed_in.get("/account/details/delete/")
    refused = signed_in.post("/account/details/delete/", {"current_password": "wrong"})
    assert User.objects.filter(pk=alice.pk).exists()

    answer = signed_in.post("/account/details/delete/", {"current_password": PASSWORD})

    assert b"This can&#x27;t be undone." in page.content
    assert refused.status_code == 422
    assert b"Your account was deleted" in answer.content
    assert not User.objects.filter(pk=alice.pk).exists()
    assert "_auth_user_id" not in signed_in.session


def test_an_address_is_added_changed_and_deleted(signed_in):
    added = signed_in.post("/account/addresses/new/", address_input())
    address = Address.objects.get()
    changed = signed_in.post(f"/account/addresses/{address.pk}/", address_input(city="Potsdam"))
    address.refresh_from_db()
    assert address.city == "Potsdam"
    asked = signed_in.get(f"/account/addresses/{address.pk}/delete/")
    deleted = signed_in.post(f"/account/addresses/{address.pk}/delete/")

    assert [added.status_code, changed.status_code, deleted.status_code] == [302, 302, 302]
    assert b"Remove this address?" in asked.content
    assert not Address.objects.exists()


def test_an_address_is_refused_at_its_field(signed_in):
    answer = signed_in.post("/account/addresses/new/", address_input(postal_code="1"))

    assert answer.status_code == 422
    assert b"This postal code is not valid for the country." in answer.content
    assert not Address.objects.exists()


def test_another_country_brings_its_fields_without_script(signed_in):
    answer = signed_in.post(
        "/account/addresses/new/", {"country": "US", "name": "Alice Lind", "reload": "address"}
    )

    html = answer.content.decode()
    assert answer.status_code == 200
    assert '<option value="US" selected>' in html
    assert "ZIP code" in html
    assert "California" in html
    assert 'value="Alice Lind"' in html
    assert 'class="error"' not in html


def test_another_country_brings_its_fields_by_a_fragment(client):
    answer = client.post("/account/address-fields/", {"country": "US", "name": "Alice"})

    html = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in html
    assert 'name="region"' in html
    assert 'value="Alice"' in html


@pytest.mark.parametrize("country", ["", "XX", "<script>", "D" * 1000])
def test_an_odd_country_falls_back_to_the_shops(client, country):
    answer = client.post("/account/address-fields/", {"country": country, "name": "<script>"})

    assert answer.status_code == 200
    assert '<option value="DE" selected>' in answer.content.decode()
    assert "<script>" not in answer.content.decode()


@pytest.mark.parametrize("path", ["", "delete/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_anothers_address_is_404(client, alice, mallory, path, method):
    address = AddressFactory(customer=alice.customer)
    client.force_login(mallory)

    answer = getattr(client, method)(f"/account/addresses/{address.pk}/{path}")

    assert answer.status_code == 404
    assert Address.objects.filter(pk=address.pk, city="Berlin").exists()


@pytest.mark.parametrize("count", [1, 10])
def test_the_address_page_costs_the_same_for_one_and_for_ten(
    signed_in, alice, count, django_assert_num_queries
):
    for _ in range(count):
        AddressFactory(customer=alice.customer)
    signed_in.get("/account/details/")  # the frame of all pages is remembered from here on

    with django_assert_num_queries(3):  # session, user, addresses
        answer = signed_in.get("/account/addresses/")

    assert answer.content.decode().count("<address") == count


def test_the_details_page_costs_few_queries(signed_in, django_assert_num_queries):
    signed_in.get("/account/addresses/")

    # Session, user, customer, e-mail addresses, second factors.
    with django_assert_num_queries(5):
        signed_in.get("/account/details/")


@pytest.mark.parametrize(
    "path",
    [
        "/account/details/email/",
        "/account/details/password/",
        "/account/details/newsletter/",
        "/account/details/verify/",
    ],
)
def test_a_get_never_writes(signed_in, path):
    assert signed_in.get(path).status_code == 405


def test_the_export_is_a_file_of_ones_own(signed_in):
    answer = signed_in.get("/account/details/export/")

    assert answer["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert answer.json()["account"]["email"] == "alice@example.com"


def test_a_second_factor_needs_the_password_again_and_is_told_by_mail(signed_in):
    answer = signed_in.get("/account/2fa/totp/activate/")

    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/reauthenticate/")


def test_devices_have_names_people_use():
    assert device("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0") == "Firefox on Linux"
    assert device("Mozilla/5.0 (iPhone; CPU iPhone OS 18) Safari/604.1") == "Safari on iPhone"
    assert device("curl/8") == "Unknown device"
