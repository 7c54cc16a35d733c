"""Runs scripts, or all of a product, on one start of it: `python run.py mlflow`, `python run.py mlflow/scalars.py`."""

from __future__ import annotations

import runpy
import sys
import traceback
from pathlib import Path

import product

HERE = Path(__file__).resolve().parent


def main(names: list[str]) -> int:
    """Run what is named; say of each whether the product does what the script says."""
    product.keep_open = True
    files = [file for name in names for file in (sorted((HERE / name).glob("*.py")) or [HERE / name])]
    failed = 0
    for file in files:
        print(f"== {file.relative_to(HERE)}", flush=True)
        try:
            runpy.run_path(str(file), run_name="__main__")
            print("-- shown", flush=True)
        except Exception:  # noqa: BLE001 -- whatever a script fails at, the next one is run
            print(f"{traceback.format_exc()}-- not shown", flush=True)
            failed += 1
    product.close()
    print(f"{len(files) - failed} of {len(files)} scripts show what they say")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
