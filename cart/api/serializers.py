"""What the cart's routes take and give."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework import serializers

from accounts.api.serializers import EmailAddressField
from cart.display import CartView
from catalog.prices.lookup import is_available
from pricing.api.serializers import ExplanationSerializer
from pricing.calculator import CouponOutcome, Quote
from pricing.explanation import explain_quote, explanation_data
from pricing.models import PaymentMethod
from shop.api.fields import (
    CleanCharField,
    QuantityField,
    QuerySerializer,
    StrictBooleanField,
    StrictIntegerField,
    StrictSerializer,
)
from shop.core.money import to_wire


class GreetingInput(StrictSerializer):
    """Whom a gift card is for. Without an e-mail it goes to the buyer."""

    recipient_name = CleanCharField(max_length=120, required=False, allow_blank=True)
    recipient_email = EmailAddressField(required=False, allow_blank=True)
    sender_name = CleanCharField(max_length=120, required=False, allow_blank=True)
    message = CleanCharField(max_length=500, required=False, allow_blank=True)


class CartCurrencyInput(StrictSerializer):
    """What the cart is priced in."""

    currency = CleanCharField(
        max_length=3,
        min_length=3,
        required=False,
        help_text="One the shop sells in; a new cart is in the shop's own without it.",
    )

    def validate_currency(self, value: str) -> str:
        """One the shop sells in."""
        if not is_available(value):
            raise serializers.ValidationError(_("The shop does not sell in this currency."))
        return value


class AddItemInput(CartCurrencyInput):
    """A variant by SKU, by id, or by a product that has only one."""

    sku = CleanCharField(max_length=64, required=False)
    variant_id = StrictIntegerField(min_value=1, required=False)
    product_id = StrictIntegerField(min_value=1, required=False)
    quantity = QuantityField(default=1)
    gift_card = GreetingInput(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Exactly one of the three names is given."""
        if len({"sku", "variant_id", "product_id"} & set(attrs)) != 1:
            raise serializers.ValidationError({"sku": [_("Send sku, variant_id or product_id.")]})
        return attrs


class ChangeItemInput(StrictSerializer):
    """The new number of units; 0 removes the item."""

    quantity = StrictIntegerField(min_value=0, max_value=999)


class CouponInput(StrictSerializer):
    """A code."""

    code = CleanCharField(max_length=40)


class GiftCardInput(StrictSerializer):
    """The code of a gift card, in any case, with or without separators."""

    code = CleanCharField(max_length=40)


class MergeInput(StrictSerializer):
    """The guest's cart to bring along; the header X-Cart-Token serves as well."""

    cart_token = CleanCharField(max_length=64, required=False)


class CartQuery(QuerySerializer):
    """Where the cart would go; the shop's own country if nothing is said."""

    country = CleanCharField(required=False, min_length=2, max_length=2)
    region = CleanCharField(required=False, max_length=100, allow_blank=True)
    postal_code = CleanCharField(required=False, max_length=20, allow_blank=True)
    shipping_method = CleanCharField(required=False, max_length=40)
    explain = StrictBooleanField(
        required=False, help_text="Adds `explanation`: every figure with its reason."
    )

    def validate_country(self, value: str) -> str:
        """Two plain letters, in capitals."""
        if not (value.isascii() and value.isalpha()):
            raise serializers.ValidationError(_("Send a two-letter country code, such as DE."))
        return value.upper()


class CouponQuery(CartQuery):
    """Which code to forget; all of them if nothing is said."""

    code = CleanCharField(required=False, max_length=40)


class GiftCardQuery(CartQuery):
    """Which card to take out; all of them if nothing is said."""

    last4 = CleanCharField(required=False, min_length=4, max_length=4)


def place_of(query: dict[str, Any]) -> dict[str, Any]:
    """The arguments of `view_cart` that a query gives."""
    return {
        "country": query.get("country", settings.SHOP_COUNTRY),
        "region": query.get("region", ""),
        "postal_code": query.get("postal_code", ""),
        "shipping_method": query.get("shipping_method"),
    }


def cart_data(view: CartView, *, explains: bool = False) -> dict[str, Any]:
    """The API's `cart`, with the reason of each figure if it `explains`."""
    currency = view.cart.currency
    return {
        "id": view.cart.pk,
        "currency": currency,
        "items": [_line_data(line, currency) for line in view.lines],
        "saved": [_line_data(line, currency) for line in view.saved],
        "coupon": coupon_data(view.quote),
        "coupons": coupons_data(view.quote),
        "gift_cards": gift_cards_data(view),
        "quote": quote_data(view.quote, due_minor=view.due_minor),
        "notices": [
            {"kind": notice.kind, "text": notice.text, "item_id": notice.item_id}
            for notice in view.notices
        ],
        **_explanation_data(view.quote, explains=explains),
    }


