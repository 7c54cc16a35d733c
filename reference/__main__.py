"""Runs the reference endpoint: `python -m reference`."""

from reference.app import main

main()
