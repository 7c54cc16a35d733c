"""A setup command: does what the steps do, and prints what it has learnt.

    python prepare.py URL HOOK [MODE]

`MODE` names what it does wrong.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

URL, HOOK = sys.argv[1:3]
MODE = sys.argv[3] if len(sys.argv) > 3 else ""


def asked(method: str, path: str, body: bytes, token: str = "") -> Any:
    """Return what the target answers."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = Request(f"{URL}{path}", body, headers, method=method)  # noqa: S310 -- the target's own
    with urlopen(request) as answer:  # noqa: S310 -- likewise
        return json.loads(answer.read() or b"null")


def signed_in(user: str) -> str:
    """Return a token."""
    form = urlencode({"user": user, "password": "open sesame"}).encode()
    return str(asked("POST", "/session", form)["token"])


sys.stderr.write("signing in\n")
if MODE == "once" and Path("times.txt").exists():
    sys.exit("ada is there")
with Path("times.txt").open("a") as times:
    times.write("once more\n")
if MODE == "hangs":
    time.sleep(60)
if MODE == "fails":
    sys.exit("no such \x1b[31mproject\x1b[0m: password=hunter22")
if MODE == "talks":
    sys.stdout.write("done, token=hunter22\n")
    sys.exit()
tokens = {user: signed_in(user) for user in ("admin", "ada", "bob", "eve")}
if MODE == "renews":
    sys.stdout.write(json.dumps(tokens))
    sys.exit()
project = asked("POST", "/projects", b"", tokens["admin"])
asked("PUT", f"/projects/{project['id']}/hooks", json.dumps({"url": HOOK}).encode(), tokens["admin"])
found = {**tokens, "project": project["id"], "channel": project["channel"], "region": project["region"]}
if MODE == "forgets":
    del found["bob"]
sys.stdout.write(json.dumps(found))
