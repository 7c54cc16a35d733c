"""Which pacts a run verifies, and which of their interactions: all that is wrong in them is told before the run."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.cases import PACT, admitted_request
from bothends.contract.messages import is_json
from bothends.engine.play import manual_case
from bothends.errors import ContractError
from bothends.pacts import (
    check_expressions,
    conditions,
    is_left_out,
    operation_of,
    part_played,
    read_pacts,
    request_of,
    with_media_type,
    wrapped_media_type,
)
from bothends.records import MISSING, Case, Condition, Expectation, NotProven, Request
from bothends.world import INGEST, Reply

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bothends.cases import Asked, Selector
    from bothends.contract import Contract, Operation
    from bothends.pacts import Interaction, Pact
    from bothends.records import Exchange


# Cases that verify an interaction: the request that is sent, the state of the world, what is expected.

# They say how an answer is framed on one connection, which the sender of the message decides.
_FRAMING = frozenset({"content-length", "transfer-encoding", "connection", "keep-alive"})

_MEDIA_TYPE_NAMES = ("contenttype", "content-type")
_JSON = "application/json"
_SAYS_JSON = re.compile(r"application/json(\s*;\s*charset=\"?utf-?8\"?)?", re.IGNORECASE)
_WORD = re.compile(r"[\w.-]+")


def label(pact: Pact, interaction: Interaction) -> str:
    """Return what `--only pact/…` calls an interaction: `FILE/DESCRIPTION`."""
    return f"{pact.file.stem}/{interaction.description}"


def asks_a_part(pact: Pact, interaction: Interaction, contract: Contract) -> bool:
    """Return whether an interaction is a request, and no message, that the target makes of a part of the world."""
    return interaction.kind == "http" and part_played(pact, contract.settings.world) is not None


class PactCases:
    """Makes the cases of a contract's pacts."""

    def __init__(self, contract: Contract) -> None:
        """Take the contract."""
        self._contract = contract
        self._parts = (*contract.settings.world.upstreams, INGEST)

    def case(self, pact: Pact, interaction: Interaction, request: Request | None = None) -> Case:
        """Return the case of an interaction; the target is asked by the request, None: by the pact's example.

        Raises:
            ContractError: The world can't be put into a state that it names, or it is unknown what triggers it.
        """
        given = conditions(pact, interaction, self._contract)
        if asks_a_part(pact, interaction, self._contract):
            case = self._triggered(pact, interaction, self._promising(pact, interaction, given))
        elif interaction.kind == "message":
            case = self._triggered(pact, interaction, given)
        else:
            case = self._asked(interaction, with_media_type(interaction, request or request_of(interaction)), given)
        return replace(case, family=PACT, name=label(pact, interaction))

    def sent(self, pact: Pact, exchange: Exchange) -> list[Request]:
        """Return what the target sent to the pact's provider in an exchange, repetitions of the same left out."""
        if pact.provider != INGEST:
            calls = [(c.request_line.partition(" "), c.headers) for c in exchange.calls if c.upstream == pact.provider]
            return list(dict.fromkeys(Request(method, target, headers) for (method, _, target), headers in calls))
        posts = {d.post: d for d in exchange.deliveries}.values()  # an array of events is one request
        bodies = (b"" if d.payload is None else json.dumps(d.payload).encode() for d in posts)
        return list(
            dict.fromkeys(Request(d.method, d.path, d.headers, body) for d, body in zip(posts, bodies, strict=True))
        )

    def _asked(self, interaction: Interaction, request: Request, given: tuple[Condition, ...]) -> Case:
        operation = operation_of(self._contract, interaction)
        if operation is not None:
            return manual_case(operation, request, given, self._parts)
        # That the spec has no such operation is a disagreement; the answer is the pact's own affair.
        return Case(self._contract.operations[0].id, PACT, "", request, given, Expectation(), exclusive=True)

    def _triggered(self, pact: Pact, interaction: Interaction, given: tuple[Condition, ...]) -> Case:
        operation = self._triggering(pact, interaction)
        request = admitted_request(operation)
        if request is None:
            raise ContractError(
                f"No case triggers {interaction.description!r}: no request is known that {operation.id} must accept",
                where=pact.location(interaction.pointer),
                advice="Give the request's body an example in the spec",
            )
        return manual_case(operation, request, given, self._parts)

    def _promising(self, pact: Pact, interaction: Interaction, given: tuple[Condition, ...]) -> tuple[Condition, ...]:
        """Take the provider's own state out, and put in what its promised answer amounts to."""
        others = tuple(condition for condition in given if condition.subject != pact.provider)
        if interaction.status < HTTPStatus.BAD_REQUEST:
            return others
        return (*others, Condition.of("answers-status", pact.provider, status=interaction.status))

    def _triggering(self, pact: Pact, interaction: Interaction) -> Operation:
        """Return the operation whose request triggers the interaction.

        With several that send events, the description names one by its ID.
        """
        sending = [o for o in self._contract.operations if o.events] or list(self._contract.operations)
        words = _WORD.findall(interaction.description)
        if len(sending) == 1:
            return sending[0]
        # An ID that is no word (`POST /orders`: the operation has none of its own) is found as a text.
        texts = [o.id for o in sending if not _WORD.fullmatch(o.id) and o.id in interaction.description]
        named = [o for o in sending if o.id in words or o.id == max(texts, key=len, default="")]
        if len(named) != 1:
            raise ContractError(
                f"It is unknown which operation triggers {interaction.description!r}",
                where=pact.location(interaction.pointer),
                expected=f"one of {', '.join(o.id for o in sending)} in its description",
            )
        return named[0]


