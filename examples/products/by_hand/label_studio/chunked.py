"""Label Studio does not read a chunked body: a valid task is refused as if it had none (RFC 9112, 7.1)."""

import json

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
