"""A right target for any small contract, and switches that break exactly one thing of it."""
