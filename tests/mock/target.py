"""The mock with a bug in it, as a target: `python tests/mock/target.py BUG [what bothends mock takes]`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bothends.cli.main import main
from tests.mock.bugs import BUGS

if __name__ == "__main__":
    BUGS[sys.argv[1]].plant()
    sys.exit(main(["mock", *sys.argv[2:]]))
