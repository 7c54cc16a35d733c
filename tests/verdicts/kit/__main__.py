"""Serves the contract in this folder: `python -m tests.verdicts.kit`, with PORT and BREAK in the environment."""

from tests.verdicts.kit.server import main

main()
