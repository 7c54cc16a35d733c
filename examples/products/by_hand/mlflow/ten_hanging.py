"""MLflow delivers no event to anybody while ten deliveries hang: they share ten threads, each for minutes."""

import time

from product import SECRET, started

API = "/api/2.0/mlflow"

with started("mlflow/noauth.toml", fresh=True) as product:
    hook = {"name": "tags", "url": f"{product.receiver.url}/other", "secret": SECRET}
    events = [{"entity": "MODEL_VERSION_TAG", "action": "SET"}]
    assert product.send("POST", f"{API}/webhooks", {**hook, "events": events}).status == 200
    product.receiver.answers(200, after=5, path="/mlflow")
    for number in range(10):
        assert product.send("POST", f"{API}/registered-models/create", {"name": f"hanging-{number}"}).status == 200
    began = time.monotonic()
    tag = {"name": product.setup["model"], "version": "1", "key": "k", "value": "v"}
    assert product.send("POST", f"{API}/model-versions/set-tag", tag).status == 200
    while not (other := [event for event in product.receiver.events if event.path == "/other"]):
        time.sleep(0.1)
        assert time.monotonic() - began < 120
    print(f"the event of another receiver came after {other[0].at - began:.1f} s")
    assert other[0].at - began > 3
