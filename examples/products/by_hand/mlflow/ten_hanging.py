"""MLflow delivers no event to anybody while ten deliveries hang: they share ten threads, each for minutes."""

import time

from product import SECRET, started

MODELS = "/api/2.0/mlflow/registered-models"

with started("mlflow/noauth.toml", fresh=True) as product:
    hook = {"name": "tags", "url": f"{product.receiver.url}/other", "secret": SECRET}
    events = [{"entity": "REGISTERED_MODEL_ALIAS", "action": "CREATED"}]
    assert product.send("POST", "/api/2.0/mlflow/webhooks", {**hook, "events": events}).status == 200
    product.receiver.answers(200, after=5, path="/mlflow")
    for number in range(10):
        assert product.send("POST", f"{MODELS}/create", {"name": f"hanging-{number}"}).status == 200
    began = time.monotonic()
    assert product.send("POST", f"{MODELS}/set-tag", {"name": "hanging-0", "key": "k", "value": "v"}).status == 200
    while not (other := [event for event in product.receiver.events if event.path == "/other"]):
        time.sleep(0.1)
        assert time.monotonic() - began < 120
    print(f"the event of another receiver came after {other[0].at - began:.1f} s")
    assert other[0].at - began > 3
