"""Session cookies on the API: the same sign-in as on pages, with CSRF enforced."""

from __future__ import annotations

from typing import Any

from rest_framework.authentication import SessionAuthentication


class StrictSessionAuthentication(SessionAuthentication):
    """Session sign-in; writes need the CSRF token. A caller without sign-in is told 401, not 403."""

    def authenticate_header(self, request: Any) -> str:
        return 'Session realm="api"'
