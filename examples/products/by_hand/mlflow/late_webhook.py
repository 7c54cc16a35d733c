"""MLflow sends nothing to a webhook that is registered after a first event, for 60 seconds: its list is cached."""

import time

from product import SECRET, started

MODELS = "/api/2.0/mlflow/registered-models/create"

with started("mlflow/noauth.toml", fresh=True) as product:
    # The setup has registered one webhook before the first event. This is another one, for what already has a list.
    hook = {"name": "late", "url": f"{product.receiver.url}/late", "secret": SECRET}
    events = [{"entity": "REGISTERED_MODEL", "action": "CREATED"}]
    assert product.send("POST", "/api/2.0/mlflow/webhooks", {**hook, "events": events}).status == 200
    began = time.monotonic()
    product.receiver.clear()
    for number in range(100):
        assert product.send("POST", MODELS, {"name": f"late-{number}"}).status == 200
        time.sleep(1)
        if any(event.path == "/late" for event in product.receiver.events):
            break
    first = next(event for event in product.receiver.events if event.path == "/late")
    missed = {event.json["data"]["name"] for event in product.receiver.events if event.path == "/mlflow"}
    missed -= {event.json["data"]["name"] for event in product.receiver.events if event.path == "/late"}
    print(f"first event after {first.at - began:.0f} s; missed {len(missed)}")
    assert 30 < first.at - began < 90
    assert len(missed) > 5
