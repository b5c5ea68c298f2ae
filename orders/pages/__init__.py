"""The pages of an order, for its customer or whoever holds its token."""
