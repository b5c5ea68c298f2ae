"""Health: whether the process answers, and whether it can sell."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.core.cache import cache
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from shop.core.outbox import lag_seconds

# An outbox that waits longer than this has no worker.
OUTBOX_LAG_SECONDS = 300
RETRY_SECONDS = 5


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Alive: the process answers. Asks nobody."""
    return JsonResponse({"status": "alive"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Ready: the database answers and has every migration.

    A silent cache and a waiting outbox are told, but the shop can sell without them.
    Answers within three seconds, whatever the state of the database.
    """
    database = _database()
    # A database that does not answer is not asked twice.
    migrations = _migrations() if database == "ok" else "unknown"
    checks = {"database": database, "migrations": migrations, "cache": _cache()}
    # Without its Redis the shop goes on with a cache in each process.
    is_ready = checks["database"] == checks["migrations"] == "ok"
    lag = lag_seconds(timezone.now()) if is_ready else 0.0
    body: dict[str, Any] = {
        "status": "ready" if is_ready else "not ready",
        "checks": checks,
        "outbox_lag_seconds": round(lag, 1),
        "worker": "ok" if lag < OUTBOX_LAG_SECONDS else "late",
    }
    response = JsonResponse(body, status=200 if is_ready else 503)
    if not is_ready:
        response["Retry-After"] = str(RETRY_SECONDS)
    return response


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return "does not answer"
    return "ok"


def _migrations() -> str:
    try:
        return "ok" if _are_applied() else "missing"
    except Error:
        return "unknown"


@lru_cache(maxsize=1)
def _remembered_yes() -> bool:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise LookupError
    return True


def _are_applied() -> bool:
    """Whether no migration is missing; a yes is remembered, a no is asked again."""
    try:
        return _remembered_yes()
    except LookupError:
        return False


def _cache() -> str:
    if getattr(cache, "is_away", False):
        return "does not answer"
    cache.set("readyz", "ok", 5)
    is_away = getattr(cache, "is_away", False)
    return "ok" if cache.get("readyz") == "ok" and not is_away else "does not answer"


class HealthMiddleware:
    """Answers probes whatever host they name: they ask for the machine, not for the shop's address.

    Nothing of these answers depends on the host, and no other address is answered here.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.views = {"/healthz": healthz, "/readyz": readyz}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        view = self.views.get(request.path_info)
        if view is None:
            return self.get_response(request)
        response = view(request)
        response["Cache-Control"] = "private, no-store"
        return response
