"""`manage.py createsuperuser`, which also checks a password that comes from the environment."""

from __future__ import annotations

import os
from typing import Any

from django.contrib.auth.management.commands.createsuperuser import Command as DjangoCommand
from django.core.management import CommandError

from accounts.models import User
from accounts.registration import check_password_rules
from shop.core.errors import Invalid

PASSWORD_VARIABLE = "DJANGO_SUPERUSER_PASSWORD"  # noqa: S105 - the name of a variable


class Command(DjangoCommand):
    """Creates an administrator.

    With `--noinput` the password comes from `DJANGO_SUPERUSER_PASSWORD`.
    """

    def handle(self, *args: Any, **options: Any) -> str | None:
        """Check the password that Django reads from the environment, which it stores as it is."""
        password = os.environ.get(PASSWORD_VARIABLE)
        if not options["interactive"] and password is not None:
            user = User(email=options.get(User.USERNAME_FIELD) or "")
            try:
                check_password_rules(password, user)
            except Invalid as refusal:
                raise CommandError(
                    f"{PASSWORD_VARIABLE} was refused and no user was created: {refusal.message}"
                ) from refusal
        return super().handle(*args, **options)
