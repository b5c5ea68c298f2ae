"""A PayPal of our own: tokens, orders, captures, refunds, a page to approve on, and signed events.

Written from PayPal's API descriptions of Orders 2.13, Payments 2.5 and Webhooks 1.11.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import hmac
import json
import re
import time
import zlib
from typing import Any
from urllib.parse import parse_qsl

from tests.faults.server import Answer, Ask, FakeCompany, page, see_other

CLIENT_ID, SECRET, WEBHOOK_ID = "fake-client", "fake-secret", "WH-FAKE"
CHOICES = {"good": "Pay now", "declined": "Pay with an empty account", "cancel": "Back"}
_SIGNING_KEY = b"only PayPal knows this"


class FakePayPal(FakeCompany):
    """Orders by id in `orders`; `tokens` are the bearer tokens that are valid."""

    def __init__(self) -> None:
        super().__init__()
        self.orders: dict[str, dict[str, Any]] = {}
        self.tokens: set[str] = set()
        self.kept: dict[tuple[str, str], Answer] = {}

    def handle(self, ask: Ask) -> Answer:
        if ask.path == "/checkoutnow":
            return self._page(ask)
        if ask.path == "/v1/oauth2/token":
            return self._token(ask)
        if ask.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return Answer({"name": "AUTHENTICATION_FAILURE"}, 401)
        parameters = json.loads(ask.body or b"{}")
        key = (ask.path, ask.headers.get("paypal-request-id", ""))
        if ask.method == "POST" and key[1] and key in self.kept:
            return self.kept[key]
        answer = self._do(f"{ask.method} {ask.path}", parameters)
        if ask.method == "POST" and key[1]:
            self.kept[key] = copy.deepcopy(answer)
        return answer

    def _do(self, line: str, parameters: dict[str, Any]) -> Answer:
        for pattern, act in [
            (r"POST /v2/checkout/orders", self._open),
            (r"GET /v2/checkout/orders/(\w+)", self._order),
            (r"POST /v2/checkout/orders/(\w+)/capture", self._capture),
            (r"POST /v2/payments/captures/(\w+)/refund", self._refund),
            (r"POST /v1/notifications/verify-webhook-signature", self._verify),
        ]:
            found = re.fullmatch(pattern, line)
            if found:
                try:
                    return act(*found.groups(), parameters)
                except KeyError:
                    break
        return _error("RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID", 404)

    def _token(self, ask: Ask) -> Answer:
        expected = base64.b64encode(f"{CLIENT_ID}:{SECRET}".encode()).decode()
        if ask.headers.get("authorization") != f"Basic {expected}":
            return Answer({"error": "invalid_client"}, 401)
        token = self.new_id("A21AA")
        self.tokens.add(token)
        return Answer({"access_token": token, "token_type": "Bearer", "expires_in": 32400})

    # The API

    def _open(self, parameters: dict[str, Any]) -> Answer:
        unit = parameters["purchase_units"][0]
        if not re.fullmatch(r"\d+(\.\d\d)?", unit["amount"]["value"]):
            return _error("UNPROCESSABLE_ENTITY", "DECIMAL_PRECISION", 422)
        order_id = self.new_id("PP")
        context = parameters["payment_source"]["paypal"]["experience_context"]
        self.orders[order_id] = {
            "id": order_id,
            "intent": parameters["intent"],
            "status": "PAYER_ACTION_REQUIRED",
            "purchase_units": [{**unit, "payments": {}}],
            "links": [
                {"rel": "payer-action", "href": f"{self.base}/checkoutnow?token={order_id}"},
            ],
            "_context": context,
            "_instrument": "",
        }
        return Answer(self._shown(order_id))

    def _shown(self, order_id: str) -> dict[str, Any]:
        order = self.orders[order_id]
        return copy.deepcopy({k: v for k, v in order.items() if not k.startswith("_")})

    def _order(self, order_id: str, _parameters: dict[str, Any]) -> Answer:
        return Answer(self._shown(order_id))

    def _capture(self, order_id: str, _parameters: dict[str, Any]) -> Answer:
        order = self.orders[order_id]
        if order["status"] == "COMPLETED":
            return _error("UNPROCESSABLE_ENTITY", "ORDER_ALREADY_CAPTURED", 422)
        if order["status"] != "APPROVED":
            return _error("UNPROCESSABLE_ENTITY", "ORDER_NOT_APPROVED", 422)
        if order["_instrument"] == "declined":
            order["status"] = "PAYER_ACTION_REQUIRED"
            return _error("UNPROCESSABLE_ENTITY", "INSTRUMENT_DECLINED", 422)
        unit = order["purchase_units"][0]
        capture = {
            "id": self.new_id("CAP"),
            "status": "COMPLETED",
            "amount": unit["amount"],
            "custom_id": unit["custom_id"],
            "supplementary_data": {"related_ids": {"order_id": order_id}},
        }
        unit["payments"]["captures"] = [capture]
        order["status"] = "COMPLETED"
        self._tell("PAYMENT.CAPTURE.COMPLETED", capture)
        return Answer(self._shown(order_id), 201)

    def _refund(self, capture_id: str, parameters: dict[str, Any]) -> Answer:
        _unit, capture = self._captured(capture_id)
        value = parameters.get("amount", capture["amount"])["value"]
        answer = self._give_back(capture_id, value, custom_id=parameters.get("custom_id", ""))
        if answer is None:
            return _error("UNPROCESSABLE_ENTITY", "REFUND_AMOUNT_EXCEEDED", 422)
        return Answer(answer, 201)

    def _captured(self, capture_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
        for order in self.orders.values():
            unit = order["purchase_units"][0]
            for capture in unit["payments"].get("captures", []):
                if capture["id"] == capture_id:
                    return unit, capture
        raise KeyError(capture_id)

    def _give_back(self, capture_id: str, value: str, *, custom_id: str) -> dict[str, Any] | None:
        unit, capture = self._captured(capture_id)
        refunds = unit["payments"].setdefault("refunds", [])
        given = sum(float(refund["amount"]["value"]) for refund in refunds)
        if round(given + float(value), 2) > float(capture["amount"]["value"]):
            return None
        refund = {
            "id": self.new_id("REF"),
            "status": "COMPLETED",
            "amount": {"currency_code": capture["amount"]["currency_code"], "value": value},
            "custom_id": custom_id,
            "links": [{"rel": "up", "href": f"{self.base}/v2/payments/captures/{capture_id}"}],
        }
        refunds.append(refund)
        capture["status"] = "PARTIALLY_REFUNDED"
        self._tell("PAYMENT.CAPTURE.REFUNDED", refund)
        return copy.deepcopy(refund)

    def _verify(self, parameters: dict[str, Any]) -> Answer:
        proof = _proof(
            parameters["transmission_id"],
            parameters["transmission_time"],
            parameters["webhook_id"],
            json.dumps(parameters["webhook_event"]).encode(),
        )
        good = hmac.compare_digest(proof, parameters["transmission_sig"])
        return Answer({"verification_status": "SUCCESS" if good else "FAILURE"})

    # The company's own side

    def refund_at_dashboard(self, order_id: str, value: str) -> None:
        """Somebody refunds on PayPal's own pages."""
        with self.lock:
            unit = self.orders[order_id]["purchase_units"][0]
            self._give_back(unit["payments"]["captures"][0]["id"], value, custom_id="")

    def dispute(self, order_id: str) -> str:
        """The shopper opens a case. Returns its id."""
        case = self.new_id("PP-D-")
        self._tell("CUSTOMER.DISPUTE.CREATED", self._case(order_id, case))
        return case

    def _case(self, order_id: str, case: str) -> dict[str, Any]:
        [capture] = self.orders[order_id]["purchase_units"][0]["payments"]["captures"]
        return {
            "dispute_id": case,
            "reason": "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
            "disputed_transactions": [{"seller_transaction_id": capture["id"]}],
            "dispute_amount": capture["amount"],
        }

    def reverse(self, order_id: str) -> None:
        """PayPal takes the money back."""
        [capture] = self.orders[order_id]["purchase_units"][0]["payments"]["captures"]
        self._tell(
            "PAYMENT.CAPTURE.REVERSED",
            {
                "id": self.new_id("REV"),
                "status": "COMPLETED",
                "amount": capture["amount"],
                "links": [
                    {"rel": "up", "href": f"{self.base}/v2/payments/captures/{capture['id']}"}
                ],
            },
        )

    def end_dispute(self, order_id: str, case: str, outcome: str) -> None:
        """PayPal decides the case."""
        resource = {**self._case(order_id, case), "dispute_outcome": {"outcome_code": outcome}}
        self._tell("CUSTOMER.DISPUTE.RESOLVED", resource)

    def _page(self, ask: Ask) -> Answer:
        order_id = dict(ask.query)["token"]
        order = self.orders[order_id]
        if order["status"] == "COMPLETED":
            return see_other(order["_context"]["return_url"])
        if ask.method == "GET":
            return page("Fake PayPal", f"/checkoutnow?token={order_id}", CHOICES)
        return self.choose(order_id, dict(parse_qsl(ask.body.decode()))["choice"])

    def choose(self, order_id: str, choice: str) -> Answer:
        """What the shopper does on PayPal's page."""
        order = self.orders[order_id]
        if choice == "cancel":
            return see_other(order["_context"]["cancel_url"])
        order["_instrument"] = choice
        order["status"] = "APPROVED"
        self._tell("CHECKOUT.ORDER.APPROVED", self._shown(order_id))
        return see_other(order["_context"]["return_url"])

    def _tell(self, kind: str, resource: dict[str, Any]) -> None:
        self.events.append(
            {
                "id": self.new_id("WH-EVT-"),
                "event_type": kind,
                "create_time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "resource": copy.deepcopy(resource),
            }
        )

    def signed(self, event: dict[str, Any]) -> tuple[dict[str, str], bytes]:
        """Headers and body of a callback, as PayPal signs it."""
        body = json.dumps(event).encode()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        transmission = f"t-{event['id']}"
        return {
            "PAYPAL-TRANSMISSION-ID": transmission,
            "PAYPAL-TRANSMISSION-TIME": stamp,
            "PAYPAL-TRANSMISSION-SIG": _proof(transmission, stamp, WEBHOOK_ID, body),
            "PAYPAL-CERT-URL": "https://api.paypal.com/v1/notifications/certs/CERT",
            "PAYPAL-AUTH-ALGO": "SHA256withRSA",
        }, body


def _proof(transmission: str, stamp: str, webhook_id: str, body: bytes) -> str:
    signed = f"{transmission}|{stamp}|{webhook_id}|{zlib.crc32(body)}".encode()
    return base64.b64encode(hmac.new(_SIGNING_KEY, signed, hashlib.sha256).digest()).decode()


def _error(name: str, issue: str, status: int) -> Answer:
    return Answer({"name": name, "details": [{"issue": issue}]}, status)
