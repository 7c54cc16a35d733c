"""Asks a server of `tests.warm.server` for a process, and stands for it: its streams, its signals, its exit code.

    python -I -S client.py SOCKET PROGRAM [ARGUMENT ...]

It imports as little as can be: to start it is what a warm process costs.
"""

import json
import os
import signal
import socket
import sys

place, *words = sys.argv[1:]
connection = socket.socket(socket.AF_UNIX)
connection.connect(place)
folder = os.getcwd()  # noqa: PTH109 -- pathlib takes as long to load as all the rest
request = json.dumps({"words": words, "cwd": folder, "env": dict(os.environ)}).encode("utf-8", "surrogateescape")
socket.send_fds(connection, [len(request).to_bytes(8, "big")], [0, 1, 2])
connection.sendall(request)
answers = connection.makefile("r", encoding="ascii")
process = int(answers.readline())


def pass_on(number: int, _frame: object) -> None:
    """Send a signal to the process."""
    os.kill(process, number)


for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(each, pass_on)
code = int(answers.readline())
if code < 0:
    signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
os._exit(code)  # nothing here has anything to end
