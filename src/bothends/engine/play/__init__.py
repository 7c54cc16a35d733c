"""Plays batches: makes exchanges, and waits for what comes of them."""
