"""The storefront's pages: home, lists, search and products."""
