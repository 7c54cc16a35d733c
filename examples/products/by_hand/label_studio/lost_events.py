"""Label Studio answers 201, and loses the event, when the receiver fails once: there is one attempt."""

from product import TOKEN, started

with started("label-studio/bothends.toml") as product:
    task = {"project": int(product.setup["project"]), "data": {"text": "lost"}}
    product.receiver.answers(503)
    answer = product.send("POST", "/api/tasks/", task, headers=TOKEN)
    product.receiver.rest()
    product.receiver.answers(200)
    attempts = product.receiver.rest(20.0)
    print(answer.status, len(attempts), "attempt")
    assert answer.status == 201, answer
    assert len(attempts) == 1
