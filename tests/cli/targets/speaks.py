"""A target of few words: whatever it is sent, it answers with its argument, or not at all without one."""

import os
import socket
import sys
import threading

ANSWER = sys.argv[1].encode().decode("unicode_escape").encode("latin-1") if len(sys.argv) > 1 else b""


def speak(connection: socket.socket) -> None:
    """Answer what comes, until the other side has had enough."""
    with connection:
        while connection.recv(65536):
            if ANSWER:
                connection.sendall(ANSWER)
                return


with socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=100) as server:
    while True:
        threading.Thread(target=speak, args=server.accept()[:1], daemon=True).start()
