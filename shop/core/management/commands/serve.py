import argparse
import os
import signal
import sys
import threading
from types import FrameType
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage, staticfiles_storage
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, connection, connections
from django.db.migrations.executor import MigrationExecutor

from shop.core.server import Address, Household, PortTaken, WebServerStopped

DEMO_PASSWORD = "linden-demo"  # noqa: S105 - printed for everybody to read, in development only


class Command(BaseCommand):
    help = (
        "Open the shop: pages, back office, API and background work at one address, until Ctrl-C. "
        "In development it first brings the database up to date and fills an empty shop with the "
        "demo goods; elsewhere it does the first only when asked, and `manage.py demo` the second."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--host",
            default=settings.HOST,
            help="where to listen; the variable HOST, or 127.0.0.1",
        )
        parser.add_argument(
            "--port",
            type=int,
            default=settings.PORT,
            help="the variable PORT, or 8000",
        )
        for name, purpose in {
            "migrate": "bring the database up to date first (default: in development)",
            "demo": "fill an empty shop with the demo goods (default: in development)",
            "worker": "do background work too (default: yes); `manage.py worker` starts more",
        }.items():
            parser.add_argument(f"--{name}", action=argparse.BooleanOptionalAction, help=purpose)

    def handle(
        self,
        *,
        host: str,
        port: int,
        migrate: bool | None,
        demo: bool | None,
        worker: bool | None,
        **options: Any,
    ) -> None:
        is_development = settings.ENVIRONMENT == "development"
        address = Address(host, port)
        self.require_free(address)
        # Before there is anything to stop, a signal simply ends the command.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda number, frame: sys.exit(0))
        self.require_static_files()
        self.prepare_database(migrate=is_development if migrate is None else migrate)
        if is_development if demo is None else demo:
            self.fill_if_empty()
        connections.close_all()
        logins = self.demo_logins()
        if logins:
            # The processes it starts show the demo's seller.
            os.environ["DEMO_SELLER"] = "on"
        self.open(Household(address, with_worker=worker is not False), logins)

    def require_free(self, address: Address) -> None:
        try:
            address.require_free()
        except PortTaken as taken:
            raise CommandError(
                f"Port {address.port} on {address.host} is taken. Choose another one with the "
                f"variable PORT, such as PORT={address.port + 1}."
            ) from taken
        except OSError as error:
            raise CommandError(
                f"Cannot listen on {address.bind}: {error.strerror}. The variables HOST and PORT "
                "say where."
            ) from error

    def require_static_files(self) -> None:
        storage: object = staticfiles_storage
        if isinstance(storage, ManifestStaticFilesStorage) and storage.read_manifest() is None:
            raise CommandError(
                "Stylesheets and scripts are not gathered yet: run `manage.py collectstatic` first."
            )

    def prepare_database(self, *, migrate: bool) -> None:
        try:
            executor = MigrationExecutor(connection)
        except OperationalError as error:
            raise CommandError(f"The database does not answer (DATABASE_URL): {error}") from error
        if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return
        if not migrate:
            raise CommandError(
                "The database is not up to date: run `manage.py migrate`, or add --migrate."
            )
        self.stdout.write("Preparing the database …")
        call_command("migrate", verbosity=0)

    def fill_if_empty(self) -> None:
        if not apps.get_model("catalog", "Product")._base_manager.exists():
            self.stdout.write("The shop is empty: filling it with the demo goods …")
            try:
                call_command("demo")
            except SystemExit:
                self.stderr.write("\nOnly part of the demo is in: `make demo` brings the rest.")
                raise

    def demo_logins(self) -> list[str]:
        """E-mail addresses of the demo's people, if there are any in this shop."""
        if settings.ENVIRONMENT != "development":
            return []
        everybody = get_user_model()._default_manager.order_by("pk")
        people = list(everybody.filter(email__endswith="@linden.example", is_active=True)[:8])
        connections.close_all()
        # One stands for all: hashing a password takes as long as it is meant to.
        if not people or not people[0].check_password(DEMO_PASSWORD):
            return []
        return [person.email for person in people]

    def open(self, household: Household, logins: list[str]) -> None:
        stop = threading.Event()

        def on_signal(number: int, frame: FrameType | None) -> None:
            stop.set()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, on_signal)
        try:
            household.start()
            household.wait_until_open()
            self.greet(household.address.url, logins)
            while not stop.wait(0.5):
                household.look_after()
        except WebServerStopped as stopped:
            if not stop.is_set():
                raise CommandError("The web server ended; its log says why.") from stopped
        finally:
            household.stop()
        self.stdout.write("The shop is closed.")

    def greet(self, url: str, logins: list[str]) -> None:
        lines = [f"\n{settings.SHOP_NAME} is open at {self.style.SUCCESS(url)}\n"]
        lines += [f"  Back office  {url}/admin/", f"  API          {url}/api/docs"]
        if settings.ENVIRONMENT == "development":
            lines.append(f"  Its mail     {url}/dev/mail/")
        if logins:
            lines += ["", f"  Demo logins, password {DEMO_PASSWORD}:"]
            lines += [f"    {email}" for email in logins]
        self.stdout.write("\n".join([*lines, "", "Ctrl-C closes the shop."]))
