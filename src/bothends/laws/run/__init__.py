"""Laws on a run and what it is made of, which are no predicates over an exchange."""
