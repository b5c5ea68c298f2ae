"""The letters about returns: requested, approved, declined, received."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from notifications.letters import Box, Letter
from notifications.models import OutgoingMail
from notifications.services.mail import queue_mail
from notifications.services.orders import order_letter
from orders.models import Order, Return, ReturnItem, ReturnReceipt
from orders.services import note_mail
from shop.core.money import format_price


def write_return_mail(
    kind: str, return_id: int, *, receipt_id: int | None = None, at: datetime
) -> OutgoingMail | None:
    """Write the letter `kind` about a return to its shopper, once; `received` once for each receipt.

    Returns None if it was written before.
    """
    claim = Return.objects.for_detail().get(pk=return_id)
    order = Order.objects.for_page().get(pk=claim.order_id)
    cause = receipt_id if receipt_id is not None else claim.number

    def write() -> Letter:
        if kind == "received":
            return _received(order, claim, claim.receipts.get(pk=cause))
        return {"requested": _requested, "approved": _approved, "declined": _declined}[kind](
            order, claim
        )

    mail = queue_mail(
        f"return_{kind}:{cause}",
        kind=f"return_{kind}",
        to=order.email,
        language=order.language,
        write=write,
        at=at,
    )
    if mail is not None:
        note_mail(order.pk, kind=mail.kind, to=mail.to, at=at)
    return mail


def return_url(claim: Return) -> str:
    """The page of a return for whoever holds its order's token."""
    path = reverse("orders:return", args=[claim.order.number, claim.number])
    return f"{settings.SITE_URL}{path}?token={claim.order.token}"


def _requested(order: Order, claim: Return) -> Letter:
    return order_letter(
        order,
        subject=_("We have your return %(claim)s"),
        title=_("We have your return %(claim)s."),
        paragraphs=[
            _(
                "We'll review your request and e-mail you. Please don't send anything back "
                "before then."
            )
        ],
        units=_units(claim, "quantity"),
        action=(_("See the return"), return_url(claim)),
        claim=claim.number,
    )


def _approved(order: Order, claim: Return) -> Letter:
    paragraphs = [claim.answer] if claim.answer else []
    paragraphs.append(
        _("Pack everything well, put the slip in, and hand it in at any parcel shop.")
    )
    paragraphs.append(
        _("What you paid for it goes back the way you paid, once the parcel is here.")
    )
    return order_letter(
        order,
        subject=_("Send it back: return %(claim)s"),
        title=_("Return %(claim)s is approved."),
        paragraphs=paragraphs,
        units=_units(claim, "approved_quantity"),
        action=(_("Print the slip"), return_url(claim)),
        extra=Box(_("Delivery address"), [*settings.RETURN_ADDRESS.split(", "), claim.number]),
        claim=claim.number,
    )


def _declined(order: Order, claim: Return) -> Letter:
    return order_letter(
        order,
        subject=_("We cannot take return %(claim)s back"),
        title=_("We cannot take return %(claim)s back."),
        paragraphs=[claim.answer, _("If you see it another way, answer this letter.")],
        units=_units(claim, "quantity"),
        action=(_("See the return"), return_url(claim)),
        claim=claim.number,
    )


def _received(order: Order, claim: Return, receipt: ReturnReceipt) -> Letter:
    count = {"count": receipt.units}
    paragraphs = [
        ngettext("%(count)d thing has arrived.", "%(count)d things have arrived.", receipt.units)
        % count
    ]
    amount = receipt.credit.amount_minor if receipt.credit else 0
    if amount:
        paragraphs.append(
            _(
                "We credit %(amount)s. It goes back the way you paid, unless something of the order"
                " is still to be paid."
            )
            % {"amount": format_price(amount, order.currency)}
        )
    if receipt.deduction_minor:
        paragraphs.append(
            _("%(amount)s of the price are deducted.")
            % {"amount": format_price(receipt.deduction_minor, order.currency)}
        )
    if receipt.message:
        paragraphs.append(receipt.message)
    return order_letter(
        order,
        subject=_("Your return %(claim)s is here"),
        title=_("Your return %(claim)s is here."),
        paragraphs=paragraphs,
        units=_units(claim, "received_quantity"),
        action=(_("See the return"), return_url(claim)),
        claim=claim.number,
    )


def _units(claim: Return, field: str) -> dict[int, int]:
    """Units by the order's item."""
    rows: list[ReturnItem] = list(claim.items.all())
    return {row.order_item_id: getattr(row, field) for row in rows}
