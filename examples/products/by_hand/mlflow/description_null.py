"""MLflow's event has null for a description that is an empty text, in the request and in the answer."""

from product import started

with started("mlflow/noauth.toml") as product:
    names = {name: product.setup[key] for name, key in (("name", "model"), ("source", "source"), ("run_id", "run"))}
    answer = product.send("POST", "/api/2.0/mlflow/model-versions/create", {**names, "description": ""})
    events = [event.json["data"]["description"] for event in product.receiver.rest()]
    print(answer.json["model_version"]["description"], events)
    assert answer.json["model_version"]["description"] == ""
    assert events == [None]
