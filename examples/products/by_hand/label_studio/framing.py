"""Label Studio's server executes a message that is cut off, or has two lengths (RFC 9112, 6.3 and 8: refuse it)."""

import socket
import time

from product import TOKEN, started

with started("label-studio/bothends.toml") as product:
    path, body = f"/api/projects/{product.setup['project']}/", b'{"title": "text"}'
    head = f"PATCH {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    head += f"Authorization: {TOKEN['Authorization']}\r\n"
    for lengths in (("40",), ("17", "40"), ("17, 40",), ("17", "16"), ("+17",)):
        lines = "".join(f"Content-Length: {length}\r\n" for length in lengths)
        status = product.send_bytes(f"{head}{lines}Connection: close\r\n\r\n".encode() + body)
        events = [event.json["action"] for event in product.receiver.rest()]
        print("Content-Length:", lengths, "of 17 bytes ->", status, events)
        assert status == 200
        assert events == ["PROJECT_UPDATED"]
        product.receiver.events.clear()
    # So is one whose sender waits for longer than anybody would read, and goes.
    with socket.create_connection(("127.0.0.1", product.port)) as client:
        client.sendall(f"{head}Content-Length: 40\r\n\r\n".encode() + body)
        time.sleep(3)
    assert [event.json["action"] for event in product.receiver.rest()] == ["PROJECT_UPDATED"]
    product.receiver.events.clear()
    # Nor is a chunked message read, so it is executed wherever it ends.
    cut = f"{head}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n11\r\n".encode() + body[:5]
    assert product.send_bytes(cut) == 200
    assert [event.json["action"] for event in product.receiver.rest()] == ["PROJECT_UPDATED"]
    # Without Host, which RFC 9112, 3.2, has refused, it is executed too.
    no_host = head.replace("Host: x\r\n", "") + "Content-Length: 17\r\nConnection: close\r\n\r\n"
    assert product.send_bytes(no_host.encode() + body) == 200
