"""Paying with gift cards, in the very transaction that writes the order."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from cart.gift_cards import CardUse
from orders.models import Order
from orders.tenders import GIFT_CARD
from payments.models import Payment, PaymentEntry
from payments.settlement.services import follow_ledger
from payments.states import EntryKind, PaymentState
from pricing.gift_cards import spend_cards
from shop.core.actors import Actor


@transaction.atomic
def pay_with_cards(
    order: Order, uses: Sequence[CardUse], *, actor: Actor, at: datetime
) -> list[Payment]:
    """Take what each card pays and write it into the ledger; the order follows. The
    caller holds the order's lock.

    Raises `GiftCardShort` if a card holds less than it is to pay; nothing is written then.
    """
    keys = {use.card.pk: uuid.uuid4() for use in uses}
    spent = spend_cards(
        {use.card.pk: use.used_minor for use in uses},
        references={pk: str(key) for pk, key in keys.items()},
        order_number=order.number,
        actor=actor,
        at=at,
    )
    payments = Payment.objects.bulk_create(
        Payment(
            pk=keys[use.card.pk],
            order=order,
            provider=GIFT_CARD,
            external_id=spent[use.card.pk].external_id,
            state=PaymentState.CAPTURED,
            amount_minor=use.used_minor,
            currency=order.currency,
            instrument=use.label[:60],
            created_at=at,
            updated_at=at,
        )
        for use in uses
    )
    for payment in payments:
        PaymentEntry.objects.create(
            payment=payment,
            kind=EntryKind.CAPTURED,
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            external_id=payment.external_id,
            message=payment.instrument,
            actor=actor.label[:200],
            at=at,
        )
        follow_ledger(payment, EntryKind.CAPTURED, actor=actor, at=at)
    return payments
