"""A prepared question answers as the queryset it stands for."""

import importlib
import inspect
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from django.db.models import F, Model, Q
from django.db.models.functions import Lower

from cart.models import Cart
from catalog.models import GoesWith
from catalog.tests.factories import (
    OptionValueFactory,
    ProductAttributeFactory,
    ProductImageFactory,
)
from orders.tests.factories import make_cart, make_order
from shop.core.models import CacheVersion, IdempotencyRecord, OutboxDelivery, OutboxEvent
from shop.core.prepared import Prepared

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
needs_plans = pytest.mark.skipif(
    not settings.PREPARED_QUERIES, reason="A Django that questions are not prepared for."
)


def event(name, at=NOON):
    return OutboxEvent.objects.create(
        type=name, payload={"order": name, "lines": [1]}, created_at=at
    )


def test_texts_moments_and_numbers_change_from_call_to_call(django_assert_num_queries):
    early, late = event("early"), event("late", NOON + timedelta(hours=1))
    ask = Prepared(
        lambda kind, at, pk: OutboxEvent.objects.filter(type=kind, created_at__lte=at, pk=pk)
    )

    with django_assert_num_queries(4):
        assert ask(kind="early", at=NOON, pk=early.pk) == [early]
        assert ask(kind="late", at=NOON, pk=late.pk) == []
        assert ask(kind="late", at=NOON + timedelta(hours=2), pk=late.pk) == [late]
        assert ask(kind="early", at=NOON + timedelta(hours=2), pk=late.pk) == []


def test_a_row_is_the_one_the_queryset_gives_with_relations_and_annotations():
    made = event("early")
    OutboxDelivery.objects.create(event=made, handler="thank")
    ask = Prepared(
        lambda handler: (
            OutboxDelivery.objects.filter(handler=handler)
            .select_related("event")
            .annotate(kind=F("event__type"))
        )
    )

    (found,) = ask(handler="thank")

    assert found.event == made
    assert (found.event.payload, found.event.created_at) == ({"order": "early", "lines": [1]}, NOON)
    assert (found.kind, found._state.adding, found._state.db) == ("early", False, "default")


def test_none_of_no_values_is_found_without_asking(django_assert_num_queries):
    ask = Prepared(lambda kinds: OutboxEvent.objects.filter(type__in=kinds))

    with django_assert_num_queries(0):
        assert ask(kinds=[]) == []


def test_of_no_values_among_other_conditions_nothing_is_lost():
    delivery = OutboxDelivery.objects.create(event=event("early"), handler="thank")
    ask = Prepared(
        lambda kinds, count: OutboxDelivery.objects.filter(
            Q(handler__in=kinds) | Q(attempt_count=count)
        )
    )

    assert ask(kinds=[], count=0) == [delivery]


def test_switched_off_a_question_is_its_queryset(settings):
    settings.PREPARED_QUERIES = False
    made = event("early")
    ask = Prepared(lambda kind: OutboxEvent.objects.filter(type=kind))

    assert ask(kind="early") == [made]
    assert ask._plans == {}


@needs_plans
def test_the_sql_of_long_sequences_is_not_kept():
    made = event("early")
    ask = Prepared(lambda pks: OutboxEvent.objects.filter(pk__in=pks))

    for length in (1, 50, 51, 400):
        assert ask(pks=[made.pk] * length) == [made]

    assert [kind[0] for _vendor, (_name, kind) in ask._plans] == [1, 50]


def test_what_is_deferred_stays_out_until_it_is_asked_for(django_assert_num_queries):
    event("early")
    ask = Prepared(lambda kind: OutboxEvent.objects.filter(type=kind).only("type"))

    (found,) = ask(kind="early")

    with django_assert_num_queries(1):
        assert found.payload == {"order": "early", "lines": [1]}


