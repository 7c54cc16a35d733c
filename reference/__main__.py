"""Runs the reference endpoint: `python -m reference`. With `--reload` it follows edits of the contract."""

import sys

from reference.app import SPEC, main
from reference.contract import Contract

if sys.argv[1:] == ["--reload"]:
    from examples.reload import follow  # it knows no more of the reference than these three

    follow(SPEC, Contract, [sys.executable, "-m", "reference"])
main()
