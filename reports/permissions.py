"""Who may see figures."""

from __future__ import annotations

from shop.core.permissions import staff_act

VIEW_SALES = staff_act("reports.view_sales", "reports.view_sales")
