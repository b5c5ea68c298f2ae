"""Pages of the back office about orders."""
