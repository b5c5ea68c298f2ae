"""The acknowledgement of a notice of withdrawal: its content, the date and the
time, and what follows.
"""

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
from orders.returns.periods import can_return, return_period
from orders.states import ReturnKind, WithdrawalOutcome
from orders.timeline import note_mail
from shop.core.clock import show_day, show_exact


def write_withdrawal_mail(withdrawal_id: int, *, at: datetime) -> OutgoingMail | None:
    """Write the acknowledgement, once; to the address in the notice.

    None if it was written before.
    """
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
        action = (_("Print return slip"), return_url(notice.opened_return))
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
                _("Need help?"),
                [_("Reply to this e-mail to reach us.")],
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
                "We couldn't find an order with this number and e-mail address. Check your "
                "confirmation e-mail and send the notice again, or reply to this e-mail. The "
                "date of this notice counts."
            )
        ]
    if notice.outcome == WithdrawalOutcome.CANCELED:
        return [
            _("Nothing had shipped yet, so the order was canceled. We'll refund what you paid.")
        ]
    if notice.outcome == WithdrawalOutcome.TOO_LATE:
        return _too_late(notice, order)
    kept = [item.product_name for item in order.items.all() if not item.is_returnable]
    excluded = (
        [
            _(
                "The right of withdrawal does not apply to these items: %(names)s. If they are "
                "faulty, contact us."
            )
            % {"names": ", ".join(kept)}
        ]
        if kept
        else []
    )
    if notice.outcome == WithdrawalOutcome.NOTHING_LEFT:
        return [_("This order has nothing left to return."), *excluded]
    unsent = (
        [_("Items that had not shipped were canceled. We'll refund what you paid for them.")]
        if any(item.canceled_quantity for item in order.items.all())
        else []
    )
    if notice.outcome == WithdrawalOutcome.UNSENT:
        return [*unsent, *excluded]
    return [
        *unsent,
        _(
            "Send the items you have received back within 14 days. Once we receive the "
            "parcel, we'll refund what you paid for them to your original payment method, "
            "including delivery if you send everything back."
        ),
        *excluded,
    ]


def _too_late(notice: Withdrawal, order: Order) -> list[str]:
    last = return_period(order, ReturnKind.WITHDRAWAL, at=notice.received_at).last_day
    texts = [_("The withdrawal period ended on %(day)s.") % {"day": show_day(last) if last else ""}]
    if can_return(order, at=notice.received_at):
        texts.append(_("You can still request a return on your order page."))
    return texts
