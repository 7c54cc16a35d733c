"""Serve localstripe as it is released, on the loopback address and without its file in the temporary folder."""

from __future__ import annotations

import os

from aiohttp import web
from localstripe.resources import Store
from localstripe.server import app

if __name__ == "__main__":
    # Its own command listens on all interfaces and keeps its state in one file for all who run it on a machine.
    Store.dump_to_disk = lambda _: None
    web.run_app(app, host="127.0.0.1", port=int(os.environ["PORT"]), print=None)
