"""MLflow answers 200 to the deletion of a tag that does not exist, and sends an event of a deletion."""

from product import started

with started("mlflow/noauth.toml") as product:
    tag = {"name": product.setup["model"], "version": "1", "key": "never-set"}
    answer = product.send("DELETE", "/api/2.0/mlflow/model-versions/delete-tag", tag)
    events = [event.json for event in product.receiver.rest()]
    print(answer.status, events)
    assert answer.status == 200, answer
    assert [(event["action"], event["data"]) for event in events] == [("deleted", tag)]
