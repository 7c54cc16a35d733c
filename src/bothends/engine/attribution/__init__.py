"""Which event belongs to which exchange."""
