"""What stands behind `SCHEMATHESIS_HOOKS=bothends.schemathesis`: an observer who sees both ends of another's calls."""
