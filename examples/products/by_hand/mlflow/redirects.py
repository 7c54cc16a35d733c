"""MLflow follows a redirect of a webhook's receiver to another port, and hands the signature on."""

from product import Receiver, started

CREATE = "/api/2.0/mlflow/registered-models/create"

with started("mlflow/noauth.toml") as product, Receiver() as elsewhere:
    for status in (301, 302, 303, 307, 308):
        elsewhere.events.clear()
        product.receiver.answers(status, location=f"{elsewhere.url}/stolen")
        assert product.send("POST", CREATE, {"name": f"redirected-{status}"}).status == 200
        elsewhere.rest()
        for event in elsewhere.events:
            print(status, event.method, event.path, event.headers.get("x-mlflow-signature"), event.body[:40])
        assert elsewhere.events, status
        assert all("x-mlflow-signature" in event.headers for event in elsewhere.events), status
        # The body goes with it where the method stays.
        assert all(bool(event.body) == (status in {307, 308}) for event in elsewhere.events), status
