"""The tool that explains: a finding or a run in more detail, and what a name of bothends means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.agents.commands import run
from bothends.agents.project import word
from bothends.agents.runs import FailedError, is_finding, last_run, report_of_last
from bothends.agents.sizes import as_text, harmless, page_of
from bothends.agents.tools import CONFIG, PAGE, object_of, tool
from bothends.agents.views import DETAILS, FINDING, RUN, finding_view
from bothends.errors import ContractError, did_you_mean, one_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.agents.tools import Call

_OF_A_RUN = ("log", "notes", "answers", "events", "laws", "pacts", "coverage", "known", "groups")


@tool(
    "explain",
    "Explain a finding of the last runs by its id: what the contract promises, what happened, the smallest request as "
    "a curl line, the answer, the events. With `detail`, one part of it whole. A law, a rule of lint or of diff, a "
    "family of cases or an extension such as x-from is explained by its name: what it says, and why. Without a name, "
    "the last run, page by page, or with `detail` a part of it, such as the target's log.",
    takes={
        "name": {
            "type": "string",
            "description": "id of a finding, or the name of a law, rule, family or extension (default: the last run)",
        },
        "detail": {
            "type": "string",
            "description": f"of a finding: {', '.join(DETAILS)}; of a run: {', '.join(_OF_A_RUN)}",
        },
        "page": PAGE,
        "config": CONFIG,
    },
    gives=object_of(
        {
            "finding": FINDING,
            "run": RUN,
            "text": {"type": "string"},
            "page": {"type": "number"},
            "pages": {"type": "number"},
        }
    ),
    reads_only=True,
)
async def explain(call: Call) -> dict[str, Any]:
    """Return what is known by a name."""
    name, detail = call.arguments.get("name", ""), call.arguments.get("detail", "")
    if not name:
        await call.kept.settled()
        return _part(report_of_last(call), detail, _OF_A_RUN, call.page) if detail else {"run": last_run(call)}
    found = call.kept.finding(name.rpartition("/")[2]) if is_finding(name) else None
    if found is not None:
        if detail:
            return _part(found, detail, DETAILS, call.page)
        return {"finding": finding_view(found)}
    words = ["explain", word(name, "name"), *call.project.words(call.arguments.get("config"))]
    ended = await run(words, call.project.folder)
    if ended.code:
        raise FailedError(ended)
    more = "\nThis server has not seen it: replay shows its request and its answer.\n" if is_finding(name) else ""
    return _text(harmless(ended.out + more), call.page)


def _part(whole: Mapping[str, Any], detail: str, known: tuple[str, ...], page: int) -> dict[str, Any]:
    """Return a page of one part of a report; that there is no such part or page is a `ContractError`."""
    if detail not in known:
        problem = f"detail: {detail!r} is no part that can be shown."
        raise ContractError(problem, expected=one_of(known), advice=did_you_mean(detail, known))
    return _text("\n".join(_lines(harmless(whole[detail]))), page)


def _lines(value: Any) -> Iterator[str]:
    """Yield a JSON value as lines without its quotation marks, each of which would be two bytes in a result."""
    if isinstance(value, list):
        for one in value:
            first, *rest = [*_lines(one)] or [""]
            yield f"- {first}"
            yield from (f"  {line}" for line in rest)
    elif isinstance(value, dict) and not any(isinstance(one, dict | list) for one in value.values()):
        yield ", ".join(f"{name}: {as_text(one) if not isinstance(one, str) else one}" for name, one in value.items())
    elif isinstance(value, dict):
        for name, one in value.items():
            lines = list(_lines(one))
            if len(lines) == 1 and not isinstance(one, list):
                yield f"{name}: {lines[0]}"
            else:
                yield f"{name}:"
                yield from (f"  {line}" for line in lines)
    else:
        yield value if isinstance(value, str) else as_text(value)


def _text(text: str, page: int) -> dict[str, Any]:
    shown, pages = page_of(text, page)
    return {"text": shown, "page": page, "pages": pages}
