"""`manage.py check_payment_page`: the payment page as it is served, against its inventory."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from urllib.parse import urljoin

import httpx
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from orders.models import Order
from orders.permissions import possible_acts
from orders.states import Act
from payments.checkout.page_inventory import differences

SECONDS = 10.0


class Command(BaseCommand):
    """Opens the page like a browser, from outside; changes nothing."""

    help = (
        "Compare the payment page as customers receive it (scripts, style sheets, frames and "
        "headers) with payments/checkout/payment_page.json and with this release. Exit codes: 0, "
        "it matches; 1, it differs (the differences are printed); 2, it could not be opened."
    )

    # A wrong setting is not a finding.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--url", default=settings.SITE_URL, help="address of the shop (default: SITE_URL)"
        )
        parser.add_argument(
            "--order", help="order number (default: the newest order that awaits an online payment)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        order = self._order(options["order"])
        found = self._look(options["url"].rstrip("/"), order)
        for difference in found:
            self.stdout.write(self.style.ERROR(difference))
        self.stdout.write(f"{len(found)} differences on the payment page of order {order.number}.")
        if found:
            raise SystemExit(1)

    def _order(self, number: str | None) -> Order:
        orders = Order.objects.exclude(payment_provider__in=["manual", "gift_card"])
        if number:
            orders = orders.filter(number=number)
        for order in orders.order_by("-placed_at", "-pk")[:200]:
            if Act.PAY in possible_acts(order):
                return order
        raise CommandError(
            "No order is waiting for an online payment. Name one with --order.", returncode=2
        )

    def _look(self, base: str, order: Order) -> list[str]:
        page = base + reverse("payments:pay", args=[order.number])
        try:
            with httpx.Client(timeout=SECONDS, follow_redirects=False) as browser:
                browser.get(page, params={"token": order.token})  # leaves a cookie
                answer = browser.get(page)
                if answer.status_code != 200:
                    raise CommandError(f"{page} answered {answer.status_code}.", returncode=2)

                def read(address: str) -> bytes:
                    file = browser.get(urljoin(page, address))
                    return file.content if file.status_code == 200 else b""

                return differences(answer.text, answer.headers, read)
        except httpx.HTTPError as error:
            raise CommandError(f"{page}: {type(error).__name__}", returncode=2) from error
