"""MLflow's attempts of one event all have the timestamp, and so the signature, of the first one."""

from product import started

with started("mlflow/noauth.toml") as product:
    product.receiver.answers(503)
    assert product.send("POST", "/api/2.0/mlflow/registered-models/create", {"name": "attempts"}).status == 200
    attempts = product.receiver.rest(8.0)
    first, last = attempts[0], attempts[-1]
    print(len(attempts), "attempts in", round(last.at - first.at, 1), "s:", last.headers["x-mlflow-timestamp"])
    assert len(attempts) == 4
    assert last.at - first.at > 4
    assert {event.headers["x-mlflow-timestamp"] for event in attempts} == {first.headers["x-mlflow-timestamp"]}
