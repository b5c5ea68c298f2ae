"""`Accept: application/json; version=1`; without a version the current one."""

from __future__ import annotations

from rest_framework.versioning import AcceptHeaderVersioning


class AcceptVersion(AcceptHeaderVersioning):
    """Refuses versions that the shop does not speak with 406."""
