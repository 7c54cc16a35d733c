"""Cases that Schemathesis makes, judged by the contract, and kept for the next run."""
