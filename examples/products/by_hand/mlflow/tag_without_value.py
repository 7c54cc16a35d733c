"""MLflow sets a tag without its value, which its documentation requires: 200, an empty value, and an event of it."""

from product import started

with started("mlflow/noauth.toml") as product:
    tag = {"name": product.setup["model"], "version": "1", "key": "no-value"}
    answer = product.send("POST", "/api/2.0/mlflow/model-versions/set-tag", tag)
    events = [event.json for event in product.receiver.rest()]
    print(answer.status, events)
    assert answer.status == 200, answer
    assert [event["data"] for event in events] == [{**tag, "value": ""}]
