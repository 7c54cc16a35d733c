"""The pages of `docs/reference` say what the code says."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest

from bothends.contract.settings import load_settings
from bothends.errors import ContractError
from tests.documents import editors_schema, laws_page, settings_page
from tests.documents.generate import PAGES, REFERENCE

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_its_maker_makes(name: str) -> None:
    """The committed text is what `make docs` writes."""
    assert PAGES[name]() == (REFERENCE / name).read_text("utf-8"), "run `make docs`"


def test_the_schema_for_editors_has_what_the_kinds_say() -> None:
    """The committed file is what `make docs` writes."""
    assert editors_schema.text() == editors_schema.FILE.read_text("utf-8"), "run `make docs`"


def test_all_pages_of_the_reference_are_made() -> None:
    """No page is there that nothing makes."""
    assert sorted(PAGES) == sorted(path.name for path in REFERENCE.iterdir())


def _header(name: str) -> str:
    """Return the line that begins a table; `[[target.setup]]` is one of a list."""
    return f"[[{name}]]\n" if name == "target.setup" else f"[{name}]\n" if name else ""


def test_each_key_that_the_page_names_is_one(tmp_path: Path) -> None:
    """The file's reader knows the keys of the page, and no others: its own error lists them."""
    everywhere = settings_page.keys()
    for table, keys in everywhere.items():
        name = table.replace("NAME", "settings")
        text = 'spec = "openapi.yaml"\n' + _header(name) + "no-such-key = 1\n"
        (tmp_path / "bothends.toml").write_text(text, "utf-8")
        with pytest.raises(ContractError, match="no-such-key") as caught:
            load_settings(tmp_path / "bothends.toml")
        listed = set(re.findall(r"[\w-]+", caught.value.expected)) - {"one", "of", "or"}
        others = [*everywhere, *settings_page.OF_KINDS]
        deeper = {other.removeprefix(f"{table}.").split(".")[0] for other in others if _below(other, table)}
        assert {*keys, *deeper} == listed


def _below(other: str, table: str) -> bool:
    """Whether a table stands in another; all stand in the one without a name."""
    return other != table and (not table or other.startswith(f"{table}."))


def test_what_is_said_to_be_planted_is_there() -> None:
    """The target of each law that names one exists."""
    planted = [text["planted"] for text in laws_page.written().values() if "planted" in text]
    assert [] == [name for name in planted if not (laws_page.PLANTED / name).is_file()]


def test_what_is_written_by_hand_is_toml_of_texts() -> None:
    """Each law has a reason and an example, and nothing that the page does not show."""
    for name, text in tomllib.loads(laws_page.WRITTEN.read_text("utf-8")).items():
        assert {"why", "example"} <= set(text) <= {"why", "example", "planted"}, name
