"""The history of changes, and deliveries that are tried again."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.tests.factories import CustomerFactory
from shop.core.models import AuditEntry, OutboxDelivery, OutboxEvent

pytestmark = pytest.mark.django_db


def test_a_change_is_in_the_history_with_old_and_new_value(carol):
    customer = CustomerFactory(name="Alice")
    url = reverse("admin:accounts_customer_change", args=[customer.pk])
    formset = {"addresses-TOTAL_FORMS": "0", "addresses-INITIAL_FORMS": "0"}

    carol.post(url, {"name": "Alice Lind", **formset})

    entry = AuditEntry.objects.get(object_type="accounts.customer")
    assert (entry.actor_label, entry.changes["name"]) == (
        "carol@example.com",
        ["Alice", "Alice Lind"],
    )
    history = carol.get(reverse("admin:accounts_customer_history", args=[customer.pk]))
    assert "Alice Lind" in history.content.decode()


def test_a_parked_delivery_is_tried_again(carol):
    event = OutboxEvent.objects.create(type="Test", payload={})
    delivery = OutboxDelivery.objects.create(
        event=event, handler="h", status=OutboxDelivery.Status.PARKED, attempt_count=5
    )

    carol.post(
        reverse("admin:core_outboxdelivery_changelist"),
        {"action": "try_again", "_selected_action": [str(delivery.pk)], "index": "0"},
    )

    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempt_count) == ("pending", 0)
    assert AuditEntry.objects.get(object_type="core.outboxdelivery").action == "retried"
