"""What stands behind `SCHEMATHESIS_HOOKS=bothends.schemathesis`: a bystander who sees both ends of another's calls."""
