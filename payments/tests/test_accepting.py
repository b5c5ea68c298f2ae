"""What a payment method can take: asked of its provider before it is offered,
ordered with or started.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cart.models import Cart
from inventory.models import Reservation
from orders.checkout import place_order
from orders.editing import edit_order
from orders.editing.changes import OrderChange
from orders.errors import AmountNotAccepted, PaymentMethodInvalid
from orders.models import Order
from orders.payment import change_payment_method
from orders.tests.factories import (
    CAROL,
    checkout_data,
    make_cart,
    make_order,
    make_shop,
    order_input,
    variant,
)
from payments.errors import ProviderRefused
from payments.models import Payment
from payments.providers import providers
from payments.providers.gift_card import GiftCardProvider
from payments.providers.manual import ManualProvider
from payments.providers.paypal import PayPalProvider
from payments.providers.stripe import StripeProvider
from payments.providers.test import TestProvider
from payments.tests.factories import make_paid_order
from payments.tests.test_pages import checkout_fields
from pricing.models import PaymentMethod, ShippingRate
from pricing.states import Settlement
from pricing.tests.factories import PromotionFactory
from shop.core.actors import GUEST

pytestmark = pytest.mark.django_db


# The providers
# --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minor", "currency", "is_taken"),
    [
        (50, "EUR", True),
        (49, "EUR", False),
        (0, "EUR", False),
        (99_999_999, "EUR", True),
        (100_000_000, "EUR", False),
        (30, "GBP", True),
        (29, "GBP", False),
        (49, "JPY", False),
        (50, "JPY", True),
        (1_499, "CZK", False),
        (1_500, "CZK", True),
        (17_499, "HUF", False),
        (17_501, "HUF", True),  # decimals are charged, only payouts are whole
        (1_250, "TWD", True),
        (12_340, "KWD", True),
        (12_345, "KWD", False),
        (500, "ISK", True),
        (500, "UGX", True),
        (5_000, "IRR", False),
    ],
)
def test_stripe_takes_what_its_currency_allows(minor: int, currency: str, is_taken: bool):
    assert StripeProvider().accepts(minor, currency, "DE") is is_taken


@pytest.mark.parametrize(
    ("minor", "currency", "is_taken"),
    [
        (1, "EUR", True),
        (0, "EUR", False),
        (12_340, "KWD", False),
        (200_000, "HUF", True),
        (200_050, "HUF", False),
        (500, "JPY", True),
        (50_000, "TWD", True),
        (50_050, "TWD", False),
        (5_000, "ZAR", False),
    ],
)
def test_paypal_takes_its_currencies_only_and_some_without_decimals(
    minor: int, currency: str, is_taken: bool
):
    assert PayPalProvider().accepts(minor, currency, "DE") is is_taken


@pytest.mark.parametrize("provider", [ManualProvider(), TestProvider(), GiftCardProvider()])
def test_what_people_and_our_own_books_take_is_any_amount_above_zero(provider: Any):
    assert provider.accepts(1, "KWD", "KW")
    assert not provider.accepts(0, "KWD", "KW")


@pytest.mark.parametrize("code", ["stripe", "paypal"])
@pytest.mark.parametrize("currency", ["EUR", "JPY", "HUF", "KWD", "ISK", "TWD", "MGA"])
def test_a_provider_writes_every_amount_that_it_says_it_takes(
    settings: Any, code: str, currency: str
):
    from payments.providers.paypal import to_paypal
    from payments.providers.stripe import to_stripe

    settings.STRIPE_SECRET_KEY = settings.PAYPAL_CLIENT_ID = settings.PAYPAL_SECRET = "x"
    write = {"stripe": to_stripe, "paypal": to_paypal}[code]

    for minor in (1, 50, 99, 100, 12_340, 12_345, 200_050):
        if providers()[code].accepts(minor, currency, "DE"):
            assert write(minor, currency)


# The checkout
# ---------------------------------------------------------------------------------------


@pytest.fixture
def cheap(settings: Any) -> Cart:
    """A sticker at 0.40 EUR, sent for nothing, in a shop with Stripe, which takes
    no less than 0.50.
    """
    settings.STRIPE_SECRET_KEY = "sk_test_x"
    make_shop()
    PaymentMethod.objects.create(
        code="stripe", name="Stripe", provider="stripe", settlement=Settlement.ONLINE
    )
    ShippingRate.objects.update(price_minor=0)
    variant("STICKER", price_minor=40)
    return make_cart(STICKER=1, at=timezone.now())


def place(cart: Cart, **changes: Any) -> Order:
    data = checkout_data(**{"payment_method": "stripe", **changes})
    return place_order(cart, data, actor=GUEST, at=timezone.now())


def test_the_quote_leaves_out_a_method_that_cannot_take_the_amount(client: Client, cheap: Cart):
    quote = client.get("/api/cart/quote?country=DE", headers={"X-Cart-Token": cheap.token})

    codes = [method["code"] for method in quote.json()["data"]["payment_methods"]]
    assert codes == ["card", "transfer", "cash"]


def test_the_quote_offers_it_as_soon_as_the_amount_is_enough(client: Client, cheap: Cart):
    cheap.items.update(quantity=2)

    quote = client.get("/api/cart/quote?country=DE", headers={"X-Cart-Token": cheap.token})

    codes = [method["code"] for method in quote.json()["data"]["payment_methods"]]
    assert codes == ["card", "transfer", "cash", "stripe"]


def test_an_order_with_a_method_that_cannot_take_it_is_refused_and_names_those_that_can(
    client: Client, cheap: Cart
):
    refused = client.post(
        "/api/orders",
        order_input(payment_method="stripe"),
        content_type="application/json",
        headers={"X-Cart-Token": cheap.token, "Idempotency-Key": "one"},
    )

    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (409, "amount_not_accepted")
    assert problem["payment_methods"] == ["card", "transfer", "cash"]
    assert (Order.objects.count(), Reservation.objects.count()) == (0, 0)
    cheap.refresh_from_db()
    assert cheap.closed_at is None


def test_the_checkout_page_offers_only_what_can_take_the_amount(client: Client, cheap: Cart):
    client.cookies["cart"] = cheap.token

    html = client.get("/checkout/").content.decode()

    assert 'value="stripe"' not in html
    assert 'value="card"' in html


def test_a_checkout_without_any_usable_method_says_so_and_has_no_button(
    client: Client, cheap: Cart
):
    PaymentMethod.objects.exclude(code="stripe").delete()
    client.cookies["cart"] = cheap.token

    html = client.get("/checkout/").content.decode()

    assert "No payment method is available for €0.40 delivered to Germany." in html
    assert "btn-lg btn-block" not in html


def test_a_method_with_an_unknown_provider_is_hidden_from_the_checkout(client: Client):
    make_shop()
    PaymentMethod.objects.filter(code="card").update(provider="strpie")
    client.cookies["cart"] = make_cart(MUG=1, at=timezone.now()).token

    html = client.get("/checkout/").content.decode()

    assert 'value="card"' not in html
    assert 'value="transfer"' in html


# An order that waits
# --------------------------------------------------------------------------------


def test_paying_an_amount_the_method_cannot_take_is_refused_before_the_provider_is_asked(
    settings: Any, client: Client
):
    settings.STRIPE_SECRET_KEY = "sk_test_x"
    order = make_order(at=timezone.now())
    Order.objects.update(
        payment_provider="stripe", payment_method_name="Stripe", payment_method_code="stripe"
    )
    Order.objects.update(subtotal_minor=40, shipping_minor=0, total_minor=40, tax_minor=0)

    refused = client.post(
        f"/api/orders/{order.number}/pay",
        {},
        content_type="application/json",
        headers={"X-Order-Token": order.token, "Idempotency-Key": "one"},
    )

    problem = refused.json()
    order.refresh_from_db()
    assert (refused.status_code, problem["code"]) == (409, "amount_not_accepted")
    assert problem["payment_methods"] == ["card", "transfer", "cash"]
    assert problem["held_until"] == order.hold_expires_at.isoformat()
    assert Payment.objects.count() == 0


def pay_page(client: Client, order: Order) -> str:
    path = reverse("payments:pay", args=[order.number])
    client.get(f"{path}?token={order.token}")
    return path


def test_after_a_refusal_the_other_methods_and_the_time_left_are_shown(client: Client):
    order = make_order(at=timezone.now())
    path = pay_page(client, order)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TestProvider, "start", refuse)
        refused = client.post(path, follow=True)

    html = refused.content.decode()
    assert refused.status_code == 409
    assert "sk_live_secret" not in html
    assert "This payment method can&#x27;t be used for this payment. Choose another one." in html
    assert 'name="method" value="transfer"' in html
    assert "We hold your order for another" in html
    assert '<details class="reveal" id="change" open>' in html


def refuse(*_args: Any, **_options: Any) -> Any:
    raise ProviderRefused("No such price: sk_live_secret")


def test_an_order_can_be_paid_by_transfer_instead_and_is_held_as_long(client: Client):
    at = timezone.now()
    order = make_order(at=at)
    path = pay_page(client, order)

    answer = client.post(path, {"method": "transfer"})

    order.refresh_from_db()
    assert answer.url == f"/orders/{order.number}/thanks/"
    assert (order.payment_method_code, order.status) == ("transfer", "pending")
    assert order.hold_expires_at == at + timedelta(days=7)
    assert {row.expires_at for row in Reservation.objects.all()} == {order.hold_expires_at}


def test_an_order_that_is_paid_on_delivery_after_all_is_confirmed():
    order = make_order(at=timezone.now())

    order = change_payment_method(order, "cash", actor=GUEST, at=timezone.now())

    assert (order.status, order.payment_method_code) == ("confirmed", "cash")
    assert order.hold_expires_at is None


def test_a_difference_on_a_confirmed_order_is_not_paid_by_transfer():
    order = make_paid_order(at=timezone.now())
    change = OrderChange(quantities={"MUG": 2})
    order = edit_order(order, change, actor=CAROL, at=timezone.now())

    with pytest.raises(PaymentMethodInvalid):
        change_payment_method(order, "transfer", actor=GUEST, at=timezone.now())

    order.refresh_from_db()
    assert order.payment_method_code == "card"


def test_an_edit_that_leaves_an_amount_no_method_takes_is_refused(settings: Any):
    settings.STRIPE_SECRET_KEY = "sk_test_x"
    order = make_paid_order(at=timezone.now())
    PaymentMethod.objects.filter(code="card").update(provider="stripe")
    Order.objects.update(payment_provider="stripe")
    variant("STICKER", price_minor=40)

    with pytest.raises(AmountNotAccepted) as refusal:
        edit_order(order, OrderChange(quantities={"STICKER": 1}), actor=CAROL, at=timezone.now())

    order.refresh_from_db()
    assert refusal.value.message == "Card can't be used for €0.40. Choose another payment method."
    assert (order.total_minor, order.items.count()) == (2490, 1)


# Nothing to pay
# -------------------------------------------------------------------------------------


@pytest.fixture
def free() -> Cart:
    """A cart that a promotion makes free, delivery too."""
    make_shop()
    ShippingRate.objects.update(price_minor=0)
    PromotionFactory(kind="percent_order", percent=100, is_automatic=True)
    return make_cart(MUG=1, at=timezone.now())


def test_an_order_that_costs_nothing_needs_no_payment_method(client: Client, free: Cart):
    data = order_input()
    del data["payment_method"]

    placed = client.post(
        "/api/orders",
        data,
        content_type="application/json",
        headers={"X-Cart-Token": free.token, "Idempotency-Key": "one"},
    )

    order = Order.objects.get()
    assert placed.status_code == 201
    assert (order.status, order.total_minor, order.payment_provider) == ("confirmed", 0, "free")
    assert not order.pays_online


def test_the_page_of_a_free_order_asks_for_no_payment_and_thanks_at_once(
    client: Client, free: Cart
):
    client.cookies["cart"] = free.token
    html = client.get("/checkout/").content.decode()
    fields = checkout_fields(html)
    del fields["payment_method"]

    placed = client.post("/checkout/", fields)

    order = Order.objects.get()
    assert "No payment is required." in html
    assert 'name="payment_method"' not in html
    assert placed.url == f"/orders/{order.number}/thanks/"
    assert order.status == "confirmed"


def test_a_free_order_that_comes_to_cost_something_gets_a_payment_method(free: Cart):
    order = place(free, payment_method="")
    Order.objects.update(placed_at=timezone.now())
    variant("STICKER", price_minor=40)
    order.adjustments.all().delete()
    from pricing.models import Promotion

    Promotion.objects.update(is_active=False)

    order = edit_order(
        order, OrderChange(quantities={"STICKER": 1}), actor=CAROL, at=timezone.now()
    )

    assert order.to_pay_minor > 0
    assert (order.payment_method_code, order.pays_online) == ("card", True)


# The back office
# ------------------------------------------------------------------------------------


@pytest.fixture
def desk(client: Client, carol: Any, settings: Any) -> Client:
    settings.BACKOFFICE_REQUIRE_MFA = False
    client.force_login(carol)
    make_shop()
    return client


def method_fields(**changes: str) -> dict[str, str]:
    return {
        "code": "card",
        "name": "Card",
        "line": "",
        "instructions": "",
        "provider": "test",
        "settlement": "online",
        "countries": "",
        "position": "0",
        "is_active": "on",
        **changes,
    }


def change_url(code: str = "card") -> str:
    pk = PaymentMethod.objects.get(code=code).pk
    return reverse("admin:pricing_paymentmethod_change", args=[pk])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"provider": "strpie"}, "provider"),
        ({"provider": "gift_card"}, "provider"),
        ({"provider": ""}, "provider"),
        ({"provider": "manual"}, "settlement"),
        ({"settlement": "on_delivery"}, "settlement"),
    ],
)
def test_a_provider_that_is_not_set_up_or_settles_otherwise_is_refused(
    desk: Client, changes: dict[str, str], field: str
):
    answer = desk.post(change_url(), method_fields(**changes))

    assert field in answer.context["adminform"].form.errors
    method = PaymentMethod.objects.get(code="card")
    assert (method.provider, method.settlement) == ("test", "online")


def test_a_provider_that_is_set_up_is_taken(desk: Client):
    answer = desk.post(change_url(), method_fields(provider="manual", settlement="transfer"))

    method = PaymentMethod.objects.get(code="card")
    assert answer.status_code == 302
    assert (method.provider, method.settlement) == ("manual", "transfer")


def test_a_stored_provider_that_is_not_set_up_is_shown_in_red(desk: Client):
    PaymentMethod.objects.filter(code="card").update(provider="strpie")

    rows = desk.get(reverse("admin:pricing_paymentmethod_changelist")).content.decode()
    form = desk.get(change_url()).content.decode()

    assert 'data-tone="danger"' in rows
    assert "strpie is not configured, so this method is not offered" in rows
    assert "“strpie” is not configured, so this payment method is not offered." in form
