"""The cart's routes. Guests carry `X-Cart-Token`; the answer to their first item holds it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.identity import email_key
from accounts.models import User
from accounts.registration import customer_for
from cart import services
from cart.api.serializers import (
    AddItemInput,
    CartCurrencyInput,
    CartQuery,
    CartSchema,
    ChangeItemInput,
    CouponInput,
    CouponQuery,
    FullQuoteSchema,
    GiftCardInput,
    GiftCardQuery,
    MergeInput,
    cart_data,
    full_quote_data,
    place_of,
)
from cart.display import view_cart
from cart.errors import CouponNotApplicable, GiftCardNotUsable
from cart.limits import require_code_guesses, spend_code_guess
from cart.models import Cart
from cart.sessions import HEADER, cart_of_token, current_cart, require_cart
from pricing.price_book import PriceBook
from pricing.quotes import payment_methods, tax_problem
from shop.api.etags import conditional
from shop.api.idempotency import idempotent
from shop.api.permissions import AllowAny, IsAuthenticated
from shop.api.renderers import ApiResponse
from shop.api.schema import ETAG
from shop.api.views import ShopViewSet
from shop.core.errors import NotFound

TOKEN = OpenApiParameter(
    name=HEADER, location=OpenApiParameter.HEADER, description="The secret token of a guest's cart."
)
GIVEN_TOKEN = OpenApiParameter(
    name=HEADER,
    location=OpenApiParameter.HEADER,
    response=["200", "201"],
    description="The secret token of a guest's cart, to be sent with every request about it.",
)


class CartBase(ShopViewSet):
    """What the viewsets of the cart share."""

    permission_classes = [AllowAny]

    @property
    def explains(self) -> bool:
        """Whether the caller wants to know why."""
        return bool(self.query.get("explain"))

    def require_existing(self) -> Cart:
        """The caller's cart. 404 if there is none."""
        cart = current_cart(self.request)
        if cart is None:
            raise NotFound(_("Cart not found."))
        return cart

    def hold_shown(self, **_kwargs: Any) -> None:
        """Lock the caller's cart until the transaction ends. Raises `NotFound`."""
        Cart.objects.locked().get(pk=self.require_existing().pk)

    def shown(self, **_kwargs: Any) -> dict[str, Any]:
        """The caller's cart as reading it gives. Raises `NotFound`."""
        return self.body_of(self.require_existing())

    def body_of(self, cart: Cart) -> dict[str, Any]:
        """The cart on the wire."""
        user = self.request.user
        view = view_cart(
            cart,
            **place_of(self.query),
            customer_key=email_key(user.email) if user.is_authenticated else "",
            at=timezone.now(),
            has_pictures=False,
        )
        return cart_data(view, explains=self.explains)

    def answer(
        self, cart: Cart, *, is_fresh: bool = False, message: str = "", status: int = 200
    ) -> Response:
        """The cart as it stands now; read again unless it `is_fresh`."""
        if not is_fresh:
            cart = Cart.objects.get(pk=cart.pk)
        headers = {HEADER: cart.token} if cart.customer_id is None else {}
        return self.answer_shown(self.body_of(cart), message=message, status=status, **headers)


