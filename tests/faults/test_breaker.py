"""X13: a company that does not answer is left alone, asked again with care, and the
shopper told of other ways.
"""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.errors import ActNotAllowed, PaymentMethodInvalid
from orders.models import Order
from orders.payment import change_payment_method
from orders.tests.factories import make_cart
from payments.checkout import start_payment
from payments.errors import ProviderRefused, ProviderUnavailable
from payments.models import Payment
from payments.providers.calls import TryAgain, call
from payments.settlement import ask_provider
from shop.core import breaker
from shop.core.actors import GUEST
from shop.core.redis_cache import SteadyRedisCache
from tests.faults.companies import StripeHouse
from tests.faults.fake_stripe import FakeStripe
from tests.races.storm import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(stripe_company: FakeStripe) -> StripeHouse:
    return StripeHouse(stripe_company)


def fail(name: str = "stripe", *, times: int = breaker.FAILURES) -> None:
    for _time in range(times):
        breaker.note_failure(name)


def has_rested(name: str = "stripe") -> None:
    """The rest is over: what the clock does to the key."""
    breaker.cache.delete(f"breaker:{name}:resting")


def no_answer() -> None:
    raise TryAgain("silence")


def test_after_three_calls_without_an_answer_a_company_is_left_alone(house: StripeHouse):
    payment = house.started()
    house.company.misbehave("GET /v1/checkout/sessions", "500", times=9)
    for _time in range(3):
        ask_provider(payment, at=timezone.now())
    asked = len(house.company.asked)

    payment = ask_provider(payment, at=timezone.now())

    assert breaker.resting(["stripe", "paypal"]) == {"stripe"}
    assert len(house.company.asked) == asked
    assert payment.state == "processing"  # nobody knows, so no second payment can start


def test_two_failures_and_an_answer_are_no_reason():
    fail(times=2)
    breaker.note_answer("stripe")
    fail(times=2)

    assert breaker.resting(["stripe"]) == set()
    assert breaker.admit("stripe")


def test_a_definite_no_is_an_answer():
    def refuse() -> None:
        raise ProviderRefused

    fail(times=2)
    with pytest.raises(ProviderRefused):
        call("stripe", "ask", refuse)
    fail(times=2)

    assert breaker.admit("stripe")


def test_one_company_does_not_answer_for_another():
    fail("stripe")

    assert (breaker.admit("stripe"), breaker.admit("paypal")) == (False, True)


def test_after_the_rest_one_call_at_a_time_goes_out():
    fail()
    has_rested()

    assert at_once(8, lambda _number: breaker.admit("stripe")).count(True) == 1


def test_the_first_answer_after_the_rest_closes_it(house: StripeHouse):
    payment = house.started()
    fail()
    has_rested()

    payment = ask_provider(payment, at=timezone.now())

    assert payment.state == "started"
    assert [breaker.admit("stripe") for _time in range(3)] == [True] * 3


def test_another_failure_after_the_rest_means_another_rest():
    fail()
    has_rested()

    with pytest.raises(ProviderUnavailable):
        call("stripe", "ask", no_answer)

    assert breaker.resting(["stripe", "paypal"]) == {"stripe"}
    assert not breaker.admit("stripe")


def test_while_the_cache_is_away_calls_go_out(monkeypatch: pytest.MonkeyPatch):
    fail()
    monkeypatch.setattr(breaker, "cache", SteadyRedisCache("redis://127.0.0.1:1/0", {}))

    assert breaker.admit("stripe")
    assert call("stripe", "ask", lambda: "an answer") == "an answer"


# The payment page
# ----------------------------------------------------------------------------------


@pytest.fixture
def order(house: StripeHouse) -> Order:
    return house.order()


def pay_page(client: Client, order: Order) -> str:
    address = reverse("payments:pay", args=[order.number])
    client.get(f"{address}?token={order.token}")
    return address


def test_the_page_says_which_ways_remain(client: Client, order: Order):
    address = pay_page(client, order)
    fail()

    html = client.get(address).content.decode()

    assert "The payment provider is not responding. Try again in a few minutes." in html
    assert "We hold your order for another" in html
    assert 'name="method" value="card"' in html  # the test provider, which answers
    assert 'value="stripe"' not in html


def test_who_runs_into_it_is_told_at_once_and_may_pay_in_another_way(
    client: Client, house: StripeHouse, order: Order
):
    address = pay_page(client, order)
    house.company.misbehave("POST /v1/checkout/sessions", "500", times=3)

    refused = client.post(address, follow=True)
    answer = client.post(address, {"method": "card"})

    order.refresh_from_db()
    assert refused.status_code == 503
    assert 'name="method" value="card"' in refused.content.decode()
    assert answer.status_code == 302
    assert (order.payment_provider, order.payment_method_name) == ("test", "Card")
    assert sorted(Payment.objects.values_list("provider", "state")) == [
        ("stripe", "started"),
        ("test", "started"),
    ]


def test_an_order_that_is_kept_anyway_names_no_end(client: Client, order: Order):
    address = pay_page(client, order)
    Order.objects.update(hold_expires_at=None)
    fail()

    html = client.get(address).content.decode()

    assert "You haven't been charged." in html
    assert "We hold your order" not in html


def test_a_way_that_does_not_answer_either_is_not_offered(client: Client, order: Order):
    address = pay_page(client, order)
    fail()
    fail("test")

    assert 'name="method" value="card"' not in client.get(address).content.decode()


def test_the_other_methods_are_folded_away_while_all_is_well(client: Client, order: Order):
    html = client.get(pay_page(client, order)).content.decode()

    assert '<details class="reveal" id="change">' in html


@pytest.mark.parametrize("code", ["stripe", "nonsense", "gift_card"])
def test_a_way_that_is_not_offered_changes_nothing(order: Order, code: str):
    with pytest.raises(PaymentMethodInvalid):
        change_payment_method(order, code, actor=GUEST, at=timezone.now())

    order.refresh_from_db()
    assert order.payment_provider == "stripe"


def test_while_a_payment_is_checked_no_other_way_is_begun(house: StripeHouse, order: Order):
    start_payment(order, at=timezone.now())
    house.company.misbehave("GET /v1/checkout/sessions", "500", times=3)
    ask_provider(Payment.objects.get(), at=timezone.now())

    with pytest.raises(ActNotAllowed):
        change_payment_method(order, "card", actor=GUEST, at=timezone.now())

    order.refresh_from_db()
    assert order.payment_provider == "stripe"


def test_the_checkout_names_who_does_not_answer(client: Client, house: StripeHouse):
    house.order()
    client.cookies["cart"] = make_cart(MUG=1, at=timezone.now()).token
    before = client.get("/checkout/").content.decode()
    fail()

    html = client.get("/checkout/").content.decode()

    assert "Temporarily unavailable" not in before
    assert html.count("Temporarily unavailable") == 1
