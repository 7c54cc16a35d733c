"""MLflow executes a DELETE whose body is sent as text/plain, which a page of another origin may send.

A POST as text/plain is refused: "Content-Type must be one of ['application/json']".
"""

from product import started

TAGS = "/api/2.0/mlflow/model-versions"

with started("mlflow/noauth.toml") as product:
    tag = {"name": product.setup["model"], "version": "1", "key": "as-text"}
    refused = product.send("POST", f"{TAGS}/set-tag", {**tag, "value": "x"}, headers={"Content-Type": "text/plain"})
    assert refused.status == 400, refused
    assert product.send("POST", f"{TAGS}/set-tag", {**tag, "value": "x"}).status == 200
    answer = product.send("DELETE", f"{TAGS}/delete-tag", tag, headers={"Content-Type": "text/plain"})
    events = [event.json for event in product.receiver.rest()]
    print("DELETE as text/plain ->", answer.status, "events:", [event["action"] for event in events])
    assert answer.status == 200, answer
    assert "as-text" not in product.send("GET", f"{TAGS}/get?name={tag['name']}&version=1").text
    assert [event["action"] for event in events] == ["set", "deleted"]
