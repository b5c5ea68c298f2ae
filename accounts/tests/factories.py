"""The smallest valid people, and our cast: Alice buys, Bob is another customer, Carol is staff."""

from __future__ import annotations

from typing import Any

import factory
from factory.django import DjangoModelFactory

from accounts.models import Address, Customer, User
from accounts.states import Role

PASSWORD = "a linden tree in june"


class UserFactory(DjangoModelFactory):
    """Somebody who can sign in with `PASSWORD`; their e-mail is verified unless
    `verified=False`.
    """

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    username = factory.SelfAttribute("email")
    first_name = "Pat"
    last_name = "Example"
    password = factory.django.Password(PASSWORD)

    @factory.post_generation
    def verified(self: User, create: bool, extracted: bool | None, **kwargs: Any) -> None:
        from allauth.account.models import EmailAddress

        if create:
            EmailAddress.objects.create(
                user=self, email=self.email, primary=True, verified=extracted is not False
            )

    @factory.post_generation
    def groups(self: User, create: bool, extracted: list[str] | None, **kwargs: Any) -> None:
        """`groups=["catalog"]` makes a member of the staff's groups."""
        if create and extracted:
            from django.contrib.auth.models import Group

            for name in extracted:
                self.groups.add(Group.objects.get_or_create(name=name)[0])


class StaffFactory(UserFactory):
    """A member of staff, without any group's rights until `groups=[…]` is given."""

    role = Role.STAFF


class AdminFactory(UserFactory):
    """An administrator."""

    role = Role.ADMIN


class CustomerFactory(DjangoModelFactory):
    """A customer who can sign in; `user=None` makes a guest."""

    class Meta:
        model = Customer

    user = factory.SubFactory(UserFactory)
    email = factory.LazyAttributeSequence(
        lambda customer, n: customer.user.email if customer.user else f"guest{n}@example.com"
    )
    name = factory.LazyAttribute(
        lambda customer: customer.user.get_full_name() if customer.user else ""
    )


class AddressFactory(DjangoModelFactory):
    """A house in Berlin."""

    class Meta:
        model = Address

    customer = factory.SubFactory(CustomerFactory)
    name = "Pat Example"
    line1 = "Lindenstraße 7"
    postal_code = "10969"
    city = "Berlin"
    country = "DE"


def address_input(**changes: Any) -> dict[str, Any]:
    """A sound address as a client of the API sends it."""
    return {
        "name": "Alice Lind",
        "line1": "Lindenstraße 7",
        "postal_code": "10969",
        "city": "Berlin",
        "country": "DE",
        **changes,
    }
