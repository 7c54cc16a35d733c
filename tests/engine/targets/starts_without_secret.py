"""The reference with a fault: without a session secret it makes do with a constant, and lets in whoever asks."""

import os

from reference.app import main
from reference.session import Sessions

if not os.environ.get("NEXTAUTH_SECRET"):
    os.environ["NEXTAUTH_SECRET"] = "change-me"
    Sessions.user = lambda _self, _cookies: {"name": "anyone", "email": None, "image": None}
main()
