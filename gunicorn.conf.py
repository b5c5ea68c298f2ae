"""How every gunicorn of the shop runs, read by itself from the folder it is started in; the
command line has the last word.

The shop is loaded once, before the workers are forked: they share its pages of memory. A new
release needs a restart, since SIGHUP starts new workers with what is loaded.
"""

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

from django.conf import settings

preload_app = True
bind = (
    f"[{settings.HOST}]:{settings.PORT}"
    if ":" in settings.HOST
    else f"{settings.HOST}:{settings.PORT}"
)
worker_class = "shop.runtime.web_worker.HealthFirstWorker"
# SQLite has one writer, and this machine's memory as its cache.
_is_sqlite = settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
workers = 1 if _is_sqlite else settings.WEB_CONCURRENCY
threads = settings.WEB_THREADS
# A worker that has not moved for this long is started again; stopping ones may
# finish what they have begun.
timeout = 60
graceful_timeout = 15
# Longer than proxies keep idle connections would be better still, but each holds a socket.
keepalive = 5
loglevel = "warning"
control_socket_disable = True
# A heartbeat on a disk that is slow would stop the worker.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108


def when_ready(server: Any) -> None:
    """Load what the first pages of each worker would load, and leave it all to be shared."""
    from shop.runtime.warming import warm_up  # noqa: PLC0415 - Django is set up by now

    warm_up()
