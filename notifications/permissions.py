"""What staff may do with the e-mails that were sent."""

from __future__ import annotations

from shop.core.permissions import staff_act

# Whoever sees the e-mails may send a failed one again.
RESEND = staff_act("notifications.resend", "notifications.view_outgoingmail")
