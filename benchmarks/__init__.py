"""How fast the shop is: `make bench`. See docs/performance.md."""
