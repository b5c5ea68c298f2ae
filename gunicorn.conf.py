"""What every gunicorn of the shop does, read by itself from the folder it is started in.

The shop is loaded once, before the workers are forked: they share its pages of memory. A new release needs a
restart, since SIGHUP starts new workers with what is loaded.
"""

from typing import Any

preload_app = True


def when_ready(server: Any) -> None:
    """Load what the first pages of each worker would load, and leave it all to be shared."""
    from shop.core.warming import warm_up  # noqa: PLC0415 - Django is set up by now

    warm_up()
