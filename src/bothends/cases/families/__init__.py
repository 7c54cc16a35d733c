"""The plain families: for each way to get an answer, a few concrete cases."""

# Whichever module is imported first: in which order families run depends on the order in which they register.
from bothends.cases.families.registry import plain_cases, plain_families

__all__ = ["plain_cases", "plain_families"]
