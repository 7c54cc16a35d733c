"""Cases that Schemathesis makes, judged by the contract, and kept for the next run."""

from __future__ import annotations

from typing import Literal

# The names of the generated families stand here: they are known without importing what generates them.

COVERAGE = "coverage"
FUZZ_VALID = "fuzz-valid"
FUZZ_INVALID = "fuzz-invalid"
GENERATED = (COVERAGE, FUZZ_VALID, FUZZ_INVALID)

Mode = Literal["valid", "invalid"]
