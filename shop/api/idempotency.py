"""`@idempotent`: a POST that has one effect for each Idempotency-Key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.core.files import File
from django.http import QueryDict
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from shop.api.clients import client_address
from shop.api.renderers import ApiResponse
from shop.core.idempotency import IdempotencyKeyInvalid, clean_key, fingerprint, run_once

ViewMethod = TypeVar("ViewMethod", bound=Callable[..., Response])


def scope_of(request: Request) -> str:
    """Who the key belongs to: the user, the cart or order token, or a program at an address."""
    if request.user.is_authenticated:
        return f"user:{request.user.pk}"
    for header in ("X-Cart-Token", "X-Order-Token"):
        if token := request.headers.get(header):
            return f"token:{fingerprint(token)[:40]}"
    # Many share an address: the program they use tells most of them apart. A good
    # key does the rest.
    program = fingerprint(request.headers.get("User-Agent", ""))[:16]
    return f"address:{client_address(request)} {program}"


def _told(data: Any) -> Any:
    """What the caller sent, as JSON can hold it; an uploaded file by its content."""
    if not isinstance(data, QueryDict):
        return data
    return {name: [_digest(value) for value in data.getlist(name)] for name in data}


def _digest(value: Any) -> Any:
    if not isinstance(value, File):
        return value
    value.seek(0)
    digest = hashlib.sha256(value.read()).hexdigest()
    value.seek(0)  # for the view, which has yet to read it
    return digest


def idempotent(*, required: bool) -> Callable[[ViewMethod], ViewMethod]:
    """Run the decorated view method once for each key of a caller; replays get the stored answer.

    The method must answer success with a `Response` (or `ApiResponse`) and refuse by raising;
    its answer is stored in the transaction of its effect. Without a key it runs as always, or
    is refused if `required`.
    """

    def decorate(method: ViewMethod) -> ViewMethod:
        @wraps(method)
        def wrapper(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
            raw = request.headers.get("Idempotency-Key")
            if raw is None:
                if required:
                    raise IdempotencyKeyInvalid
                return method(view, request, *args, **kwargs)
            digest = fingerprint(request.method, request.path.rstrip("/"), _told(request.data))
            message = ""

            def effect() -> tuple[int, Any]:
                nonlocal message
                response = method(view, request, *args, **kwargs)
                message = str(getattr(response, "message", ""))
                headers = {
                    name: response[name]
                    for name in ("X-Cart-Token", "Location", "ETag")
                    if name in response
                }
                # Stored as plain JSON: lazy texts and decimals become what the wire shows.
                data = json.loads(JSONRenderer().render(response.data))
                return response.status_code, {"data": data, "message": message, "headers": headers}

            answer = run_once(scope_of(request), clean_key(raw), digest, effect)
            replay = ApiResponse(
                answer.body["data"], message=answer.body["message"], status=answer.status_code
            )
            for name, value in answer.body["headers"].items():
                replay[name] = value
            if answer.replayed:
                replay["Idempotent-Replayed"] = "true"
            return replay

        wrapper.idempotency_required = required  # type: ignore[attr-defined]
        return wrapper  # type: ignore[return-value]

    return decorate
