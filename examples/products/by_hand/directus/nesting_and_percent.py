"""Directus answers 500 to 10,000 levels of JSON, and to `%zz` in a path; both are the caller's mistakes."""

from product import ALICE, started

with started("directus/bothends.toml") as product:
    answer = product.send("POST", "/items/articles", body=b"[" * 10_000 + b"]" * 10_000, headers=ALICE)
    print(answer.status, answer.text)
    assert answer.status == 500, answer
    answer = product.send("GET", "/items/%zz", headers=ALICE)
    print(answer.status, answer.text)
    assert answer.status == 500, answer
