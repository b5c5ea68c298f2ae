"""The acknowledgement of a notice of withdrawal: its content, the date and the time, and what follows."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from notifications.letters import Box, Letter
from notifications.models import OutgoingMail
from notifications.services.mail import queue_mail
from notifications.services.orders import order_url
from notifications.services.returns import return_url
from orders.models import Order, Withdrawal
from orders.periods import can_return, return_period
from orders.services import note_mail
from orders.states import ReturnKind, WithdrawalOutcome
from shop.core.clock import show_day, show_exact


def write_withdrawal_mail(withdrawal_id: int, *, at: datetime) -> OutgoingMail | None:
    """Write the acknowledgement, once; to the address in the notice. None if it was written before."""
    notice = Withdrawal.objects.select_related("opened_return__order").get(pk=withdrawal_id)
    order = Order.objects.for_page().filter(withdrawals=notice).first()
    mail = queue_mail(
        f"withdrawal:{notice.pk}",
        kind="withdrawal_received",
        to=notice.email,
        language=notice.language,
        write=lambda: _acknowledgement(notice, order),
        at=at,
    )
    if mail is not None and order is not None:
        note_mail(order.pk, kind=mail.kind, to=mail.to, at=at)
    return mail


def _acknowledgement(notice: Withdrawal, order: Order | None) -> Letter:
    action = None
    if notice.opened_return is not None:
        action = (_("Print the slip"), return_url(notice.opened_return))
    elif order is not None:
        action = (_("View order"), order_url(order))
    content = [
        _("“I withdraw from the contract for order %(number)s.”") % {"number": notice.number},
        _("Name: %(name)s") % {"name": notice.name},
        _("E-mail: %(email)s") % {"email": notice.email},
        _("Received: %(moment)s") % {"moment": stamp(notice.received_at)},
    ]
    return Letter(
        subject=_("We have received your withdrawal from order %(number)s")
        % {"number": notice.number},
        title=_("We have received your withdrawal."),
        paragraphs=_what_follows(notice, order),
        action=action,
        boxes=[
            Box(_("Your notice"), content),
            Box(
                _("If something is wrong"),
                [_("Answer this letter, a person reads it.")],
                [(_("Contact us"), f"mailto:{settings.SHOP_EMAIL}")],
            ),
        ],
    )


def stamp(at: datetime) -> str:
    """Date, year and time, for the record."""
    return show_exact(at)


def _what_follows(notice: Withdrawal, order: Order | None) -> list[str]:
    if order is None or notice.outcome == WithdrawalOutcome.NO_MATCH:
        return [
            _(
                "We could not find an order with this number and this e-mail. Look at the receipt and"
                " send the notice again, or answer this letter: the day of this notice counts."
            )
        ]
    if notice.outcome == WithdrawalOutcome.CANCELED:
        return [_("Nothing had been sent, so the order is canceled. What you paid goes back.")]
    if notice.outcome == WithdrawalOutcome.TOO_LATE:
        return _too_late(notice, order)
    kept = [item.product_name for item in order.items.all() if not item.is_returnable]
    excluded = (
        [
            _("These cannot be withdrawn from: %(names)s. If they are faulty, write to us.")
            % {"names": ", ".join(kept)}
        ]
        if kept
        else []
    )
    if notice.outcome == WithdrawalOutcome.NOTHING_LEFT:
        return [_("There is nothing left in this order that could be sent back."), *excluded]
    unsent = (
        [_("What had not been sent is canceled, and what you paid for it goes back at once.")]
        if any(item.canceled_quantity for item in order.items.all())
        else []
    )
    if notice.outcome == WithdrawalOutcome.UNSENT:
        return [*unsent, *excluded]
    return [
        *unsent,
        _(
            "Send the things that you have back within fourteen days. We pay back what you paid for them, with"
            " delivery if all of it comes back, the way you paid, once the parcel is here."
        ),
        *excluded,
    ]


def _too_late(notice: Withdrawal, order: Order) -> list[str]:
    last = return_period(order, ReturnKind.WITHDRAWAL, at=notice.received_at).last_day
    texts = [
        _("The period for a withdrawal ended on %(day)s.") % {"day": show_day(last) if last else ""}
    ]
    if can_return(order, at=notice.received_at):
        texts.append(
            _("You can still send things back: ask for a return on the page of your order.")
        )
    return texts
