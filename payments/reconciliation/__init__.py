"""Comparing our books with the providers'."""

from payments.reconciliation.services import Difference, reconcile

__all__ = [
    "Difference",
    "reconcile",
]
