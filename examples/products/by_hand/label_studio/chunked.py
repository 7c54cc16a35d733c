"""Label Studio does not read a chunked body: a valid task is refused as if it had none (RFC 9112, 7.1)."""

import json
import socket

from product import TOKEN, started

with started("label-studio/bothends.toml") as product:
    task = {"project": int(product.setup["project"]), "data": {"text": "chunked"}}
    answer = product.send("POST", "/api/tasks/", body=[json.dumps(task).encode()], headers=TOKEN)
    print("chunked ->", answer.status, answer.text)
    assert answer.status == 400, answer
    assert "This field is required" in answer.text
    assert product.send("POST", "/api/tasks/", task, headers=TOKEN).status == 201
    # A PATCH that is chunked is answered 200, and changes nothing.
    path = f"/api/projects/{task['project']}/"
    answer = product.send("PATCH", path, body=[b'{"title": "by chunks"}'], headers=TOKEN)
    print("PATCH chunked ->", answer.status, answer.json["title"])
    assert answer.status == 200, answer
    assert answer.json["title"] != "by chunks"
    # What it has not read it takes for the next request on the connection: its answer is a page without a head.
    with socket.create_connection(("127.0.0.1", product.port), timeout=60) as connection:
        head = f"PATCH {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        head += f"Authorization: {TOKEN['Authorization']}\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(f"{head}1\r\n{{\r\n0\r\n\r\n".encode())
        answers = b"".join(iter(lambda: connection.recv(65536), b""))
        print(
            "PATCH chunked ->",
            answers.count(b"HTTP/1.1 200"),
            "answer, then",
            answers[answers.find(b"<!DOCTYPE") :][:15],
        )
        assert answers.count(b"HTTP/1.1 ") == 1
        assert b"<!DOCTYPE HTML>" in answers
