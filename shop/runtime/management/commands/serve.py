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

from shop.runtime.server import Address, Household, PortTaken, WebServerStopped

DEMO_PASSWORD = "linden-demo"  # noqa: S105 - printed for everybody to read, in development only


class Command(BaseCommand):
    help = (
        "Run the shop: storefront, back office, API and background worker at one address, until "
        "Ctrl-C. In development it first applies migrations and loads the demo into an empty "
        "shop. In other environments it applies migrations only with --migrate; use `manage.py "
        "demo` to load the demo."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--host",
            default=settings.HOST,
            help="address to listen on (default: HOST, or 127.0.0.1)",
        )
        parser.add_argument(
            "--port",
            type=int,
            default=settings.PORT,
            help="port to listen on (default: PORT, or 8000)",
        )
        for name, purpose in {
            "migrate": "apply migrations first (default: in development only)",
            "demo": "load the demo into an empty shop (default: in development only)",
            "worker": (
                "run a background worker too (default: yes); start more with `manage.py worker`"
            ),
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
                f"Port {address.port} on {address.host} is already in use. Set PORT to another "
                f"port, for example PORT={address.port + 1}."
            ) from taken
        except OSError as error:
            raise CommandError(
                f"Cannot listen on {address.bind}: {error.strerror}. Check the variables HOST and "
                "PORT."
            ) from error

    def require_static_files(self) -> None:
        storage: object = staticfiles_storage
        if isinstance(storage, ManifestStaticFilesStorage) and storage.read_manifest() is None:
            raise CommandError(
                "Static files have not been collected. Run `manage.py collectstatic` first."
            )

    def prepare_database(self, *, migrate: bool) -> None:
        try:
            executor = MigrationExecutor(connection)
        except OperationalError as error:
            raise CommandError(f"Cannot connect to the database (DATABASE_URL): {error}") from error
        if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return
        if not migrate:
            raise CommandError(
                "The database has unapplied migrations. Run `manage.py migrate`, or add --migrate."
            )
        self.stdout.write("Applying migrations …")
        call_command("migrate", verbosity=0)

    def fill_if_empty(self) -> None:
        if not apps.get_model("catalog", "Product")._base_manager.exists():
            self.stdout.write("The shop is empty. Loading the demo …")
            try:
                call_command("demo")
            except SystemExit:
                self.stderr.write(
                    "\nOnly part of the demo was loaded. Run `make demo` to load the rest."
                )
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
                raise CommandError(
                    "The web server stopped. See its log for the reason."
                ) from stopped
        finally:
            household.stop()
        self.stdout.write("The shop has stopped.")

    def greet(self, url: str, logins: list[str]) -> None:
        lines = [f"\n{settings.SHOP_NAME} is running at {self.style.SUCCESS(url)}\n"]
        lines += [f"  Back office  {url}/admin/", f"  API          {url}/api/docs"]
        if settings.ENVIRONMENT == "development":
            lines.append(f"  E-mail       {url}/dev/mail/")
        if logins:
            lines += ["", f"  Demo logins, password {DEMO_PASSWORD}:"]
            lines += [f"    {email}" for email in logins]
        self.stdout.write("\n".join([*lines, "", "Press Ctrl-C to stop the shop."]))