class CartViewSet(CartBase):
    """The caller's cart: the cart itself, its codes and gift cards, what it costs."""

    query_classes = {
        "retrieve": CartQuery,
        "partial_update": CartQuery,
        "destroy": CartQuery,
        "apply_coupon": CouponQuery,
        "remove_coupon": CouponQuery,
        "apply_gift_card": GiftCardQuery,
        "remove_gift_card": GiftCardQuery,
        "merge": CartQuery,
        "quote": CartQuery,
    }

    @extend_schema(
        operation_id="cart_read",
        tags=["cart"],
        parameters=[TOKEN, GIVEN_TOKEN, ETAG],
        responses={200: CartSchema},
    )
    def retrieve(self, request: Request) -> Response:
        """Read the caller's cart; an empty one if there is none yet. 404 for a
        token that opens none.
        """
        cart = current_cart(request)
        if cart is None and HEADER in request.headers and not request.user.is_authenticated:
            raise NotFound(_("Cart not found."))
        if cart is None:
            # Nothing is written for a look: the cart is made with its first item.
            cart = Cart(currency=settings.DEFAULT_CURRENCY)
            view = view_cart(cart, **place_of(self.query), at=timezone.now())
            return self.answer_shown(cart_data(view, explains=self.explains))
        return self.answer(cart, is_fresh=True)

    @extend_schema(
        operation_id="cart_change",
        tags=["cart"],
        parameters=[TOKEN, GIVEN_TOKEN, ETAG],
        request=CartCurrencyInput,
        responses={200: CartSchema},
    )
    @conditional
    def partial_update(self, request: Request) -> Response:
        """Change the currency of the cart."""
        data = self.read_input(CartCurrencyInput)
        cart = self.require_existing()
        if currency := data.get("currency"):
            services.change_currency(cart, currency, at=timezone.now())
        return self.answer(cart, message=_("The cart is up to date."))

    @extend_schema(
        operation_id="cart_clear",
        tags=["cart"],
        parameters=[TOKEN, GIVEN_TOKEN, ETAG],
        responses={200: CartSchema},
    )
    @conditional
    def destroy(self, request: Request) -> Response:
        """Empty the cart."""
        cart = self.require_existing()
        services.clear_cart(cart, at=timezone.now())
        return self.answer(cart, message=_("The cart is empty."))

    @extend_schema(
        operation_id="cart_coupon_apply",
        tags=["cart"],
        parameters=[TOKEN, GIVEN_TOKEN, ETAG],
        request=CouponInput,
        responses={200: CartSchema},
    )
    @action(detail=False, methods=["post"], url_path="coupon")
    @conditional
    def apply_coupon(self, request: Request) -> Response:
        """Apply a code; beside those that are there. The refusal says why it does not work."""
        data = self.read_input(CouponInput)
        cart = self.require_existing()
        require_code_guesses(request)
        user = request.user
        try:
            services.apply_coupon(
                cart,
                data["code"],
                country=place_of(self.query)["country"],
                customer_key=email_key(user.email) if user.is_authenticated else "",
                at=timezone.now(),
            )
        except CouponNotApplicable:
            spend_code_guess(request)
            raise
        return self.answer(cart, message=_("Code applied."))

    @extend_schema(
        operation_id="cart_coupon_remove",
        tags=["cart"],
        parameters=[TOKEN, GIVEN_TOKEN, ETAG],
        responses={200: CartSchema},
    )
    @apply_coupon.mapping.delete
    @conditional
    def remove_coupon(self, request: Request) -> Response:
        """Remove a code; `code`, or all of them. One that is not in the cart changes nothing."""
        cart = self.require_existing()
        services.remove_coupon(cart, self.query.get("code", ""), at=timezone.now())
        return self.answer(cart, message=_("Code removed."))

    @extend_schema(
        operation_id="cart_gift_card_apply",
        tags=["cart"],
        parameters=[TOKEN, GIVEN_TOKEN, ETAG],
        request=GiftCardInput,
        responses={200: CartSchema},
    )
    @action(detail=False, methods=["post"], url_path="gift-cards")
    @conditional
    def apply_gift_card(self, request: Request) -> Response:
        """Apply a gift card; it pays as far as it goes. The refusal says why it cannot."""
        data = self.read_input(GiftCardInput)
        cart = self.require_existing()
        require_code_guesses(request)
        try:
            services.apply_gift_card(cart, data["code"], at=timezone.now())
        except GiftCardNotUsable:
            spend_code_guess(request)
            raise
        return self.answer(cart, message=_("Gift card applied."))

    @extend_schema(
        operation_id="cart_gift_card_remove",
        tags=["cart"],
        parameters=[TOKEN, GIVEN_TOKEN, ETAG],
        responses={200: CartSchema},
    )
    @apply_gift_card.mapping.delete
    @conditional
    def remove_gift_card(self, request: Request) -> Response:
        """Remove a gift card; the one whose code ends in `last4`, or all of them."""
        cart = self.require_existing()
        services.remove_gift_cards(cart, last4=self.query.get("last4", ""), at=timezone.now())
        return self.answer(cart, message=_("Gift card removed."))

    @extend_schema(
        operation_id="cart_merge",
        tags=["cart"],
        parameters=[TOKEN],
        request=MergeInput,
        responses={200: CartSchema},
    )
    @action(detail=False, methods=["post"], permission_classes=[IsAuthenticated])
    @idempotent(required=False)
    @conditional
    def merge(self, request: Request) -> Response:
        """Merge a guest's cart into the customer's; a cart that is gone changes nothing."""
        data = self.read_input(MergeInput)
        user = request.user
        assert isinstance(user, User)  # noqa: S101 - IsAuthenticated lets nobody else in
        now = timezone.now()
        customer = customer_for(user)
        guest = cart_of_token(data.get("cart_token") or request.headers.get(HEADER, ""))
        notices = services.merge_carts(guest, customer, at=now) if guest else []
        cart = services.open_cart(customer=customer, at=now)
        body = self.body_of(Cart.objects.get(pk=cart.pk))
        body["notices"] = [
            *({"kind": "merge", "text": text, "item_id": None} for text in notices),
            *body["notices"],
        ]
        return ApiResponse(body, message=_("Carts merged."))

    @extend_schema(
        operation_id="cart_quote",
        tags=["cart"],
        parameters=[TOKEN],
        responses=FullQuoteSchema,
    )
    @action(detail=False, further_failures=("409",))
    def quote(self, request: Request) -> Response:
        """Read the quote; with the delivery and payment methods. Without a shipping method the
        first possible one is taken.

        A country whose tax is not set up answers 409 with the code `tax_rate_missing`.
        """
        cart = self.require_existing()
        place = place_of(self.query)
        user, book = request.user, PriceBook()
        view = view_cart(
            cart,
            **place,
            customer_key=email_key(user.email) if user.is_authenticated else "",
            at=timezone.now(),
            has_pictures=False,
            book=book,
        )
        if problem := tax_problem(view.quote):
            raise problem
        methods = payment_methods(
            country=place["country"],
            amount_minor=view.due_minor,
            currency=view.quote.currency,
            book=book,
        )
        return ApiResponse(full_quote_data(view, methods, explains=self.explains))


