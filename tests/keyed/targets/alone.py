"""The reference as it is: what one request meets is nothing to others."""

from reference.app import main

main()
