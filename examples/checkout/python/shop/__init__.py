"""A service with flows: carts, checkouts, orders."""
