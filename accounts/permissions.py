"""What staff may do with people: customers, users, and who else is staff."""

from __future__ import annotations

from shop.core.permissions import acts_on, staff_act

CUSTOMERS = acts_on("accounts.customer")
# Whoever may do this can make anybody an administrator, themselves too.
MANAGE_STAFF = staff_act("accounts.manage_staff", "accounts.manage_staff")
USERS = acts_on("accounts.user", changed_by=MANAGE_STAFF.permissions)
