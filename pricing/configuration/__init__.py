"""Taxes, shipping and payment methods as staff set them up."""
