"""A company on loopback: a real HTTP server in a thread, with faults that it plays on demand."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Ask:
    """A request as the fake company sees it."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    """What it answers: a dict goes out as JSON, a text as a page."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Fault:
    """`kind` is drop_before, drop_after, hang_after, one of `NONSENSE`, or a
    status such as 500 or 429.
    """

    act: str
    kind: str
    left: int


class FakeCompany:
    """Start it, send requests to `base`, stop it. Subclasses answer in `handle`."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.asked: list[str] = []
        self.faults: list[Fault] = []
        self.events: list[dict[str, Any]] = []
        self._count = 0
        company = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

            def do_GET(self) -> None:
                company._serve(self)

            def do_POST(self) -> None:
                company._serve(self)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()

    def misbehave(self, act: str, kind: str, *, times: int = 1) -> None:
        """Play a fault the next `times` that a request's "METHOD /path" begins with `act`."""
        self.faults.append(Fault(act, kind, times))

    def new_id(self, prefix: str) -> str:
        """An id that no other thing of this company has."""
        with self.lock:
            self._count += 1
            return f"{prefix}{self._count:08d}"

    def handle(self, ask: Ask) -> Answer:
        """What the company does."""
        raise NotImplementedError

    def _serve(self, http: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(http.path)
        body = http.rfile.read(int(http.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in http.headers.items()}
        ask = Ask(http.command, parts.path, parse_qsl(parts.query), headers, body)
        line = f"{ask.method} {ask.path}"
        with self.lock:
            self.asked.append(line)
            fault = next(
                (one for one in self.faults if one.left and line.startswith(one.act)), None
            )
            if fault:
                fault.left -= 1
        kind = fault.kind if fault else ""
        if kind == "drop_before":
            http.close_connection = True
            http.connection.close()
            return
        if kind.isdigit():
            answer = Answer({"error": {"type": "api_error", "message": "trouble"}}, int(kind))
        else:
            with self.lock:
                answer = self.handle(ask)
        if kind == "hang_after":
            time.sleep(1.0)
        if kind in {"drop_after", "hang_after"}:
            http.close_connection = True
            http.connection.close()
            return
        if kind in NONSENSE:
            answer = NONSENSE[kind](answer)
        _write(http, answer)


def _of_other_types(value: Any) -> Any:
    """The same members, each of a type that nobody expects."""
    if isinstance(value, dict):
        return {name: _of_other_types(part) for name, part in value.items()}
    return {str: 7, int: "many", bool: "maybe", list: {"0": "one"}}.get(type(value), [])


# What a company may answer with a 200: pages, nothing, the half of it, another thing, far too much.
NONSENSE: dict[str, Callable[[Answer], Answer]] = {
    "garbage": lambda answer: Answer("<html>We are busy <script>"),
    "empty": lambda answer: Answer(""),
    "truncated": lambda answer: Answer(json.dumps(answer.body)[:-20]),
    "nothing_in_it": lambda answer: Answer({}),
    "a_list": lambda answer: Answer([answer.body]),
    "null": lambda answer: Answer(None),
    "an_error": lambda answer: Answer({"error": {"type": "api_error", "message": "trouble"}}),
    "other_types": lambda answer: Answer(_of_other_types(answer.body)),
    "long_ids": lambda answer: Answer({**answer.body, "id": "x" * 5000}),
    "huge": lambda answer: Answer({"padding": "x" * 10_000_000}),
    "deep": lambda answer: Answer("[" * 100_000),
}


def _write(http: BaseHTTPRequestHandler, answer: Answer) -> None:
    is_page = isinstance(answer.body, str)
    content = answer.body.encode() if is_page else json.dumps(answer.body).encode()
    http.send_response(answer.status)
    http.send_header("Content-Type", "text/html" if is_page else "application/json")
    http.send_header("Content-Length", str(len(content)))
    for name, value in answer.headers.items():
        http.send_header(name, value)
    http.end_headers()
    http.wfile.write(content)


def page(title: str, action: str, choices: dict[str, str]) -> Answer:
    """A page with one button a choice, as a shopper sees it at the company."""
    buttons = "".join(
        f'<button name="choice" value="{value}">{label}</button>'
        for value, label in choices.items()
    )
    return Answer(
        f'<!doctype html><html lang="en"><title>{title}</title><h1>{title}</h1>'
        f'<form method="post" action="{action}">{buttons}</form></html>'
    )


def see_other(url: str) -> Answer:
    """Lead the browser on."""
    return Answer("", 303, {"Location": url})


Route = Callable[..., Answer]