class CartItemViewSet(CartBase):
    """The items of the caller's cart."""

    lookup_url_kwarg = "item_id"
    lookup_value_converter = "int"
    query_classes = {
        "create": CartQuery,
        "partial_update": CartQuery,
        "destroy": CartQuery,
    }

    @extend_schema(
        operation_id="cart_item_add",
        tags=["cart"],
        parameters=[TOKEN, GIVEN_TOKEN, ETAG],
        request=AddItemInput,
        responses={201: CartSchema},
    )
    @idempotent(required=False)
    @conditional
    def create(self, request: Request) -> Response:
        """Add units of a variant to the cart; `currency` is what the cart is
        priced in from now on.
        """
        data = self.read_input(AddItemInput)
        now = timezone.now()
        quantity, greeting = data.pop("quantity"), data.pop("gift_card", None)
        currency = data.pop("currency", "")
        variant = services.find_variant(**data, at=now)
        cart = require_cart(request, currency=currency or settings.DEFAULT_CURRENCY, at=now)
        if currency:
            cart = services.change_currency(cart, currency, at=now)
        item = services.add_to_cart(cart, variant, quantity=quantity, greeting=greeting, at=now)
        return self.answer(item.cart, is_fresh=True, message=_("Added to cart."), status=201)

    @extend_schema(
        operation_id="cart_item_change",
        tags=["cart"],
        parameters=[TOKEN, GIVEN_TOKEN, ETAG],
        request=ChangeItemInput,
        responses={200: CartSchema},
    )
    @conditional
    def partial_update(self, request: Request, item_id: int) -> Response:
        """Change the quantity of an item."""
        data = self.read_input(ChangeItemInput)
        cart = self.require_existing()
        quantity = data.get("quantity")
        if quantity is not None:
            services.change_quantity(cart, item_id, quantity=quantity, at=timezone.now())
        return self.answer(cart, message=_("Cart updated."))

    @extend_schema(
        operation_id="cart_item_remove",
        tags=["cart"],
        parameters=[TOKEN, GIVEN_TOKEN, ETAG],
        responses={200: CartSchema},
    )
    @conditional
    def destroy(self, request: Request, item_id: int) -> Response:
        """Remove an item from the cart."""
        cart = self.require_existing()
        services.remove_item(cart, item_id, at=timezone.now())
        return self.answer(cart, message=_("Removed from cart."))
