"""MLflow loses an event that waits for its next attempt when SIGTERM comes: the attempt is never made."""

from product import started

with started("mlflow/noauth.toml", fresh=True) as product:
    product.receiver.answers(503)
    assert product.send("POST", "/api/2.0/mlflow/registered-models/create", {"name": "lost"}).status == 200
    while len(product.receiver.events) < 2:  # The first attempt is repeated at once, the next one comes seconds later.
        product.receiver.rest(0.1)
    product.process.terminate()
    product.process.wait(60)
    product.receiver.answers(200)
    before = len(product.receiver.events)
    after = len(product.receiver.rest(20.0)) - before
    print(before, "attempts before the end,", after, "after it")
    assert after == 0
