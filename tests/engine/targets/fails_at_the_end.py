"""The reference with a fault: it ends with an error, though all was answered."""

from reference.app import main

main()
raise SystemExit(9)
