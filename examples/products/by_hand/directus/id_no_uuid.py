"""Directus answers 403, "You don't have permission", to an administrator whose new item has an id that is no UUID."""

from product import ADMIN, ALICE, started

with started("directus/bothends.toml") as product:
    for path in ("/items/articles", "/items/checked"):
        for value in ("[]", "{}", "true", "1", '"x"'):
            for caller in (ADMIN, ALICE):
                body = f'{{"title": "x", "id": {value}}}'.encode()
                answer = product.send("POST", path, body=body, headers=caller)
                print(path, value, "->", answer.status, answer.text)
                assert answer.status == 403, answer
                assert "permission" in answer.text
    product.receiver.rest()
