"""One function for whom limits count: a person is an account with its e-mail
addresses, or one address.
"""

from __future__ import annotations

from dataclasses import dataclass

from allauth.account.models import EmailAddress

from accounts.identity import email_key
from accounts.models import Customer


@dataclass(frozen=True, slots=True)
class Person:
    """Whom limits per customer and "first order" count.

    `email` is the address that was given, `emails` all that are known to be the same person's, in
    the spelling of `email_key`; `account_id` is the customer with an account.
    """

    email: str = ""
    emails: frozenset[str] = frozenset()
    account_id: int | None = None


def person_of(*, email: str = "", customer: Customer | None = None) -> Person:
    """Return the person behind an e-mail address and, where somebody has signed in, their customer.

    An address that an account has verified means that account, whoever gives it. At most 2 queries.
    """
    key = email_key(email)
    account = customer if customer is not None and customer.user_id is not None else None
    if account is None and key:
        account = Customer.objects.with_verified_email(key).first()
    own = [] if account is None else _addresses_of(account)
    emails = frozenset(filter(None, [key, *own]))
    return Person(key or next(iter(own), ""), emails, account.pk if account else None)


def _addresses_of(account: Customer) -> list[str]:
    verified = EmailAddress.objects.filter(user_id=account.user_id, verified=True)
    addresses = verified.order_by("-primary", "pk").values_list("email", flat=True)
    return [email_key(address) for address in addresses]
