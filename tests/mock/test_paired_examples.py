"""Examples of one name belong together: a request that is one of them has the refusal of that name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from bothends.mock import serving

if TYPE_CHECKING:
    from pathlib import Path

SPEC = """
openapi: 3.1.0
info: {title: Names, version: '1'}
paths:
  /names:
    post:
      requestBody:
        content:
          application/json:
            schema: {type: object, required: [name], properties: {name: {type: string}}}
            examples: {free: {value: {name: ada}}, taken: {value: {name: bob}}, long: {value: {name: cleopatra}}}
      responses:
        '201':
          description: It is yours.
          headers: {Location: {schema: {type: string}}}
          content: {application/json: {schema: {type: object}, examples: {free: {value: {name: ada}}}}}
        '409':
          description: It is somebody else's.
          content: {application/json: {schema: {type: object}, examples: {taken: {value: {owner: bob}}}}}
        '422':
          description: It is too long.
          content: {application/json: {schema: {type: object}, examples: {long: {value: {most: 8}}}}}
  /names/{name}/give:
    parameters:
      - name: name
        in: path
        required: true
        schema: {type: string}
        examples: {own: {value: ada}, gone: {value: dora}}
    post:
      responses:
        '204': {description: Given.}
        '404': {description: There is none.}
        '410':
          description: It was there.
          content: {application/json: {schema: {type: object}, examples: {gone: {value: {since: 2024}}}}}
"""


def test_a_request_that_is_an_example_has_the_refusal_of_its_name(tmp_path: Path) -> None:
    """Of those that tell of a state; a request that is wrong by the contract's own word has its family."""
    (tmp_path / "openapi.yaml").write_text(SPEC, "utf-8")
    with serving(tmp_path / "bothends.toml") as served:
        asked = [httpx.post(f"{served.url}/names", json={"name": name}) for name in ("ada", "bob", "cleopatra")]
        assert [201, 409, 201] == [answer.status_code for answer in asked]
        assert {"owner": "bob"} == asked[1].json()
        given = [httpx.post(f"{served.url}/names/{name}/give") for name in ("ada", "dora", "emil")]
        assert [204, 410, 404] == [answer.status_code for answer in given]
        assert {"since": 2024} == given[1].json()
