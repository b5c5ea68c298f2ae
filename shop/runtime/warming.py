"""What a web server loads once for all its workers."""

from __future__ import annotations

import gc

from django.conf import settings
from django.template.loader import get_template
from django.urls import reverse


def warm_up() -> None:
    """Load addresses and templates before the workers are forked.

    Opens no connection, which none could share.
    """
    reverse("healthz")
    folder = settings.BASE_DIR / "templates"
    for path in sorted(folder.rglob("*.html")):
        get_template(str(path.relative_to(folder)))
    # The collector would write into every object to look for garbage, and each worker
    # would get a copy of its own.
    gc.collect()
    gc.freeze()
