"""Payments on the API."""
