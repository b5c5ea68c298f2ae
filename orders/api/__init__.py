"""The orders on the API."""
