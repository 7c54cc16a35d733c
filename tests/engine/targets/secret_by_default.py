"""The reference with a fault: without a session secret it has one that everybody knows."""

import os

from reference.app import main

os.environ["NEXTAUTH_SECRET"] = os.environ.get("NEXTAUTH_SECRET") or "development"
main()
