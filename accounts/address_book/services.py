"""A customer's address book."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.addresses import AddressData
from accounts.errors import AddressBookFull
from accounts.models import Address, Customer

MAX_ADDRESSES = 50


@transaction.atomic
def add_address(
    customer: Customer,
    data: AddressData,
    *,
    is_default_shipping: bool = False,
    is_default_billing: bool = False,
    at: datetime,
) -> Address:
    """Put an address into the book; the first one becomes the usual one for both.

    Raises `AddressBookFull`.
    """
    customer = Customer.objects.locked().get(pk=customer.pk)
    existing = customer.addresses.count()
    if existing >= MAX_ADDRESSES:
        raise AddressBookFull
    is_default_shipping = is_default_shipping or not existing
    is_default_billing = is_default_billing or not existing
    _clear_defaults(customer, shipping=is_default_shipping, billing=is_default_billing)
    return Address.objects.create(
        customer=customer,
        is_default_shipping=is_default_shipping,
        is_default_billing=is_default_billing,
        created_at=at,
        **data.as_dict(),
    )


@transaction.atomic
def change_address(
    address: Address,
    data: AddressData | None = None,
    *,
    is_default_shipping: bool | None = None,
    is_default_billing: bool | None = None,
) -> Address:
    """Change an address, or which one is usual.

    What is None stays. Orders keep their own copies.
    """
    customer = Customer.objects.locked().get(pk=address.customer_id)
    address = Address.objects.get(pk=address.pk)
    _clear_defaults(customer, shipping=bool(is_default_shipping), billing=bool(is_default_billing))
    for name, value in (data.as_dict() if data else {}).items():
        setattr(address, name, value)
    if is_default_shipping is not None:
        address.is_default_shipping = is_default_shipping
    if is_default_billing is not None:
        address.is_default_billing = is_default_billing
    address.save()
    return address


@transaction.atomic
def delete_address(address: Address) -> None:
    """Take an address out of the book; the oldest one left becomes usual where this one was."""
    customer = Customer.objects.locked().get(pk=address.customer_id)
    address = Address.objects.get(pk=address.pk)
    address.delete()
    heir = customer.addresses.order_by("pk").first()
    if heir is None:
        return
    heir.is_default_shipping = heir.is_default_shipping or address.is_default_shipping
    heir.is_default_billing = heir.is_default_billing or address.is_default_billing
    heir.save(update_fields=["is_default_shipping", "is_default_billing"])


def _clear_defaults(customer: Customer, *, shipping: bool, billing: bool) -> None:
    if shipping:
        customer.addresses.filter(is_default_shipping=True).update(is_default_shipping=False)
    if billing:
        customer.addresses.filter(is_default_billing=True).update(is_default_billing=False)