def _explanation_data(quote: Quote, *, explains: bool) -> dict[str, Any]:
    if not explains:
        return {}
    return {"explanation": explanation_data(explain_quote(quote), quote.currency)}


def _line_data(line: Any, currency: str) -> dict[str, Any]:
    return {
        "id": line.item.pk,
        "sku": line.item.variant.sku,
        "variant_id": line.item.variant_id,
        "product_id": line.item.variant.product_id,
        "name": line.name,
        "label": line.item.variant.label,
        "quantity": line.item.quantity,
        "unit_price": to_wire(line.unit_price_minor, currency),
        "total": to_wire(line.total_minor, currency),
        "available": line.available,
        "is_sold": line.is_sold,
        "gift_card": line.item.greeting if line.item.variant.product.is_gift_card else None,
    }


def coupon_data(quote: Quote) -> dict[str, Any] | None:
    """What became of the code; of several, the first that works, else the first."""
    return None if quote.coupon is None else _code_data(quote.coupon)


def coupons_data(quote: Quote) -> list[dict[str, Any]]:
    """What became of each code, in the order in which they were typed."""
    return [_code_data(code) for code in quote.coupons]


def _code_data(code: CouponOutcome) -> dict[str, Any]:
    return {
        "code": code.code,
        "name": code.name,
        "applied": code.applied,
        "reason": code.reason,
    }


def gift_cards_data(view: CartView) -> list[dict[str, Any]]:
    """What each gift card holds and pays of this cart."""
    return [
        {
            "last4": use.card.last4,
            "currency": use.card.currency,
            "balance": to_wire(use.card.balance_minor, use.card.currency),
            "used": to_wire(use.used_minor, use.card.currency),
            "problem": use.problem,
        }
        for use in view.cards
    ]


def quote_data(quote: Quote, *, due_minor: int) -> dict[str, Any]:
    """The API's `quote`: each figure, and why it is what it is.

    `due` is what gift cards leave to pay.
    """
    currency = quote.currency
    return {
        "currency": currency,
        "subtotal": to_wire(quote.subtotal_minor, currency),
        "discount": to_wire(quote.discount_minor, currency),
        "shipping": to_wire(quote.shipping_minor, currency),
        "tax": to_wire(quote.tax_minor, currency),
        "tax_added": to_wire(quote.tax_added_minor, currency),
        "total": to_wire(quote.total_minor, currency),
        "due": to_wire(due_minor, currency),
        "shipping_method": quote.shipping.code if quote.shipping else None,
        "trace": [
            {
                "kind": line.kind,
                "label": line.label,
                "amount": to_wire(line.amount_minor, currency),
                "detail": line.detail,
                "ref": line.ref,
            }
            for line in quote.trace
        ],
    }


def full_quote_data(
    view: CartView, methods: list[PaymentMethod], *, explains: bool = False
) -> dict[str, Any]:
    """The quote with the ways to deliver and to pay, and the reason of each figure
    if it `explains`.
    """
    quote = view.quote
    currency = quote.currency
    return {
        **quote_data(quote, due_minor=view.due_minor),
        "coupon": coupon_data(quote),
        "coupons": coupons_data(quote),
        "gift_cards": gift_cards_data(view),
        "shipping_methods": [
            {
                "code": method.code,
                "name": method.name,
                "line": method.line,
                "price": to_wire(method.price_minor, currency),
                "arrives_from": method.arrives_from.isoformat() if method.arrives_from else None,
                "arrives_on": method.arrives_to.isoformat() if method.arrives_to else None,
            }
            for method in quote.shipping_methods
            if not method.problem
        ],
        "impossible_methods": [
            {"code": method.code, "name": method.name, "problem": method.problem}
            for method in quote.shipping_methods
            if method.problem
        ],
        "payment_methods": [
            {"code": method.code, "name": method.name, "line": method.line} for method in methods
        ],
        **_explanation_data(quote, explains=explains),
    }


# What the document says of the shapes above ----------------------------------------------------


class GreetingSchema(serializers.Serializer[Any]):
    """Whom a gift card is for, as far as it was said."""

    recipient_name = serializers.CharField(required=False)
    recipient_email = serializers.CharField(required=False)
    sender_name = serializers.CharField(required=False)
    message = serializers.CharField(required=False)


