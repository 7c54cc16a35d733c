"""MLflow takes a number, a list or an object for the value of a new model's tag, and stores an empty text."""

from product import started

with started("mlflow/noauth.toml") as product:
    for number, value in enumerate((0, [], {"a": 1})):
        model = {"name": f"tagged-{number}", "tags": [{"key": "k", "value": value}]}
        answer = product.send("POST", "/api/2.0/mlflow/registered-models/create", model)
        events = [event.json["data"]["tags"] for event in product.receiver.rest()]
        print(value, "->", answer.status, answer.json["registered_model"]["tags"], events)
        assert answer.status == 200, answer
        assert answer.json["registered_model"]["tags"] == [{"key": "k", "value": ""}]
        assert events == [{"k": ""}]
        product.receiver.events.clear()
