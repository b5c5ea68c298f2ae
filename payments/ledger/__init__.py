"""The payment ledger and the order of locks."""
