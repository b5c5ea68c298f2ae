"""The back office: Django admin in the shop's own design. Every app's admin builds on `base`."""
