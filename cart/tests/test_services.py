"""What shoppers do with carts, and what the shop tells them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from accounts.tests.factories import CustomerFactory
from cart.display import view_cart
from cart.errors import (
    CartFull,
    CouponNotApplicable,
    ItemNotSold,
    NoSuchVariant,
    VariantNotChosen,
)
from cart.models import Cart, CartItem
from cart.services import (
    add_to_cart,
    apply_coupon,
    cart_lines,
    change_currency,
    change_quantity,
    clear_cart,
    close_cart,
    facts_of,
    find_variant,
    items_of,
    mark_seen,
    merge_carts,
    new_guest_cart,
    open_cart,
    remove_coupon,
    remove_item,
    save_for_later,
)
from cart.tests.factories import CartFactory, CartItemFactory
from catalog.models import PriceChange, PriceEntry, Product, Variant
from catalog.products import delete_product, remove_variant
from catalog.states import ProductStatus
from catalog.tests.factories import ExchangeRateFactory, VariantFactory
from inventory.errors import InsufficientStock
from inventory.models import StockItem
from pricing.tests.factories import CouponFactory, ShippingMethodFactory, TaxRateFactory
from shop.core.actors import SYSTEM
from shop.core.append_only import erasing
from shop.core.errors import NotFound
from shop.core.models import AuditEntry

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def contents(cart):
    items = cart.items.order_by("variant__sku")
    return [(item.variant.sku, item.quantity, item.is_saved) for item in items]


def look(cart, **changes):
    return view_cart(cart, **{"country": "DE", "at": NOW, **changes})


def told(cart):
    return [(notice.kind, notice.text) for notice in look(cart).notices]


# Adding
# ---------------------------------------------------------------------------------------------


def test_adding_the_same_thing_twice_adds_the_units_up(django_assert_num_queries):
    cart, cup = CartFactory(), VariantFactory(sku="CUP")

    add_to_cart(cart, cup, quantity=2, at=NOW)
    with django_assert_num_queries(6):  # savepoint, lock, item, update, touch, release
        add_to_cart(cart, cup, quantity=3, at=NOW)

    assert contents(cart) == [("CUP", 5, False)]
    cart.refresh_from_db()
    assert (cart.version, cart.updated_at) == (3, NOW)


def test_putting_something_new_in_takes_at_most_eight_queries(django_assert_num_queries):
    cart = CartFactory()
    VariantFactory(sku="CUP")

    with django_assert_num_queries(8):
        add_to_cart(cart, find_variant(sku="CUP", at=NOW), quantity=1, at=NOW)


@pytest.mark.django_db(transaction=True)
def test_what_was_deleted_since_the_page_was_shown_is_not_added():
    cup = VariantFactory()
    assert delete_product(cup.product, actor=SYSTEM, at=NOW)

    with pytest.raises(NoSuchVariant):
        add_to_cart(new_guest_cart(currency="EUR", at=NOW), cup, quantity=1, at=NOW)

    assert Cart.objects.count() == 0


def test_adding_more_than_there_is_is_refused_in_words_and_changes_nothing():
    cart = CartFactory()
    cup = VariantFactory(sku="CUP", product__name="Cup", on_hand=3)
    add_to_cart(cart, cup, quantity=2, at=NOW)

    with pytest.raises(InsufficientStock) as refusal:
        add_to_cart(cart, cup, quantity=2, at=NOW)

    assert refusal.value.message == "Only 3 of Cup left."
    assert refusal.value.details["available"] == 3
    assert contents(cart) == [("CUP", 2, False)]


def test_a_sold_out_thing_is_refused_in_words():
    cup = VariantFactory(product__name="Cup", on_hand=0)

    with pytest.raises(InsufficientStock, match="Cup is sold out"):
        add_to_cart(CartFactory(), cup, quantity=1, at=NOW)


def test_a_cart_takes_what_can_be_ordered_from_the_maker_later():
    cup = VariantFactory(sku="CUP", on_hand=0)
    StockItem.objects.update(backorder_limit=2)
    cup = find_variant(sku="CUP", at=NOW)

    add_to_cart(CartFactory(), cup, quantity=2, at=NOW)

    assert CartItem.objects.get().quantity == 2


def test_a_cart_holds_a_hundred_different_things_and_not_one_more():
    cart = CartFactory()
    CartItemFactory.create_batch(100, cart=cart)

    with pytest.raises(CartFull):
        add_to_cart(cart, VariantFactory(), quantity=1, at=NOW)

    assert cart.items.count() == 100


def test_a_cart_holds_999_of_a_thing_and_not_one_more():
    cart, cup = CartFactory(), VariantFactory(sku="CUP", on_hand=2000)
    add_to_cart(cart, cup, quantity=999, at=NOW)

    with pytest.raises(CartFull):
        add_to_cart(cart, cup, quantity=1, at=NOW)

    assert contents(cart) == [("CUP", 999, False)]


def test_a_closed_cart_takes_nothing():
    cart = CartFactory(closed_at=NOW)

    with pytest.raises(NotFound):
        add_to_cart(cart, VariantFactory(), quantity=1, at=NOW)

    assert not CartItem.objects.exists()


def test_a_variant_is_found_by_sku_id_or_a_product_that_has_one():
    cup = VariantFactory(sku="CUP")

    assert find_variant(sku="CUP", at=NOW) == cup
    assert find_variant(variant_id=cup.pk, at=NOW) == cup
    assert find_variant(product_id=cup.product_id, at=NOW) == cup
    VariantFactory(product=cup.product)
    with pytest.raises(VariantNotChosen):
        find_variant(product_id=cup.product_id, at=NOW)


@pytest.mark.parametrize(
    "facts",
    [
        {"is_active": False},
        {"product__status": ProductStatus.DRAFT},
        {"product__published_at": NOW + timedelta(seconds=1)},
    ],
)
def test_what_is_hidden_cannot_be_found(facts):
    VariantFactory(sku="CUP", **facts)

    with pytest.raises(NoSuchVariant):
        find_variant(sku="CUP", at=NOW)


# Changing
# ---------------------------------------------------------------------------------------------


def test_a_quantity_is_set_and_zero_removes():
    item = CartItemFactory(variant__sku="CUP")

    change_quantity(item.cart, item.pk, quantity=4, at=NOW)
    assert contents(item.cart) == [("CUP", 4, False)]

    assert change_quantity(item.cart, item.pk, quantity=0, at=NOW) is None
    assert contents(item.cart) == []


def test_a_quantity_may_always_go_down_and_up_only_to_what_is_left():
    item = CartItemFactory(variant__sku="CUP", variant__on_hand=2, quantity=9)

    change_quantity(item.cart, item.pk, quantity=5, at=NOW)
    with pytest.raises(InsufficientStock):
        change_quantity(item.cart, item.pk, quantity=6, at=NOW)

    assert contents(item.cart) == [("CUP", 5, False)]


@pytest.mark.parametrize(
    "act",
    [
        lambda cart, item: change_quantity(cart, item.pk, quantity=2, at=NOW),
        lambda cart, item: remove_item(cart, item.pk, at=NOW),
        lambda cart, item: save_for_later(cart, item.pk, is_saved=True, at=NOW),
    ],
)
def test_mallory_cannot_reach_an_item_of_another_cart(act):
    item = CartItemFactory(variant__sku="CUP")

    with pytest.raises(NotFound):
        act(CartFactory(), item)

    assert contents(item.cart) == [("CUP", 1, False)]


def test_what_is_saved_for_later_is_not_bought_and_comes_back():
    item = CartItemFactory(variant__sku="CUP", quantity=2)

    save_for_later(item.cart, item.pk, is_saved=True, at=NOW)
    assert cart_lines(item.cart, at=NOW) == []
    assert look(item.cart).count == 0

    save_for_later(item.cart, item.pk, is_saved=False, at=NOW)
    assert [line.quantity for line in cart_lines(item.cart, at=NOW)] == [2]


def test_clearing_takes_everything_out_but_what_is_saved():
    cart = CartFactory(coupon_codes=["TEN"])
    CartItemFactory(cart=cart)
    CartItemFactory(cart=cart, variant__sku="LATER", is_saved=True)

    clear_cart(cart, at=NOW)

    cart.refresh_from_db()
    assert (contents(cart), cart.coupon_codes) == ([("LATER", 1, True)], [])


def test_closing_keeps_what_is_saved_in_a_new_cart():
    customer = CustomerFactory()
    cart = CartFactory(customer=customer)
    CartItemFactory(cart=cart, variant__sku="LATER", is_saved=True)

    close_cart(cart, at=NOW)

    assert contents(open_cart(customer=customer, at=NOW)) == [("LATER", 1, True)]
    assert Cart.objects.get(pk=cart.pk).closed_at == NOW


# What changed meanwhile
# ---------------------------------------------------------------------------------


def test_a_changed_price_is_told_until_it_was_seen():
    item = CartItemFactory(variant__product__name="Cup", variant__price_minor=2000)
    Variant.objects.update(price_minor=1800)

    assert told(item.cart) == [("price", "Cup: The price dropped from €20 to €18.")]
    assert look(item.cart).quote.total_minor == 1800

    mark_seen(item.cart, at=NOW)
    assert told(item.cart) == []


def test_stock_that_has_gone_is_told_and_stops_the_checkout():
    item = CartItemFactory(variant__product__name="Cup", variant__on_hand=5, quantity=4)
    assert look(item.cart).is_orderable

    StockItem.objects.update(reserved=3)
    assert told(item.cart) == [("stock", "Cup: Only 2 left.")]
    assert not look(item.cart).is_orderable

    StockItem.objects.update(reserved=5)
    assert told(item.cart) == [("stock", "Cup: This item has sold out.")]


def test_what_is_no_longer_sold_is_told_and_neither_priced_nor_ordered():
    item = CartItemFactory(variant__product__name="Cup")
    CartItemFactory(cart=item.cart, variant__price_minor=500)
    Variant.objects.filter(pk=item.variant_id).update(is_active=False)

    assert told(item.cart) == [
        ("gone", "Cup: This item is no longer available. Remove it to continue.")
    ]
    assert look(item.cart).quote.subtotal_minor == 500
    with pytest.raises(ItemNotSold):
        cart_lines(item.cart, at=NOW)


def test_another_currency_prices_the_cart_again_without_alarm():
    ExchangeRateFactory(currency="USD", rate="1.10")
    ExchangeRateFactory(currency="JPY", rate="160")
    item = CartItemFactory(variant__price_minor=1999)
    PriceEntry.objects.create(variant=item.variant, currency="USD", price_minor=2500)

    dollars = look(change_currency(item.cart, "USD", at=NOW))
    assert (dollars.quote.currency, dollars.quote.total_minor) == ("USD", 2500)
    yen = look(change_currency(item.cart, "JPY", at=NOW))
    assert (yen.quote.currency, yen.quote.total_minor, yen.notices) == ("JPY", 3198, [])
    assert change_currency(item.cart, "XXX", at=NOW).currency == "EUR"


# Coupons
# ------------------------------------------------------------------------------------------------


def test_a_code_that_works_is_remembered_and_forgotten():
    item = CartItemFactory(variant__price_minor=2000)
    CouponFactory(code="TEN")

    cart = apply_coupon(item.cart, "ten", country="DE", at=NOW)
    assert (cart.coupon_codes, look(cart).quote.total_minor) == (["TEN"], 1800)

    cart = remove_coupon(cart, at=NOW)
    assert (cart.coupon_codes, look(cart).quote.total_minor) == ([], 2000)


def test_a_code_that_does_not_work_leaves_the_one_that_does():
    item = CartItemFactory()
    CouponFactory(code="TEN")
    CouponFactory(code="RICH", minimum_minor=50_000)
    apply_coupon(item.cart, "TEN", country="DE", at=NOW)

    with pytest.raises(CouponNotApplicable, match=r"a minimum of €500. Add €480 more"):
        apply_coupon(item.cart, "RICH", country="DE", at=NOW)

    item.cart.refresh_from_db()
    assert item.cart.coupon_codes == ["TEN"]


def test_a_code_that_stops_working_is_told():
    item = CartItemFactory(cart__coupon_codes=["TEN"])
    CouponFactory(code="TEN", ends_at=NOW)

    assert told(item.cart) == [("coupon", "TEN: This code has expired.")]


# Merging
# ------------------------------------------------------------------------------------------------


def two_carts(*, own, guests, on_hand=10, **facts):
    customer = CustomerFactory()
    cup = VariantFactory(sku="CUP", product__name="Cup", on_hand=on_hand)
    guest = CartItemFactory(variant=cup, quantity=guests, **facts).cart
    if own:
        CartItemFactory(cart=CartFactory(customer=customer), variant=cup, quantity=own)
    return customer, guest


def test_merging_adds_quantities_up_and_brings_the_rest_along():
    customer, guest = two_carts(own=2, guests=3, cart__coupon_codes=["TEN"])
    CartItemFactory(cart=guest, variant__sku="POT", quantity=4)

    notices = merge_carts(guest, customer, at=NOW)

    own = open_cart(customer=customer, at=NOW)
    assert notices == []
    assert (contents(own), own.coupon_codes) == ([("CUP", 5, False), ("POT", 4, False)], ["TEN"])
    assert not Cart.objects.filter(pk=guest.pk).exists()


def test_what_is_deleted_while_in_a_guest_s_cart_is_told_at_the_merge_and_in_the_cart():
    customer, guest = two_carts(own=0, guests=3)
    cup = Variant.objects.get(sku="CUP")

    is_gone = delete_product(cup.product, actor=SYSTEM, at=NOW)
    notices = merge_carts(guest, customer, at=NOW)

    assert not is_gone
    assert Product.objects.get().status == ProductStatus.ARCHIVED
    assert [entry.action for entry in AuditEntry.objects.all()] == ["status changed"]
    assert notices == ["Cup is no longer available."]
    own = open_cart(customer=customer, at=NOW)
    assert contents(own) == [("CUP", 3, False)]
    assert [
        (notice.kind, notice.text) for notice in view_cart(own, country="DE", at=NOW).notices
    ] == [("gone", "Cup: This item is no longer available. Remove it to continue.")]


def test_a_variant_that_somebody_holds_in_a_cart_goes_off_sale_instead_of_vanishing():
    _customer, guest = two_carts(own=0, guests=1)
    cup = Variant.objects.get(sku="CUP")
    VariantFactory(product=cup.product)

    assert not remove_variant(cup, actor=SYSTEM, at=NOW)

    assert not Variant.objects.get(sku="CUP").is_active
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.object_label) == ("changed", str(cup))
    assert entry.changes == {"is_active": [True, False]}
    assert contents(guest) == [("CUP", 1, False)]


def test_merging_again_changes_nothing():
    customer, guest = two_carts(own=2, guests=3)
    merge_carts(guest, customer, at=NOW)

    assert merge_carts(guest, customer, at=NOW) == []
    assert contents(open_cart(customer=customer, at=NOW)) == [("CUP", 5, False)]


@pytest.mark.parametrize(
    ("own", "guests", "on_hand", "taken", "notices"),
    [
        (2, 3, 4, 4, ["Not enough stock of Cup for both carts. Your cart now has 4."]),
        (0, 3, 1, 1, ["Not enough stock of Cup for both carts. Your cart now has 1."]),
        (5, 3, 4, 5, ["Not enough stock of Cup for both carts. Your cart now has 5."]),
        # Sold out: the cart itself tells that.
        (0, 3, 0, 1, []),
        (600, 600, 5000, 999, ["Not enough stock of Cup for both carts. Your cart now has 999."]),
    ],
)
def test_merging_stops_at_what_can_be_sold_and_tells_it(own, guests, on_hand, taken, notices):
    customer, guest = two_carts(own=own, guests=guests, on_hand=on_hand)

    assert merge_carts(guest, customer, at=NOW) == notices
    assert contents(open_cart(customer=customer, at=NOW)) == [("CUP", taken, False)]


def test_what_a_guest_had_saved_does_not_lay_aside_what_the_customer_buys():
    customer, guest = two_carts(own=2, guests=3, is_saved=True)

    merge_carts(guest, customer, at=NOW)

    assert contents(open_cart(customer=customer, at=NOW)) == [("CUP", 2, False)]


def test_what_the_customer_had_saved_is_bought_if_the_guest_put_it_in():
    customer, guest = two_carts(own=2, guests=3)
    CartItem.objects.filter(cart__customer=customer).update(is_saved=True)

    merge_carts(guest, customer, at=NOW)

    assert contents(open_cart(customer=customer, at=NOW)) == [("CUP", 3, False)]


def test_a_full_cart_leaves_out_the_rest_and_tells_it():
    customer, guest = two_carts(own=0, guests=1)
    CartItemFactory.create_batch(100, cart=CartFactory(customer=customer))

    notices = merge_carts(guest, customer, at=NOW)

    assert notices == ["Cup was not added because the cart is full."]
    assert open_cart(customer=customer, at=NOW).items.count() == 100


@pytest.mark.parametrize("owner", ["closed", "someone"])
def test_a_cart_that_is_ordered_or_somebody_s_is_not_merged(owner):
    customer, guest = two_carts(own=1, guests=3)
    if owner == "closed":
        Cart.objects.filter(pk=guest.pk).update(closed_at=NOW)
    else:
        Cart.objects.filter(pk=guest.pk).update(customer=CustomerFactory())

    assert merge_carts(guest, customer, at=NOW) == []
    assert contents(open_cart(customer=customer, at=NOW)) == [("CUP", 1, False)]
    assert contents(guest) == [("CUP", 3, False)]


# Cost
# --------------------------------------------------------------------------------------------------


def test_a_cart_of_fifty_lines_costs_as_many_queries_as_one(django_assert_num_queries):
    TaxRateFactory()
    ShippingMethodFactory()
    small, large = CartFactory(), CartFactory()
    CartItemFactory(cart=small)
    CartItemFactory.create_batch(50, cart=large)
    look(small)

    with django_assert_num_queries(3):
        look(small)
    with django_assert_num_queries(3):
        look(large)


def test_a_hundred_things_with_wide_names_are_priced_to_the_last_fils():
    ExchangeRateFactory(currency="KWD", rate="0.334")
    cart = CartFactory(currency="KWD")
    for number in range(100):
        CartItemFactory(
            cart=cart, variant__product__name=f"茶碗 🫖 {number}", variant__price_minor=1000
        )

    view = look(cart)

    # 10.00 EUR are 3.340 KWD.
    assert (len(view.lines), view.quote.total_minor) == (100, 334_000)
    assert view.quote.trace[0].label == "1 × 茶碗 🫖 0"


# Reduced prices
# -------------------------------------------------------------------------------------


def reduced(**facts):
    """36.00 since two days ago, 40.00 before that, and 42.00 as it is crossed out."""
    variant = VariantFactory(price_minor=3600, compare_at_minor=4200, **facts)
    with erasing(PriceChange):
        PriceChange.objects.filter(variant=variant).delete()
    for days, price, was in [(200, 4200, None), (20, 4000, None), (2, 3600, 4200)]:
        PriceChange.objects.create(
            variant=variant,
            currency="EUR",
            price_minor=price,
            compare_at_minor=was,
            at=NOW - timedelta(days=days),
        )
    return variant


def test_a_reduced_line_counts_its_per_cent_from_the_lowest_of_30_days():
    cart = CartItemFactory(variant=reduced()).cart

    (fact,) = cart_lines(cart, at=NOW)
    line = view_cart(cart, country="DE", at=NOW).quote.trace[0]

    assert (fact.compare_at_minor, fact.low_minor, fact.percent_off) == (4200, 4000, 10)
    assert line.detail == (
        "On sale, was €42 each. 10 % below €40, the lowest price in the previous 30 days."
    )


def test_the_lowest_of_30_days_costs_one_query_for_one_reduced_line_and_for_twenty(
    django_assert_num_queries,
):
    plain, one, many = CartItemFactory().cart, CartFactory(), CartFactory()
    CartItemFactory(cart=one, variant=reduced())
    for _number in range(20):
        CartItemFactory(cart=many, variant=reduced())

    for cart, queries in ((plain, 1), (one, 2), (many, 2)):
        with django_assert_num_queries(queries):
            facts_of(items_of(cart, has_pictures=False), "EUR", at=NOW)