def test_sequences_may_have_any_length(django_assert_num_queries):
    one, two, three = event("one"), event("two"), event("three")
    ask = Prepared(lambda pks: OutboxEvent.objects.filter(pk__in=pks).order_by("pk"))

    assert ask(pks=[one.pk]) == [one]
    assert ask(pks=[two.pk, three.pk]) == [two, three]
    assert ask(pks=[three.pk, one.pk]) == [one, three]


def test_prefetched_rows_come_along_in_a_query_of_their_own(django_assert_num_queries):
    made = event("early")
    delivery = OutboxDelivery.objects.create(event=made, handler="thank")
    ask = Prepared(
        lambda kind: OutboxEvent.objects.filter(type=kind).prefetch_related("deliveries")
    )

    with django_assert_num_queries(2):
        (found,) = ask(kind="early")
        assert list(found.deliveries.all()) == [delivery]


def test_rows_of_values_are_tuples():
    event("early")
    ask = Prepared(
        lambda kind: OutboxEvent.objects.filter(type=kind).values_list(
            "created_at", "type", "payload"
        )
    )

    assert ask(kind="early") == [(NOON, "early", {"order": "early", "lines": [1]})]


def test_the_first_row_or_none():
    event("early")
    ask = Prepared(lambda kind: OutboxEvent.objects.filter(type=kind)[:1])

    assert ask.first(kind="early").type == "early"
    assert ask.first(kind="late") is None


@needs_plans
@pytest.mark.parametrize(
    "question",
    [
        lambda scope: IdempotencyRecord.objects.all(),
        lambda scope: IdempotencyRecord.objects.filter(scope__contains=scope),
        lambda scope: (
            IdempotencyRecord.objects.filter(scope=scope)
            .alias(low=Lower("key"))
            .filter(low=scope.upper())
        ),
    ],
)
def test_a_parameter_that_the_sql_does_not_hold_as_it_is_is_refused(question):
    with pytest.raises(TypeError):
        Prepared(question)(scope="alice")


def outcome(ask, **values):
    """The rows, or the kind of refusal: SQLite's driver takes no number beyond 64 bits."""
    try:
        return list(ask(**values))
    except OverflowError as refusal:
        return type(refusal)


# SQLite's whole numbers have 64 bits in every column.
@needs_plans
@pytest.mark.postgres
def test_a_number_for_a_column_that_cannot_hold_its_mark_is_refused_and_not_found_empty():
    OutboxDelivery.objects.create(event=event("early"), handler="thank", attempt_count=3)
    ask = Prepared(lambda count: OutboxDelivery.objects.filter(attempt_count=count))

    with pytest.raises(TypeError):
        ask(count=3)


@pytest.mark.parametrize("number", [2**31, -(2**31) - 1, 2**63 - 1, 2**63, 10**40, -(10**40)])
def test_a_number_beyond_its_column_means_what_it_means_to_django(number):
    made = event("early")
    exact = Prepared(lambda pk: OutboxEvent.objects.filter(pk=pk))
    below = Prepared(lambda pk: OutboxEvent.objects.filter(pk__lt=pk))
    among = Prepared(lambda pks: OutboxEvent.objects.filter(pk__in=pks))

    assert exact(pk=number) == []
    assert below(pk=number) == ([made] if number > 0 else [])
    several = [made.pk, number]
    assert outcome(among, pks=several) == outcome(among.ask, pks=several)


# What the shop's own questions are asked with, by the names of their parameters.
SAMPLES = {
    "at": NOON,
    "cart": 1,
    "email": "alice@example.com",
    "names": ["catalog"],
    "pk": 1,
    "product": 1,
    "pks": [1, 2],
    "product_ids": [1, 2],
    "products": [1, 2],
    "sku": "CUP",
    "skus": ["CUP", "POT"],
    "slug": "cup",
    "token": "t" * 43,
    "variant": 1,
}
MODULES = [
    "catalog.api.reading",
    "cart.services",
    "cart.sessions",
    "catalog.products.options",
    "catalog.pages.product",
    "inventory.services.levels",
    "orders.checkout.services",
    "orders.checkout.guests",
    "shop.core.caching",
]


