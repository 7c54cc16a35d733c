"""Results are cut and parted so that each has its size, whatever is in them, and nothing is lost between two pages."""

from __future__ import annotations

from typing import Any

import pytest

from bothends.agents.sizes import LARGEST_FINDING, LARGEST_RESULT, fitted, harmless, page_of, paged, size_of
from bothends.errors import ContractError

ROWS: dict[str, list[dict[str, Any]]] = {
    "few": [],
    "short": [{"id": str(number)} for number in range(2000)],
    "long": [{"id": str(number), "text": "x" * 5000} for number in range(30)],
    "of another script": [{"id": str(number), "text": "日本語🎈" * 500} for number in range(30)],
    "of escapes": [{"id": str(number), "text": '\x1b"\\\n' * 500} for number in range(30)],
}


@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
def test_pages_have_each_row_once_and_none_is_too_large(rows: list[dict[str, Any]]) -> None:
    """Rows come in their order; what does not fit on a page is on the next one."""
    head = {"verdict": "broken", "notes": ["n" * 9000]}
    first = paged(head, {"rows": rows, "others": rows[:3]}, 1)
    pages = [paged(head, {"rows": rows, "others": rows[:3]}, number) for number in range(1, first["pages"] + 1)]
    assert max(map(size_of, pages)) <= LARGEST_RESULT
    assert [row["id"] for row in rows] == [row["id"] for page in pages for row in page["rows"]]
    assert [row["id"] for row in rows[:3]] == [row["id"] for page in pages for row in page["others"]]
    with pytest.raises(ContractError, match=f"there is no page {len(pages) + 1}"):
        paged(head, {"rows": rows}, len(pages) + 1)


def test_a_value_is_cut_and_what_is_needed_least_is_left_out() -> None:
    """Texts are cut first; then members go, in the order in which they can be spared."""
    value = {"id": "1", "summary": "s" * 9000, "events": ["e" * 900] * 200, "request": ["r" * 900] * 200}
    shown = fitted(value, LARGEST_FINDING, ("events", "request"))
    assert size_of(shown) <= LARGEST_FINDING
    assert ({"id", "summary"}, "1") == (set(shown), shown["id"])
    assert shown["summary"].endswith("... (+8,960 characters)")


def test_a_text_is_parted_into_pages_without_loss() -> None:
    """Together, the pages are the text; what takes more as JSON leaves less room on its page."""
    text = "line of text\n" * 900 + '"' * 5000 + "日本語" * 900
    first, count = page_of(text, 1)
    pages = [page_of(text, number)[0] for number in range(1, count + 1)]
    assert (first, text) == (pages[0], "".join(pages))
    assert max(size_of({"text": page, "page": 99, "pages": 99}) for page in pages) <= LARGEST_FINDING


def test_text_of_a_target_is_text() -> None:
    """Control characters, and what turns text round or is not seen, are escapes; in keys, too."""
    shown = harmless({"\x1b[2J": ["a\u202eb", "\u200bc\nd\x07", 1, None]})
    assert {"\\x1b[2J": ["a\\u202eb", "\\u200bc\nd\\x07", 1, None]} == shown