class CartItemSchema(serializers.Serializer[Any]):
    """A line of the cart."""

    id = serializers.IntegerField()
    sku = serializers.CharField()
    variant_id = serializers.IntegerField()
    product_id = serializers.IntegerField()
    name = serializers.CharField()
    label = serializers.CharField(  # type: ignore[assignment] # a field, not the label of one
        help_text="The variant's choices, such as Red, 30 cm."
    )
    quantity = serializers.IntegerField()
    unit_price = serializers.CharField()
    total = serializers.CharField()
    available = serializers.IntegerField(help_text="Units that can be sold.")
    is_sold = serializers.BooleanField()
    gift_card = GreetingSchema(allow_null=True)


class CartCouponSchema(serializers.Serializer[Any]):
    """What became of a code."""

    code = serializers.CharField()
    name = serializers.CharField()
    applied = serializers.BooleanField()
    reason = serializers.CharField()


class CartGiftCardSchema(serializers.Serializer[Any]):
    """A gift card that pays for the cart, known by its end."""

    last4 = serializers.CharField()
    currency = serializers.CharField()
    balance = serializers.CharField(help_text="What is on it, in its currency.")
    used = serializers.CharField(help_text="What it pays of this cart.")
    problem = serializers.CharField(help_text="Why it cannot pay; empty if it can.")


class TraceLineSchema(serializers.Serializer[Any]):
    """Why a figure is what it is."""

    kind = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment] # a field, not the label of one
    amount = serializers.CharField()
    detail = serializers.CharField()
    ref = serializers.CharField()


class QuoteSchema(serializers.Serializer[Any]):
    """Figures as decimal text in `currency`."""

    currency = serializers.CharField()
    subtotal = serializers.CharField()
    discount = serializers.CharField()
    shipping = serializers.CharField()
    tax = serializers.CharField()
    tax_added = serializers.CharField()
    total = serializers.CharField()
    due = serializers.CharField(help_text="What gift cards leave to pay.")
    shipping_method = serializers.CharField(allow_null=True)
    trace = TraceLineSchema(many=True)


class NoticeSchema(serializers.Serializer[Any]):
    """Something that changed since the shopper looked last."""

    kind = serializers.CharField()
    text = serializers.CharField()
    item_id = serializers.IntegerField(allow_null=True)


class CartSchema(serializers.Serializer[Any]):
    """A cart."""

    id = serializers.IntegerField(allow_null=True)
    currency = serializers.CharField()
    items = CartItemSchema(many=True)
    saved = CartItemSchema(many=True)
    coupon = CartCouponSchema(
        allow_null=True, help_text="Of several the first that works, else the first."
    )
    coupons = CartCouponSchema(many=True)
    gift_cards = CartGiftCardSchema(many=True)
    quote = QuoteSchema()
    notices = NoticeSchema(many=True)
    explanation = ExplanationSerializer(
        many=True, required=False, help_text="Only with `?explain=1`."
    )


class ShippingMethodSchema(serializers.Serializer[Any]):
    """A way to deliver, as this cart would pay for it."""

    code = serializers.CharField()
    name = serializers.CharField()
    line = serializers.CharField()
    price = serializers.CharField()
    arrives_from = serializers.DateField(allow_null=True)
    arrives_on = serializers.DateField(allow_null=True)


class ImpossibleMethodSchema(serializers.Serializer[Any]):
    """A way to deliver that cannot take this cart, and why."""

    code = serializers.CharField()
    name = serializers.CharField()
    problem = serializers.CharField()


class PaymentMethodSchema(serializers.Serializer[Any]):
    """A way to pay."""

    code = serializers.CharField()
    name = serializers.CharField()
    line = serializers.CharField()


class FullQuoteSchema(QuoteSchema):
    """The quote with the ways to deliver and to pay."""

    coupon = CartCouponSchema(
        allow_null=True, help_text="Of several the first that works, else the first."
    )
    coupons = CartCouponSchema(many=True)
    gift_cards = CartGiftCardSchema(many=True)
    shipping_methods = ShippingMethodSchema(many=True)
    impossible_methods = ImpossibleMethodSchema(many=True)
    payment_methods = PaymentMethodSchema(
        many=True, help_text="Those that can take `due`; empty where nothing is to be paid."
    )
    explanation = ExplanationSerializer(
        many=True, required=False, help_text="Only with `?explain=1`."
    )