def prepared_questions():
    for name in MODULES:
        for label, value in vars(importlib.import_module(name)).items():
            several = value if isinstance(value, dict) else {"": value}
            for part, each in several.items():
                if isinstance(each, Prepared):
                    yield pytest.param(each, id=f"{name}.{label}.{part}")


def parameters(question):
    return [name for name in inspect.signature(question.ask).parameters if name != "self"]


def test_every_module_with_prepared_questions_is_listed():
    root = Path(__file__).parents[3]
    found = {
        ".".join(path.relative_to(root).with_suffix("").parts)
        for app in root.iterdir()
        if (app / "apps.py").exists()
        for path in app.rglob("*.py")
        if "tests" not in path.parts and re.search(r"\bPrepared\(\n?", path.read_text())
    }

    assert found - {"shop.core.prepared"} == set(MODULES)


@pytest.mark.parametrize("question", list(prepared_questions()))
def test_the_shops_own_questions_answer_as_their_querysets(question):
    names = parameters(question)
    values = {name: SAMPLES[name] for name in names}
    numbers = [name for name in names if isinstance(values[name], int)]

    with transaction.atomic():
        assert question(**values) == list(question.ask(**values))
        for name in numbers:
            for number in (2**31, 2**63 - 1, 2**63):
                beyond = {**values, name: number}
                found = outcome(question, **beyond)
                assert found == outcome(question.ask, **beyond)
                assert found in ([], OverflowError)


def content(row, above=()):
    """All that a row holds, with the rows it has loaded."""
    if not isinstance(row, Model) or row in above:
        return row
    own = {name: value for name, value in vars(row).items() if name != "_state"}
    related = {name: content(each, (*above, row)) for name, each in row._state.fields_cache.items()}
    return type(row), own, related, row._state.db, row._state.adding


@pytest.fixture
def of_a_sale():
    """Values for every parameter that find something: what a guest sees and buys."""
    order = make_order(at=NOON)
    cart = make_cart(at=NOON, MUG=1)
    item = cart.items.get()
    product = item.variant.product
    ProductImageFactory(product=product)
    ProductAttributeFactory(product=product)
    GoesWith.objects.create(product=product, variant=item.variant, position=1)
    value = OptionValueFactory(option__product=product)
    item.variant.option_values.add(value)
    CacheVersion.objects.get_or_create(name="catalog")
    return {
        "at": NOON,
        "cart": cart.pk,
        "email": order.email,
        "names": ["catalog"],
        "product": product.pk,
        "product_ids": [product.pk],
        "products": [product.pk],
        "pks": [product.pk],
        "sku": item.variant.sku,
        "skus": [item.variant.sku],
        "slug": product.slug,
        "token": cart.token,
        "variant": item.variant_id,
    }


@pytest.mark.parametrize("question", list(prepared_questions()))
def test_the_shops_own_questions_find_all_that_their_querysets_find(question, of_a_sale):
    values = of_a_sale
    model = question.ask(**{name: values.get(name, 1) for name in parameters(question)}).model
    values["pk"] = values["cart"] if model is Cart else values["product"]
    asked = {name: values[name] for name in parameters(question)}

    with transaction.atomic():
        found = [content(row) for row in question(**asked)]
        expected = [content(row) for row in question.ask(**asked)]

    assert found == expected
    assert found


@needs_plans
@pytest.mark.django_db(transaction=True)
def test_a_lock_needs_a_transaction_the_second_time_too():
    event("early")
    ask = Prepared(lambda kind: OutboxEvent.objects.select_for_update().filter(type=kind))
    with transaction.atomic():
        assert len(ask(kind="early")) == 1

    with pytest.raises(transaction.TransactionManagementError):
        ask(kind="early")
