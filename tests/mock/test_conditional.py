"""Conditional requests: entity tags and dates as HTTP has them, 304 and 412 where the contract declares them."""

from __future__ import annotations

import re
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import httpx
import pytest

from bothends.mock import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bothends.mock import Served

pytestmark = pytest.mark.measured

SPEC = """\
openapi: 3.1.0
info: {title: Notes, version: '1'}
paths:
  /notes:
    post:
      operationId: addNote
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Text'}}}}
      responses:
        '201':
          description: Added.
          headers: {Location: {schema: {type: string}}, ETag: {$ref: '#/components/headers/ETag'}}
          content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}
    get:
      operationId: listNotes
      responses:
        '200':
          description: All.
          headers: {ETag: {$ref: '#/components/headers/ETag'}}
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Note'}}}}
        '304': {description: Not changed.}
  /notes/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: getNote
      responses:
        '200':
          description: One.
          headers: {ETag: {$ref: '#/components/headers/ETag'}, Last-Modified: {schema: {type: string}}}
          content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}
        '304': {description: Not changed., headers: {ETag: {$ref: '#/components/headers/ETag'}}}
        '404': {description: None.}
    put:
      operationId: putNote
      parameters: [{name: If-Match, in: header, schema: {type: string}}]
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Text'}}}}
      responses:
        '200':
          description: Replaced.
          headers: {ETag: {$ref: '#/components/headers/ETag'}}
          content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}
        '404': {description: None.}
        '412':
          description: It has changed.
          headers: {ETag: {$ref: '#/components/headers/ETag'}}
          content: {application/problem+json: {schema: {type: object, required: [title], properties: {title: {type: string}, detail: {type: string}}}}}
    patch:
      operationId: patchNote
      parameters: [{name: If-Match, in: header, required: true, schema: {type: string}}]
      requestBody: {required: true, content: {application/json: {schema: {type: object}}}}
      responses: {'204': {description: Changed.}, '404': {description: None.}, 4XX: {description: Refused.}, '428': {description: Needed.}}
    delete:
      operationId: dropNote
      responses: {'204': {description: Gone.}, '404': {description: None.}}
  /settings:
    get:
      operationId: getSettings
      responses:
        '200':
          description: All.
          headers: {ETag: {$ref: '#/components/headers/ETag'}}
          content: {application/json: {schema: {type: object, required: [size], properties: {size: {type: integer}}}}}
    put:
      operationId: putSettings
      responses: {'204': {description: Done.}, '412': {description: It has changed.}}
components:
  headers: {ETag: {required: true, schema: {type: string}}}
  schemas:
    Text: {type: object, required: [text], properties: {text: {type: string}, colour: {type: string}}}
    Note:
      type: object
      required: [id, text, made]
      properties: {id: {type: string}, text: {type: string}, colour: {type: string}, made: {type: string, format: date-time}}
"""  # noqa: E501 -- a document
TAG = re.compile(r'"[\x21\x23-\x7e]+"')


@pytest.fixture
def notes(tmp_path: Path) -> Iterator[Served]:
    """Serve the notes."""
    (tmp_path / "openapi.yaml").write_text(SPEC, "utf-8")
    with serving(tmp_path / "bothends.toml") as served:
        yield served


def added(served: Served, text: str = "one") -> tuple[str, str]:
    """Add a note; its URL, and its tag."""
    answer = httpx.post(f"{served.url}/notes", json={"text": text, "colour": "red"})
    assert 201 == answer.status_code
    return served.url + answer.headers["location"], answer.headers["etag"]