def promised(interaction: Interaction) -> Reply:
    """Return the answer that an interaction promises, as a part of the world gives it."""
    body = interaction.response_body
    media_type = interaction.response_media_type
    if body is MISSING:
        payload = b""
    elif isinstance(body, bytes):
        payload = body
    elif isinstance(body, str) and not (media_type and is_json(media_type)):
        payload = body.encode()
    else:
        payload = json.dumps(body).encode()
    headers = [(name.lower(), value) for name, value in interaction.response_headers if name.lower() not in _FRAMING]
    if media_type is not None and all(name != "content-type" for name, _ in headers):
        headers.append(("content-type", media_type))
    return Reply(interaction.status, tuple(headers), payload)


def beside_others(interaction: Interaction, headers: Iterable[tuple[str, str]] = ()) -> tuple[str, dict[str, str]]:
    """Return what a consumer is told beside a message: its media type, and its metadata by the names of the pact.

    Tools write the type as `contentType`, `content-type` or `Content-Type`, and some with a charset: JSON is UTF-8
    anyhow (RFC 8259, section 8.1). All other metadata are headers that the message came with, in lower case.
    """
    told = dict(headers)
    others = {key: told[key.lower()] for key in interaction.metadata if key.lower() in told}
    named = {key: str(value) for key, value in interaction.metadata.items() if key.lower() in _MEDIA_TYPE_NAMES}
    declared = [*named.values(), wrapped_media_type(interaction.value.get("contents"))]
    content_type = next((text for text in declared if text and _SAYS_JSON.fullmatch(text)), _JSON)
    types = {key: value if _SAYS_JSON.fullmatch(value) else _JSON for key, value in named.items()}
    return content_type, {**others, **types}


@dataclass(frozen=True, slots=True)
class Chosen:
    """A pact, and what of it is asked for.

    Attributes:
        pact: The pact.
        interactions: The interactions that are asked for, each with its case.
    """

    pact: Pact
    interactions: tuple[tuple[Interaction, Case], ...]


class PactSelection:
    """The pacts that a run verifies, read.

    Attributes:
        pacts: Each pact with those of its interactions that are asked for.
        not_proven: What is missing for pacts to be verified at all.
        notes: How many interactions are about operations that are not under test, if any is.
    """

    def __init__(self, contract: Contract, only: Selector | None) -> None:
        """Read the folder of pacts, if any is asked for, and make the cases.

        Args:
            contract: Names the folder.
            only: What is asked for: `pact`, `pact/FILE` or `pact/FILE/DESCRIPTION`; None: all.

        Raises:
            ContractError: The folder is not there, a pact can't be read, the world can't be put into a state that
                it names, or none is what was asked for.
        """
        self.pacts: Sequence[Chosen] = ()
        self.not_proven: tuple[NotProven, ...] = ()
        self.notes: tuple[str, ...] = ()
        folder = contract.settings.pacts
        if only is not None and not only.takes(PACT):
            return
        of_pacts = () if only is None else only.of(PACT)
        if folder is None:
            if only is not None and (by_name := only.by_name(PACT)):
                raise by_name[0].unmatched([])
            return
        found = read_pacts(folder)
        check_expressions(found)
        if not found:
            missing = f"There is no *.json file in {folder}. Add a pact, or remove `pacts` from the settings."
            self.not_proven = (NotProven("pacts", missing),)
        for one in of_pacts:
            if one.case is not None and all(_asked_for(pact, (one,)) is None for pact in found):
                raise one.unmatched(_names(found, one.case))
        asked = [(pact, _asked_for(pact, of_pacts)) for pact in found]
        if of_pacts and all(one.case is not None for one in of_pacts):
            asked = [(pact, interactions) for pact, interactions in asked if interactions is not None]
        cases = PactCases(contract)
        tried = [(pact, [i for i in some or () if not is_left_out(contract, pact, i)]) for pact, some in asked]
        self.pacts = [Chosen(pact, tuple((i, cases.case(pact, i)) for i in some)) for pact, some in tried]
        left_out = sum(len(some or ()) for _, some in asked) - sum(len(some) for _, some in tried)
        if left_out:
            are = "interaction of pacts is" if left_out == 1 else "interactions of pacts are"
            self.notes = (f"{left_out:,} {are} about operations that are not under test.",)
        self.not_proven += tuple(nothing_in(chosen.pact) for chosen in self.pacts if not chosen.pact.interactions)


def nothing_in(pact: Pact) -> NotProven:
    """Return what is not proven of a pact without interactions: Pact's own verifier would pass it."""
    return NotProven(f"pact {pact.file.name}", "It has no interactions, so it proves nothing.")


def _asked_for(pact: Pact, asked: Sequence[Asked]) -> tuple[Interaction, ...] | None:
    """Return the interactions that are asked for, all where nothing is said; None when nothing of the pact is."""
    if not asked or any(one.names(name) for one in asked for name in (pact.file.stem, pact.file.name)):
        return pact.interactions
    return tuple(i for i in pact.interactions if any(one.names(label(pact, i)) for one in asked)) or None


def _names(pacts: Sequence[Pact], asked: str) -> list[str]:
    """Return what could have been asked for: interactions of the pact that was named, else pacts."""
    of_file = [label(p, i) for p in pacts if asked.startswith(f"{p.file.stem}/") for i in p.interactions]
    return of_file or [pact.file.stem for pact in pacts]
