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
from orders.timeline import note_mail
from shop.core.money import format_price


def write_return_mail(
    kind: str, return_id: int, *, receipt_id: int | None = None, at: datetime
) -> OutgoingMail | None:
    """Write the letter `kind` about a return to its shopper, once; `received` once
    for each receipt.

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
        subject=_("Return %(claim)s requested"),
        title=_("We've received your return request %(claim)s."),
        paragraphs=[
            _(
                "We'll review your request and e-mail you. Please don't send anything back "
                "before then."
            )
        ],
        units=_units(claim, "quantity"),
        action=(_("View return"), return_url(claim)),
        claim=claim.number,
    )


def _approved(order: Order, claim: Return) -> Letter:
    paragraphs = [claim.answer] if claim.answer else []
    paragraphs.append(
        _(
            "Pack the items securely, enclose the return slip and send the parcel to the "
            "address below."
        )
    )
    paragraphs.append(_("We'll refund your original payment method once we receive the parcel."))
    return order_letter(
        order,
        subject=_("Return %(claim)s approved"),
        title=_("Return %(claim)s is approved."),
        paragraphs=paragraphs,
        units=_units(claim, "approved_quantity"),
        action=(_("Print return slip"), return_url(claim)),
        extra=Box(_("Delivery address"), [*settings.RETURN_ADDRESS.split(", "), claim.number]),
        claim=claim.number,
    )


def _declined(order: Order, claim: Return) -> Letter:
    return order_letter(
        order,
        subject=_("Return %(claim)s declined"),
        title=_("We can't accept return %(claim)s."),
        paragraphs=[claim.answer, _("If you disagree, reply to this e-mail.")],
        units=_units(claim, "quantity"),
        action=(_("View return"), return_url(claim)),
        claim=claim.number,
    )


def _received(order: Order, claim: Return, receipt: ReturnReceipt) -> Letter:
    count = {"count": receipt.units}
    paragraphs = [
        ngettext("We've received %(count)d item.", "We've received %(count)d items.", receipt.units)
        % count
    ]
    amount = receipt.credit.amount_minor if receipt.credit else 0
    if amount:
        paragraphs.append(
            _(
                "We've credited %(amount)s. It is refunded to your original payment method "
                "unless part of the order is still unpaid."
            )
            % {"amount": format_price(amount, order.currency)}
        )
    if receipt.deduction_minor:
        paragraphs.append(
            _("%(amount)s was deducted from the price.")
            % {"amount": format_price(receipt.deduction_minor, order.currency)}
        )
    if receipt.message:
        paragraphs.append(receipt.message)
    return order_letter(
        order,
        subject=_("Return %(claim)s received"),
        title=_("We've received return %(claim)s."),
        paragraphs=paragraphs,
        units=_units(claim, "received_quantity"),
        action=(_("View return"), return_url(claim)),
        claim=claim.number,
    )


def _units(claim: Return, field: str) -> dict[int, int]:
    """Units by the order's item."""
    rows: list[ReturnItem] = list(claim.items.all())
    return {row.order_item_id: getattr(row, field) for row in rows}
