"""Label Studio makes a task and sends its event, and answers 500, if a key of `meta` is half of a surrogate pair."""

from product import TOKEN, started

with started("label-studio/bothends.toml") as product:
    body = f'{{"project": {product.setup["project"]}, "data": {{"text": "x"}}, "meta": {{"\\ud800": 1}}}}'
    answer = product.send("POST", "/api/tasks/", body=body.encode(), headers=TOKEN)
    events = [event.json["tasks"][0]["meta"] for event in product.receiver.rest()]
    print(answer.status, answer.text[:60].split(), events)
    assert answer.status == 500, answer
    assert events == [{"\ud800": 1}]