def put(url: str, text: str = "two", **headers: str) -> httpx.Response:
    """Replace something; header names have underscores here."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.put(url, json={"text": text}, headers=named)


def test_a_tag_is_quoted_and_stands_for_what_is_served(notes: Served) -> None:
    """Each GET of a note has the same bytes under the same tag, which is that of the answer that added it."""
    url, tag = added(notes)
    first, second = httpx.get(url), httpx.get(url)
    assert TAG.fullmatch(tag)
    assert [tag] * 2 == [each.headers["etag"] for each in (first, second)]
    assert first.content == second.content
    other, other_tag = added(notes)
    assert (True, True) == (tag != other_tag, httpx.get(other).headers["etag"] == other_tag)
    lists = [httpx.get(f"{notes.url}/notes") for _ in range(2)]
    assert (1, 1) == (len({each.content for each in lists}), len({each.headers["etag"] for each in lists}))


def test_a_success_changes_the_tag_and_a_refusal_does_not(notes: Served) -> None:
    """Of the note and of the list; what PUT answers with is what GET then serves."""
    url, tag = added(notes)
    before = httpx.get(f"{notes.url}/notes").headers["etag"]
    refused = httpx.put(url, json={}), put(url, If_Match='"x"')
    assert [422, 412] == [answer.status_code for answer in refused]
    assert (tag, before) == (httpx.get(url).headers["etag"], httpx.get(f"{notes.url}/notes").headers["etag"])
    replaced = put(url)
    now = httpx.get(url)
    assert (now.headers["etag"], now.json()) == (replaced.headers["etag"], replaced.json())
    assert "colour" not in now.json()
    assert tag != now.headers["etag"]
    assert before != httpx.get(f"{notes.url}/notes").headers["etag"]


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ("{tag}", 200),
        ("*", 200),
        ('"a", {tag} , "b"', 200),
        ('"wrong"', 412),
        ("W/{tag}", 412),
        ("{bare}x", 412),
        ('"a","b"', 412),
        ("", 200),
    ],
)
def test_if_match_holds_for_the_tag_alone(notes: Served, condition: str, status: int) -> None:
    """By the strong comparison; 412 says so as the contract has it, with the tag, and nothing is changed."""
    url, tag = added(notes)
    answer = put(url, If_Match=condition.format(tag=tag, bare=tag.strip('"')))
    assert status == answer.status_code
    assert ("two" if status == 200 else "one") == httpx.get(url).json()["text"]
    if status != 200:
        assert ("application/problem+json", tag) == (answer.headers["content-type"], answer.headers["etag"])
        assert "If-Match" in answer.json()["detail"]


def test_a_tag_of_before_is_wrong(notes: Served) -> None:
    """Of two who read the same and write, the second is told."""
    url, tag = added(notes)
    assert [200, 412] == [put(url, If_Match=tag).status_code for _ in range(2)]
    assert 204 == httpx.delete(url).status_code
    assert 404 == put(url, If_Match=tag).status_code


def test_what_is_not_changed_is_not_sent_again(notes: Served) -> None:
    """304 without content, with the tag; weak tags agree; a date counts where there is no tag."""
    url, tag = added(notes)
    date = httpx.get(url).headers["last-modified"]
    assert date.endswith(" GMT")
    assert parsedate_to_datetime(date).timestamp() <= time.time()
    conditions = [
        ({"If-None-Match": tag}, 304),
        ({"If-None-Match": f'"a", W/{tag}'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": '"a"'}, 200),
        ({"If-None-Match": '"a"', "If-Modified-Since": date}, 200),
        ({"If-Modified-Since": date}, 304),
        ({"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}, 200),
        ({"If-Modified-Since": "yesterday"}, 200),
    ]
    answers = [httpx.get(url, headers=headers) for headers, _ in conditions]
    assert [status for _, status in conditions] == [each.status_code for each in answers]
    assert (b"", tag) == (answers[0].content, answers[0].headers["etag"])
    assert 304 == httpx.head(url, headers={"If-None-Match": tag}).status_code
    listed = httpx.get(f"{notes.url}/notes").headers["etag"]
    assert 304 == httpx.get(f"{notes.url}/notes", headers={"If-None-Match": listed}).status_code


def test_a_date_may_be_the_condition_of_a_change(notes: Served) -> None:
    """`If-Unmodified-Since` counts where there is no `If-Match`."""
    url, tag = added(notes)
    old, now = "Thu, 01 Jan 1970 00:00:00 GMT", httpx.get(url).headers["last-modified"]
    assert [412, 200] == [put(url, If_Unmodified_Since=each).status_code for each in (old, now)]
    tag = httpx.get(url).headers["etag"]
    assert [200, 412] == [put(url, If_Unmodified_Since=old, If_Match=each).status_code for each in (tag, '"x"')]
    assert 412 == put(url, If_None_Match="*").status_code


def test_a_condition_that_is_demanded(notes: Served) -> None:
    """Where it is missing, 428 if that is declared; 412 by its range."""
    url, tag = added(notes)
    asked = [
        httpx.patch(url, json={"text": "x"}, headers=each) for each in ({}, {"If-Match": '"a"'}, {"If-Match": tag})
    ]
    assert [428, 412, 204] == [each.status_code for each in asked]


def test_what_declares_no_412_is_not_refused(notes: Served) -> None:
    """A condition is ignored where the contract says nothing of it, and so is one of a request that is refused."""
    url, _ = added(notes)
    assert 204 == httpx.delete(url, headers={"If-Match": '"x"'}).status_code
    assert 404 == httpx.get(url, headers={"If-None-Match": "*"}).status_code


def test_what_is_in_no_collection_has_tags_too(notes: Served) -> None:
    """A resource of which nothing is kept: its representation changes with its tag."""
    url = f"{notes.url}/settings"
    first, again = httpx.get(url), httpx.get(url)
    assert (first.headers["etag"], first.content) == (again.headers["etag"], again.content)
    tag = first.headers["etag"]
    assert [412, 204, 412] == [httpx.put(url, headers={"If-Match": each}).status_code for each in ('"x"', tag, tag)]
    assert tag != httpx.get(url).headers["etag"]


def test_another_contract_is_another_representation(notes: Served, tmp_path: Path) -> None:
    """After an edit, tags of before agree no more: what they stood for is made otherwise."""
    url, tag = added(notes)
    (tmp_path / "openapi.yaml").write_text(SPEC.replace("title: Notes", "title: More notes"), "utf-8")
    notes.reload()
    assert (412, 200) == (
        put(url, If_Match=tag).status_code,
        httpx.get(url, headers={"If-None-Match": tag}).status_code,
    )


@pytest.mark.parametrize(
    ("schema", "form"),
    [
        ("{type: string}", r'"[0-9a-f]{32}"'),
        ("{type: string, pattern: '^W/\"'}", r'W/"[0-9a-f]{32}"'),
        ("{type: string, maxLength: 12}", r'"[0-9a-f]{8}"'),
        ("{type: string, format: uuid}", r"[0-9a-f]{8}-[0-9a-f-]{27}"),
        ("{type: string, pattern: '^[0-9a-f]{32}$'}", r"[0-9a-f]{32}"),
        ("{type: string, const: '\"v1\"'}", r'"v1"'),
    ],
)
def test_the_contract_may_have_its_own_form_of_tags(tmp_path: Path, schema: str, form: str) -> None:
    """A tag is what the schema takes of those that HTTP has; then what the schema takes at all."""
    spec = SPEC.replace(
        "headers: {ETag: {required: true, schema: {type: string}}}",
        f"headers: {{ETag: {{required: true, schema: {schema}}}}}",
    )
    (tmp_path / "openapi.yaml").write_text(spec, "utf-8")
    with serving(tmp_path / "bothends.toml") as served:
        url, tag = added(served)
        assert re.fullmatch(form, tag), tag
        if not tag.startswith("W/") and "v1" not in tag:
            assert [412, 200] == [put(url, If_Match=each).status_code for each in ("wrong", tag)]
