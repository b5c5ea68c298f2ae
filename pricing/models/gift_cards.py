"""Gift cards: money that was paid before, and every movement of it."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import ProductImage
from pricing import gift_card_codes as codes
from pricing.querysets import GiftCardEntryQuerySet, GiftCardQuerySet
from pricing.states import GiftCardEntryKind, GiftCardState
from shop.core.append_only import AppendOnly


class GiftCard(models.Model):
    """Money on a code. `balance_minor` moves only by conditional UPDATE, beside an
    entry in `pricing.gift_cards`.

    The code itself is not stored, see `pricing.gift_card_codes`. `source` names what the card was
    issued for, so that the same purchase issues it once.
    """

    seed = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    last4 = models.CharField(_("ends in"), max_length=4, editable=False, db_index=True)
    currency = models.CharField(_("currency"), max_length=3)
    initial_minor = models.BigIntegerField(_("initial amount"))
    balance_minor = models.BigIntegerField(_("balance"), default=0, editable=False)
    expires_at = models.DateTimeField(_("valid until (not included)"), null=True, blank=True)
    voided_at = models.DateTimeField(_("voided"), null=True, blank=True, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    recipient_name = models.CharField(_("recipient"), max_length=120, blank=True)
    recipient_email = models.EmailField(_("recipient e-mail"), max_length=254, blank=True)
    sender_name = models.CharField(_("sender"), max_length=120, blank=True)
    message = models.CharField(_("message"), max_length=500, blank=True)
    image = models.ForeignKey(
        ProductImage,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("picture"),
    )
    language = models.CharField(_("language"), max_length=10, blank=True)
    order_number = models.CharField(
        _("purchased in order"), max_length=20, blank=True, db_index=True
    )
    source = models.CharField(max_length=80, blank=True, editable=False)
    reason = models.CharField(_("reason"), max_length=250, blank=True)
    issued_by = models.CharField(_("issued by"), max_length=200)
    issued_at = models.DateTimeField(_("issued"), default=timezone.now)

    objects = GiftCardQuerySet.as_manager()

    class Meta:
        verbose_name = _("gift card")
        verbose_name_plural = _("gift cards")
        ordering = ["-issued_at", "-pk"]
        permissions = [
            ("issue_giftcard", _("Can issue gift cards")),
            ("adjust_giftcard", _("Can change gift card balances")),
            ("switch_giftcard", _("Can switch gift cards off and on")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(balance_minor__gte=0), name="gift_card_balance_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(initial_minor__gt=0), name="gift_card_issued_with_something"
            ),
            models.UniqueConstraint(
                fields=["source"], name="gift_card_once_per_source", condition=~Q(source="")
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], name="gift_card_expiry", condition=Q(balance_minor__gt=0)
            )
        ]

    def __str__(self) -> str:
        return f"·{self.last4}"

    @property
    def masked_code(self) -> str:
        """The code with only its end told."""
        return codes.masked(self.last4)

    @property
    def code(self) -> str:
        """The whole code, for whom it is meant only; empty once the shop's key has been renewed."""
        return codes.grouped(codes.code_of(self.seed, self.digest) or "")

    @staticmethod
    def item_source(item_id: int) -> str:
        """How the sources of cards begin that an order's item was issued."""
        return f"order-item:{item_id}:"

    @property
    def is_voided(self) -> bool:
        """Whether its purchase was undone: nothing is on it, and nothing ever will be."""
        return self.voided_at is not None

    @property
    def is_untouched(self) -> bool:
        """Whether it holds what it was issued with."""
        return self.balance_minor == self.initial_minor

    def is_expired(self, *, at: datetime) -> bool:
        """Whether its time was over at the moment `at`."""
        return self.expires_at is not None and self.expires_at <= at

    def state(self, *, at: datetime) -> GiftCardState:
        """What can be done with it at the moment `at`; `GiftCardQuerySet.in_state`
        asks the same of the table.
        """
        if self.is_voided:
            return GiftCardState.VOIDED
        if not self.is_active:
            return GiftCardState.OFF
        if self.is_expired(at=at):
            return GiftCardState.OVER
        return GiftCardState.SPENDABLE if self.balance_minor else GiftCardState.EMPTY


class GiftCardEntry(AppendOnly):
    """A movement of a card's money. Append-only: the entries of a card sum to its balance.

    `reference` names the cause (a payment, a refund, a form that was sent): one
    cause moves a card once.
    """

    card = models.ForeignKey(GiftCard, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(_("type"), max_length=10, choices=GiftCardEntryKind.choices)
    amount_minor = models.BigIntegerField(_("amount"))
    reference = models.CharField(_("reference"), max_length=80, db_index=True)
    order_number = models.CharField(_("order"), max_length=20, blank=True, db_index=True)
    note = models.CharField(_("note"), max_length=250, blank=True)
    actor = models.CharField(_("by"), max_length=200)
    at = models.DateTimeField(_("date"), default=timezone.now)

    objects = GiftCardEntryQuerySet.as_manager()  # type: ignore[misc]  # the ledger's own manager

    class Meta:
        verbose_name = _("gift card transaction")
        verbose_name_plural = _("gift card transactions")
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["card", "kind", "reference"], name="gift_card_entry_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["issued", "refunded"], amount_minor__gt=0)
                | Q(kind__in=["spent", "expired", "voided"], amount_minor__lt=0)
                | (Q(kind="adjusted") & ~Q(amount_minor=0)),
                name="gift_card_entry_has_its_sign",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.card_id}: {self.amount_minor:+d} {self.kind}"

    @property
    def external_id(self) -> str:
        """What the payments' ledger calls it, as a provider's id."""
        return f"gift-card-entry-{self.pk}"
