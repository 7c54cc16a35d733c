"""`python -m bothends`."""

import sys

from bothends.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
