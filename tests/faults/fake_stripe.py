"""A Stripe of our own: sessions, intents, refunds, keys, a hosted page with a
second step, signed events.

Written from Stripe's API description for 2026-10-28.endive; only what a shop of
hosted pages asks for.
"""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
import re
import time
from typing import Any
from urllib.parse import parse_qsl

from tests.faults.server import Answer, Ask, FakeCompany, page, see_other

KEY = "sk_test_fake"
SECRET = "whsec_fake_new"
OLD_SECRET = "whsec_fake_old"
CARDS = {
    "good": "Pay with 4242",
    "action": "Pay with 3155, which asks for a confirmation",
    "declined": "Pay with 0002, which is declined",
    "delayed": "Pay from a bank account",
    "cancel": "Back to the shop",
}


class FakeStripe(FakeCompany):
    """Sessions by id in `sessions`, intents in `intents`, refunds in `refunds`,
    disputes in `disputes`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sessions: dict[str, dict[str, Any]] = {}
        self.intents: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.disputes: dict[str, dict[str, Any]] = {}
        self.kept: dict[str, tuple[str, Answer]] = {}
        self.refund_status = "succeeded"

    def handle(self, ask: Ask) -> Answer:
        if ask.path.startswith("/c/pay/"):
            return self._page(ask)
        if ask.headers.get("authorization", "") != f"Bearer {KEY}":
            return _error("authentication_error", "No such key", 401)
        parameters = _nested(parse_qsl(ask.body.decode()) if ask.method == "POST" else ask.query)
        key = ask.headers.get("idempotency-key", "")
        if ask.method == "POST" and key:
            print_of = json.dumps([ask.path, parameters], sort_keys=True)
            if key in self.kept:
                was, answer = self.kept[key]
                if was != print_of:
                    return _error("idempotency_error", "Other parameters under the same key", 400)
                return answer
            answer = self._do(ask, parameters)
            self.kept[key] = (print_of, copy.deepcopy(answer))
            return answer
        return self._do(ask, parameters)

    def _do(self, ask: Ask, parameters: dict[str, Any]) -> Answer:
        line = f"{ask.method} {ask.path}"
        for pattern, act in [
            (r"POST /v1/checkout/sessions", self._open),
            (r"GET /v1/checkout/sessions", self._list_sessions),
            (r"GET /v1/checkout/sessions/(\w+)", self._session),
            (r"POST /v1/checkout/sessions/(\w+)/expire", self._expire),
            (r"GET /v1/payment_intents/(\w+)", self._intent),
            (r"POST /v1/payment_intents/(\w+)/capture", self._capture),
            (r"POST /v1/payment_intents/(\w+)/cancel", self._cancel),
            (r"POST /v1/refunds", self._refund),
            (r"GET /v1/refunds", self._list_refunds),
            (r"GET /v1/disputes", self._list_disputes),
        ]:
            found = re.fullmatch(pattern, line)
            if found:
                try:
                    return act(*found.groups(), parameters)
                except KeyError:
                    return _error("invalid_request_error", "No such object", 404)
        return _error("invalid_request_error", f"Unrecognized request: {line}", 404)

    # The API

    def _open(self, parameters: dict[str, Any]) -> Answer:
        price = parameters["line_items"]["0"]["price_data"]
        wanted = parameters["payment_intent_data"]
        session_id = self.new_id("cs_test_")
        self.sessions[session_id] = {
            "id": session_id,
            "object": "checkout.session",
            "created": int(time.time()),
            "livemode": False,
            "status": "open",
            "payment_status": "unpaid",
            "amount_total": int(price["unit_amount"]),
            "currency": price["currency"],
            "client_reference_id": parameters["client_reference_id"],
            "metadata": parameters["metadata"],
            "payment_intent": None,
            "success_url": parameters["success_url"],
            "cancel_url": parameters["cancel_url"],
            "url": f"{self.base}/c/pay/{session_id}",
            "_intent": {
                "capture_method": wanted["capture_method"],
                "metadata": wanted["metadata"],
            },
        }
        return Answer(self._shown(session_id))

    def _shown(self, session_id: str) -> dict[str, Any]:
        session = copy.deepcopy(self.sessions[session_id])
        if session["payment_intent"]:
            session["payment_intent"] = copy.deepcopy(self.intents[session["payment_intent"]])
        if session["status"] != "open":
            session["url"] = None
        return {name: value for name, value in session.items() if not name.startswith("_")}

    def _session(self, session_id: str, _parameters: dict[str, Any]) -> Answer:
        return Answer(self._shown(session_id))

    def _list_sessions(self, parameters: dict[str, Any]) -> Answer:
        shown = [self._shown(session_id) for session_id in reversed(self.sessions)]
        return _list(shown, parameters)

    def _list_refunds(self, parameters: dict[str, Any]) -> Answer:
        return _list([self.refunds[one] for one in reversed(self.refunds)], parameters)

    def _list_disputes(self, parameters: dict[str, Any]) -> Answer:
        return _list([self.disputes[one] for one in reversed(self.disputes)], parameters)

    def _expire(self, session_id: str, _parameters: dict[str, Any]) -> Answer:
        session = self.sessions[session_id]
        if session["status"] != "open":
            return _error("invalid_request_error", "Only open sessions can be expired.", 400)
        session["status"] = "expired"
        if session["payment_intent"]:
            self.intents[session["payment_intent"]]["status"] = "canceled"
        self._tell("checkout.session.expired", self._plain(session_id))
        return Answer(self._shown(session_id))

    def _intent(self, intent_id: str, _parameters: dict[str, Any]) -> Answer:
        return Answer(self.intents[intent_id])

    def _capture(self, intent_id: str, parameters: dict[str, Any]) -> Answer:
        intent = self.intents[intent_id]
        if intent["status"] != "requires_capture":
            return _error("invalid_request_error", "This PaymentIntent could not be captured.", 400)
        intent["status"] = "succeeded"
        intent["amount_received"] = int(parameters.get("amount_to_capture", intent["amount"]))
        self._tell("payment_intent.succeeded", intent)
        return Answer(copy.deepcopy(intent))

    def capture_at_dashboard(self, intent_id: str, amount: int) -> None:
        """Somebody takes authorized money on Stripe's own pages."""
        with self.lock:
            self._capture(intent_id, {"amount_to_capture": amount})

    def _cancel(self, intent_id: str, _parameters: dict[str, Any]) -> Answer:
        intent = self.intents[intent_id]
        if intent["status"] == "succeeded":
            return _error("invalid_request_error", "You cannot cancel this PaymentIntent.", 400)
        intent["status"] = "canceled"
        self._tell("payment_intent.canceled", intent)
        return Answer(copy.deepcopy(intent))

    def _refund(self, parameters: dict[str, Any]) -> Answer:
        intent = self.intents[parameters["payment_intent"]]
        amount = int(parameters["amount"])
        given = sum(
            refund["amount"]
            for refund in self.refunds.values()
            if refund["payment_intent"] == intent["id"] and refund["status"] != "failed"
        )
        if amount + given > intent["amount_received"]:
            return _error("invalid_request_error", "Greater than unrefunded amount.", 400)
        return Answer(
            self._give_back(intent["id"], amount, metadata=parameters.get("metadata", {}))
        )

    # The company's own side

    def refund_at_dashboard(self, intent_id: str, amount: int) -> dict[str, Any]:
        """Somebody refunds on Stripe's own pages."""
        with self.lock:
            return self._give_back(intent_id, amount, metadata={})

    def _give_back(
        self, intent_id: str, amount: int, *, metadata: dict[str, str]
    ) -> dict[str, Any]:
        intent = self.intents[intent_id]
        refund_id = self.new_id("re_")
        self.refunds[refund_id] = {
            "id": refund_id,
            "object": "refund",
            "created": int(time.time()),
            "amount": amount,
            "currency": intent["currency"],
            "status": self.refund_status,
            "payment_intent": intent_id,
            "charge": intent["latest_charge"]["id"],
            "metadata": metadata,
        }
        self._tell("refund.created", self.refunds[refund_id])
        return copy.deepcopy(self.refunds[refund_id])

    def end_refund(self, refund_id: str, status: str) -> None:
        """What was pending ends."""
        with self.lock:
            refund = self.refunds[refund_id]
            refund["status"] = status
            if status == "failed":
                refund["failure_reason"] = "expired_or_canceled_card"
            self._tell("refund.updated" if status == "succeeded" else "refund.failed", refund)

    def dispute(
        self, intent_id: str, *, amount: int | None = None, fee: int = 1500, takes: bool = True
    ) -> str:
        """The shopper complains at the bank, which takes the money at once.

        Returns the dispute's id.
        """
        with self.lock:
            intent = self.intents[intent_id]
            dispute_id = self.new_id("dp_")
            self.disputes[dispute_id] = {
                "id": dispute_id,
                "object": "dispute",
                "created": int(time.time()),
                "amount": intent["amount"] if amount is None else amount,
                "currency": intent["currency"],
                "reason": "product_not_received",
                "status": "needs_response" if takes else "warning_needs_response",
                "payment_intent": intent_id,
                "charge": intent["latest_charge"]["id"],
                "balance_transactions": [],
            }
            self._tell("charge.dispute.created", self.disputes[dispute_id])
            if takes:
                self._move(dispute_id, -1, fee)
                self._tell("charge.dispute.funds_withdrawn", self.disputes[dispute_id])
            return dispute_id

    def _move(self, dispute_id: str, sign: int, fee: int) -> None:
        dispute = self.disputes[dispute_id]
        dispute["balance_transactions"].append(
            {
                "id": self.new_id("txn_"),
                "amount": sign * dispute["amount"],
                "fee": fee,
                "currency": dispute["currency"],
                "reporting_category": "dispute" if sign < 0 else "dispute_reversal",
            }
        )

    def end_dispute(self, dispute_id: str, status: str) -> None:
        """The bank decides: won or lost."""
        with self.lock:
            dispute = self.disputes[dispute_id]
            dispute["status"] = status
            self._tell("charge.dispute.closed", dispute)
            if status == "won":
                self._move(dispute_id, 1, 0)
                self._tell("charge.dispute.funds_reinstated", dispute)

    def _page(self, ask: Ask) -> Answer:
        session_id = ask.path.rpartition("/")[2]
        session = self.sessions[session_id]
        if session["status"] != "open":
            return see_other(session["success_url"])
        if ask.method == "GET":
            return page("Fake Stripe", ask.path, CARDS)
        return self.choose(session_id, dict(parse_qsl(ask.body.decode()))["choice"])

    def choose(self, session_id: str, choice: str) -> Answer:
        """What the shopper does on the hosted page."""
        session = self.sessions[session_id]
        path = f"/c/pay/{session_id}"
        if choice == "cancel":
            return see_other(session["cancel_url"])
        intent = self._intent_of(session)
        if choice == "declined":
            self._decline(intent, "card_declined", "Your card was declined.")
            return page("Declined", path, CARDS)
        if choice == "action":
            intent["status"] = "requires_action"
            self._tell("payment_intent.requires_action", intent)
            return page("Bank confirmation", path, {"accept": "Confirm", "refuse": "Refuse"})
        if choice == "refuse":
            self._decline(intent, "authentication_required", "You did not confirm the payment.")
            return page("Declined", path, CARDS)
        session["status"] = "complete"
        if choice == "delayed":
            intent["status"] = "processing"
            self._tell("payment_intent.processing", intent)
            self._tell("checkout.session.completed", self._plain(session_id))
            return see_other(session["success_url"])
        self._charge(intent)
        if intent["status"] == "succeeded":
            session["payment_status"] = "paid"
        self._tell("checkout.session.completed", self._plain(session_id))
        return see_other(session["success_url"])

    def arrive(self, session_id: str) -> None:
        """Money that was on its way arrives."""
        with self.lock:
            session = self.sessions[session_id]
            self._charge(self.intents[session["payment_intent"]])
            session["payment_status"] = "paid"
            self._tell("checkout.session.async_payment_succeeded", self._plain(session_id))

    def _plain(self, session_id: str) -> dict[str, Any]:
        session = {k: v for k, v in self.sessions[session_id].items() if not k.startswith("_")}
        return copy.deepcopy(session)

    def _intent_of(self, session: dict[str, Any]) -> dict[str, Any]:
        if not session["payment_intent"]:
            intent_id = self.new_id("pi_")
            self.intents[intent_id] = {
                "id": intent_id,
                "object": "payment_intent",
                "created": int(time.time()),
                "livemode": False,
                "amount": session["amount_total"],
                "amount_received": 0,
                "currency": session["currency"],
                "status": "requires_payment_method",
                "last_payment_error": None,
                "latest_charge": None,
                **session["_intent"],
            }
            session["payment_intent"] = intent_id
            self._tell("payment_intent.created", self.intents[intent_id])
        return self.intents[session["payment_intent"]]

    def _decline(self, intent: dict[str, Any], code: str, message: str) -> None:
        intent["status"] = "requires_payment_method"
        charge = self.new_id("ch_")
        intent["last_payment_error"] = {"code": code, "message": message, "charge": charge}
        self._tell("payment_intent.payment_failed", intent)

    def _charge(self, intent: dict[str, Any]) -> None:
        intent["last_payment_error"] = None
        intent["latest_charge"] = {
            "id": self.new_id("ch_"),
            "payment_method_details": {"type": "card", "card": {"brand": "visa", "last4": "4242"}},
        }
        if intent["capture_method"] == "manual":
            intent["status"] = "requires_capture"
            self._tell("payment_intent.amount_capturable_updated", intent)
        else:
            intent["status"] = "succeeded"
            intent["amount_received"] = intent["amount"]
            self._tell("payment_intent.succeeded", intent)

    def _tell(self, kind: str, subject: dict[str, Any]) -> None:
        told = copy.deepcopy(subject)
        if isinstance(told.get("latest_charge"), dict):
            told["latest_charge"] = told["latest_charge"]["id"]  # events come without expansions
        self.events.append(
            {
                "id": self.new_id("evt_"),
                "object": "event",
                "type": kind,
                "created": int(time.time()),
                "livemode": False,
                "data": {"object": told},
            }
        )

    def signed(
        self, event: dict[str, Any], *, secret: str = SECRET, at: float | None = None
    ) -> tuple[dict[str, str], bytes]:
        """Headers and body of a callback, as Stripe signs it."""
        return sign(event, secret=secret, at=at)


def sign(
    event: dict[str, Any], *, secret: str = SECRET, at: float | None = None
) -> tuple[dict[str, str], bytes]:
    """Headers and body with `Stripe-Signature: t=…,v1=…`."""
    body = json.dumps(event).encode()
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Stripe-Signature": f"t={stamp},v1={digest}"}, body


def _list(rows: list[dict[str, Any]], parameters: dict[str, Any]) -> Answer:
    since = int(parameters.get("created", {}).get("gte", 0))
    rows = [row for row in rows if row["created"] >= since]
    after = parameters.get("starting_after")
    if after:
        ids = [row["id"] for row in rows]
        rows = rows[ids.index(after) + 1 :]
    limit = int(parameters.get("limit", 10))
    return Answer({"object": "list", "data": rows[:limit], "has_more": len(rows) > limit})


def _error(kind: str, message: str, status: int) -> Answer:
    return Answer({"error": {"type": kind, "message": message}}, status)


def _nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """`a[b][0]=c` as a dictionary of dictionaries."""
    result: dict[str, Any] = {}
    for name, value in pairs:
        first, *rest = re.findall(r"[^\[\]]+", name)
        place, last = result, first
        for part in rest:
            place = place.setdefault(last, {})
            last = part
        place[last] = value
    return result
