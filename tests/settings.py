"""The shop's settings for tests: nothing from a developer's `.env`, nothing left on the disk."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

os.environ["ENVIRONMENT"] = "test"
# Playwright keeps an event loop running in the thread whose tests use the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# What invoices must name.
os.environ["SHOP_LEGAL_NAME"] = "Linden Trading GmbH"
os.environ["SHOP_ADDRESS"] = "Samplestr. 48|10119 Berlin|Germany"
os.environ["SHOP_VAT_ID"] = "DE000000000"
os.environ["SHOP_REGISTER"] = "HRB 000000, Sample Court Berlin"

from shop.settings import *  # noqa: F403
from shop.settings import DATABASES

_scratch = Path(tempfile.mkdtemp(prefix="linden-test-"))
atexit.register(shutil.rmtree, _scratch, ignore_errors=True)

MEDIA_ROOT = _scratch / "media"
STATIC_ROOT = _scratch / "static"
STATIC_ROOT.mkdir()

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, as in a real shop: threads that race get a connection each and wait for one another,
    # which a database in memory does not do. Durability is nothing a test can use.
    DATABASES["default"]["TEST"] = {"NAME": str(_scratch / "linden.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
else:
    DATABASES["default"]["OPTIONS"]["options"] += (
        " -c synchronous_commit=off"
        # Django empties all tables between tests, ledgers too (`shop.core.append_only`).
        " -c linden.truncate=allowed"
    )
