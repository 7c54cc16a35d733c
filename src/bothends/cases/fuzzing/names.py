"""The names of the generated families, known without importing what generates them."""

from __future__ import annotations

from typing import Literal

COVERAGE = "coverage"
FUZZ_VALID = "fuzz-valid"
FUZZ_INVALID = "fuzz-invalid"
GENERATED = (COVERAGE, FUZZ_VALID, FUZZ_INVALID)

Mode = Literal["valid", "invalid"]
