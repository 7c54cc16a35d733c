"""Reads workflows that come with an OpenAPI document: what their steps send, and which answer a value is of.

Source: Arazzo Specification 1.0.1. Of a workflow, bothends takes the order of its steps and their values; what decides
at the time of a run, such as a condition in JSONPath, it does not evaluate. All that is left out is told as a fault.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from bothends.contract.messages import as_text, is_json, read_expression
from bothends.contract.operations.workflow_criteria import SUCCESSES, Criteria, read_criteria
from bothends.errors import ContractError, did_you_mean, one_of
from bothends.records import MISSING, join, resolve, split

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bothends.contract.openapi import OperationPlace
    from bothends.documents import Place

_VERSION = re.compile(r"1\.0\.\d+")
_WHOLE = re.compile(r"\$[^\s{}]+|\{\$[^\s{}]+\}")
_EMBEDDED = re.compile(r"\{(\$[^{}]+)\}")
_STEPS = re.compile(r"\$steps\.([^.#]+)\.outputs\.([^#]+)")
_WORKFLOWS = re.compile(r"\$workflows\.([^.#]+)\.outputs\.([^#]+)")
_OF_SOURCE = re.compile(r"\$sourceDescriptions\.([^.]+)\.(.+)")
_PATH = re.compile(r"\{?\$sourceDescriptions\.([^.}]+)\.url\}?#(/.*)")
_PARAMETER = "$components.parameters."
_ACTION = "$components.successActions."
_INPUT = "$inputs."
_OUTPUT = "$outputs."
Where = tuple[str, str]
"""Where a value stands in a request: the part, and the name or the JSON pointer."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A part of a workflow that is not used.

    Attributes:
        error: What it is, where, and what would be right.
        is_wrong: Whether it is a mistake; else it is right, and bothends has no use for it.
    """

    error: ContractError
    is_wrong: bool


@dataclass(frozen=True, slots=True)
class Given:
    """A value of the exchange of an earlier step.

    Attributes:
        step: The place of the step in its workflow.
        text: What of its exchange, as a link says it.
    """

    step: int
    text: str


@dataclass(frozen=True, slots=True)
class WorkflowStep:
    """A step of a workflow: a request of one operation.

    Attributes:
        place: Where it stands.
        operation: Its operation.
        values: The values in its request that answers to earlier steps give.
        parameters: The constant values of its parameters.
        body: The constants in its JSON body; MISSING: there are none.
        criteria: When it has succeeded.
        branches: Whether something chooses what comes after it.
    """

    place: Place
    operation: OperationPlace
    values: tuple[tuple[Where, Given], ...] = ()
    parameters: Mapping[Where, str] = field(default_factory=dict)
    body: Any = MISSING
    criteria: Criteria = field(default_factory=Criteria)
    branches: bool = False

    @property
    def succeeds(self) -> bool:
        """Whether it is a success that it waits for, and no refusal."""
        return bool(self.criteria.statuses & SUCCESSES)


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow, with the steps of those that it calls, and of those that come before it.

    Attributes:
        name: Its `workflowId`.
        steps: Its steps, in order.
    """

    name: str
    steps: tuple[WorkflowStep, ...]


@dataclass(slots=True)
class Workflows:
    """The workflows that come with a document.

    Attributes:
        every: All of them.
        faults: What of them is not used.
    """

    every: list[Workflow] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def tell(self, error: ContractError, *, is_wrong: bool = False) -> None:
        """Add what is not used, once."""
        if not any((each.error.where, each.error.problem) == (error.where, error.problem) for each in self.faults):
            self.faults.append(Fault(error, is_wrong))


def read_workflows(documents: Sequence[Place], operations: Sequence[OperationPlace], spec: str) -> Workflows:
    """Return the workflows of Arazzo documents.

    Args:
        documents: The documents.
        operations: The operations of the OpenAPI document.
        spec: The name of its file.
    """
    found = Workflows()
    for root in documents:
        try:
            _Reader(root, operations, spec, found).read()
        except ContractError as error:
            found.tell(error, is_wrong=True)
    return found


@dataclass(slots=True)
class _Scope:
    """What the expressions of a workflow lead to.

    Attributes:
        inputs: The values of its inputs, as far as they are known.
        steps: The outputs of its steps so far, by the steps' names.
        workflows: The outputs of the workflows that come before it.
        called: The outputs of the workflow that a step calls.
        own: The place of the step whose outputs are read; None: of none.
    """

    inputs: Mapping[str, Any]
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    workflows: dict[str, dict[str, Any]] = field(default_factory=dict)
    called: Mapping[str, Any] = field(default_factory=dict)
    own: int | None = None


class _Reader:
    """Reads one document."""

    def __init__(self, root: Place, operations: Sequence[OperationPlace], spec: str, found: Workflows) -> None:
        self._root = root
        self._operations = operations
        self._found = found
        if not _VERSION.fullmatch(root.text("arazzo")):
            raise root.error("This is no Arazzo document of version 1.0.", expected="arazzo: 1.0.1")
        listed = root.get("workflows")
        self._workflows = {each.text("workflowId"): each for each in (() if listed is None else listed.items())}
        sources = root.get("sourceDescriptions")
        others = [each for each in (() if sources is None else sources.items()) if each.text("type") != "arazzo"]
        named = [each for each in others if unquote(urlsplit(each.text("url")).path).rpartition("/")[2] == spec]
        self._ours = {each.text("name") for each in named or others}
        self._sources = {each.text("name") for each in others}

    def read(self) -> None:
        """Add the workflows of the document."""
        for name, place in self._workflows.items():
            steps: list[WorkflowStep] = []
            try:
                self._play(place, {}, steps, ())
            except ContractError as error:
                self._found.tell(error, is_wrong=True)
                continue
            self._found.every.append(Workflow(name, tuple(steps)))

    def _play(
        self, workflow: Place, inputs: Mapping[str, Any], steps: list[WorkflowStep], under: tuple[str, ...]
    ) -> dict[str, Any]:
        """Add the steps of a workflow; return its outputs."""
        name = workflow.text("workflowId")
        if name in under:
            raise workflow.error(f"The workflow '{name}' leads back to itself.")
        under = (*under, name)
        scope = _Scope({**_defaults(workflow), **{key: each for key, each in inputs.items() if each is not MISSING}})
        for each in _items(workflow, "dependsOn"):
            if (known := self._workflow(each)) is not None:
                scope.workflows[str(each.value)] = self._play(known, {}, steps, under)
        listed = list(_items(workflow, "steps"))
        for number, step in enumerate(listed):
            after = listed[number + 1].text("stepId") if number + 1 < len(listed) else ""
            scope.steps[step.text("stepId")] = self._step(step, workflow, scope, steps, after, under)
        return self._outputs(workflow, scope)

    def _workflow(self, name: Place) -> Place | None:
        """Return the workflow that a name stands for; None, which is told, where it is not of this document."""
        found = self._workflows.get(str(name.value))
        if found is None:
            is_elsewhere = str(name.value).startswith("$sourceDescriptions.")
            problem = (
                f"{name.value} is a workflow of another document, which is not read."
                if is_elsewhere
                else f"There is no workflow '{name.value}'."
            )
            advice = "" if is_elsewhere else did_you_mean(str(name.value), self._workflows)
            self._found.tell(name.error(problem, advice=advice), is_wrong=not is_elsewhere)
        return found

    def _step(  # noqa: PLR0913, PLR0917 -- what it is a part of, and what came before it
        self,
        step: Place,
        workflow: Place,
        scope: _Scope,
        steps: list[WorkflowStep],
        after: str,
        under: tuple[str, ...],
    ) -> dict[str, Any]:
        """Add a step; return its outputs."""
        branches = bool(after) and self._branches(step, workflow, after)
        if "workflowId" in step.mapping():
            called = self._workflow(step.child("workflowId"))
            inputs = {name: self._valued(value, scope) for (_, name), value in self._parameters(step).items()}
            outputs = {} if called is None else self._play(called, inputs, steps, under)
            if branches and steps:
                steps[-1] = replace(steps[-1], branches=True)
            return self._outputs(step, _Scope(scope.inputs, scope.steps, scope.workflows, outputs))
        operation = self._operation(step)
        if operation is None:
            return dict.fromkeys(_names(step, "outputs"), MISSING)
        values: list[tuple[Where, Given]] = []
        parameters: dict[Where, str] = {}
        for where, place in {**self._parameters(workflow), **self._parameters(step)}.items():
            value = self._valued(place, scope)
            if isinstance(value, Given):
                values.append((where, value))
            elif isinstance(value, dict | list):
                self._found.tell(place.error("A parameter that is no text, no number and no boolean is not used."))
            elif value is not MISSING:
                parameters[where] = as_text(value)
        payload = self._payload(step)
        body = MISSING if payload is None else self._split(payload[0], payload[1], scope, "", values)
        own = len(steps)
        criteria = read_criteria(step, self._found.tell)
        steps.append(WorkflowStep(step, operation, tuple(values), parameters, body, criteria, branches))
        return self._outputs(step, _Scope(scope.inputs, scope.steps, scope.workflows, own=own))

    def _branches(self, step: Place, workflow: Place, after: str) -> bool:
        """Return whether something else than the next step may come after one."""
        holder = step.get("onSuccess") or workflow.get("successActions")
        actions = [
            self._referred(each, _ACTION, "successActions") for each in (() if holder is None else holder.items())
        ]
        known = [each.mapping() for each in actions if each is not None]
        to_next = {"type": "goto", "stepId": after}
        if holder is None or all(to_next.items() <= each.items() and not each.get("criteria") for each in known):
            return False
        problem = "What comes after this step depends on its answer: no object is made by steps on both sides of it."
        self._found.tell(holder.error(problem))
        return True

    # The operation of a step.

    def _operation(self, step: Place) -> OperationPlace | None:
        key = "operationId" if "operationId" in step.mapping() else "operationPath"
        text = step.text(key)
        whole = (_OF_SOURCE if key == "operationId" else _PATH).fullmatch(text)
        source, name = (whole[1], whole[2]) if whole is not None else ("", text)
        found = next((each for each in self._operations if name in {each.id, each.place.pointer}), None)
        at = step.child(key) if text else step
        if source and source not in self._sources:
            problem = f"There is no sourceDescription '{source}'."
            self._found.tell(at.error(problem, expected=one_of(sorted(self._sources))), is_wrong=True)
        elif source and source not in self._ours:
            self._found.tell(at.error(f"{text} is an operation of another API, which is not played."))
        elif found is None:
            ids = [each.id for each in self._operations]
            error = at.error(f"There is no operation '{name}' in the OpenAPI document.", advice=did_you_mean(name, ids))
            self._found.tell(error, is_wrong=len(self._sources) == len(self._ours))
        else:
            return found
        return None

    # The values of a step.

    def _parameters(self, holder: Place) -> dict[Where, Place]:
        """Return the value of each parameter of a step or a workflow, by where it stands."""
        found: dict[Where, Place] = {}
        for each in _items(holder, "parameters"):
            place = self._referred(each, _PARAMETER, "parameters")
            if place is None:
                continue
            name = place.text("name")
            value = next((one.child("value") for one in (each, place) if "value" in one.mapping()), None)
            if value is not None:
                found[place.text("in"), name] = value
        return found

    def _referred(self, place: Place, start: str, of: str) -> Place | None:
        """Return what a reusable object refers to; itself where it is none; None, which is told: nothing."""
        if "reference" not in place.mapping():
            return place
        return self._component(place.text("reference"), start, of, place)

    def _component(self, text: str, start: str, of: str, at: Place) -> Place | None:
        name = text.removeprefix(start)
        components = self._root.get("components")
        holder = components.get(of) if components is not None else None
        if holder is None or name not in holder.mapping():
            self._found.tell(at.error(f"{text} leads nowhere."), is_wrong=True)
            return None
        return holder.child(name)

    def _payload(self, step: Place) -> tuple[Any, Place] | None:
        """Return the JSON body of a step as it is written, with its place; None, which is told, where it is none."""
        body = step.get("requestBody")
        if body is None:
            return None
        media_type = body.text("contentType")
        value = body.mapping().get("payload", {})
        at = body.child("payload") if "payload" in body.mapping() else body
        if media_type and not is_json(media_type):
            self._found.tell(at.error(f"A body of {media_type} is not used: bothends puts values into JSON."))
            return None
        if isinstance(value, str) and _WHOLE.fullmatch(value.strip()) is None:
            try:
                value = json.loads(value)
            except ValueError:
                problem = "This body is no JSON as it is written, so no value is put into it."
                self._found.tell(
                    at.error(problem, expected='a mapping, or JSON with expressions in quotes: "{$inputs.x}"')
                )
                return None
        return self._replaced(value.strip() if isinstance(value, str) else value, body), at

    def _replaced(self, value: Any, body: Place) -> Any:
        for each in _items(body, "replacements"):
            pointer, wanted = each.text("target"), each.mapping().get("value")
            if pointer.startswith("/"):
                value = _with(value, split(pointer), wanted)
            else:
                self._found.tell(each.error(f"{pointer} is no JSON pointer: this replacement is not used."))
        return value

    def _split(self, value: Any, at: Place, scope: _Scope, pointer: str, values: list[tuple[Where, Given]]) -> Any:
        """Return the constants of a body, MISSING where there are none; what answers give is added to values."""
        if isinstance(value, dict):
            parts = {key: self._split(each, at, scope, pointer + join(key), values) for key, each in value.items()}
            kept = {key: each for key, each in parts.items() if each is not MISSING}
            return kept if kept or not value else MISSING
        if isinstance(value, list):
            items = [self._split(each, at, scope, pointer + join(str(n)), values) for n, each in enumerate(value)]
            return MISSING if MISSING in items else items
        found = self._of_text(value, at, scope) if isinstance(value, str) else value
        if not isinstance(found, Given):
            return found
        if pointer:
            values.append((("body", pointer), found))
        else:
            self._found.tell(at.error("A whole body that an answer gives is not used: it would leave nothing to vary."))
        return MISSING

    def _valued(self, place: Place, scope: _Scope) -> Any:
        return self._of_text(place.value, place, scope) if isinstance(place.value, str) else place.value

    def _of_text(self, text: str, at: Place, scope: _Scope) -> Any:
        """Return what a text stands for: a constant, a value of an answer, or MISSING where it is not known."""
        if _WHOLE.fullmatch(text):
            return self._expression(text.strip("{}"), at, scope)
        pieces = _EMBEDDED.split(text)
        found = [self._expression(each, at, scope) if n % 2 else each for n, each in enumerate(pieces)]
        if any(each is MISSING for each in found):
            return MISSING
        steps = {each.step for each in found if isinstance(each, Given)}
        if not steps:
            return "".join(map(as_text, found))
        if len(steps) > 1:
            self._found.tell(at.error("A text of the answers to several steps is not used."))
            return MISSING
        texts = (f"{{{each.text}}}" if isinstance(each, Given) else as_text(each) for each in found)
        return Given(steps.pop(), "".join(texts))

    def _expression(self, text: str, at: Place, scope: _Scope) -> Any:
        if scope.own is not None and read_expression(text) is not None:
            return Given(scope.own, text)
        head, _, pointer = text.partition("#")
        if head.startswith(_INPUT):
            return _pointed(scope.inputs.get(head.removeprefix(_INPUT), MISSING), pointer)
        if head.startswith(_OUTPUT):
            return self._output(scope.called, head.removeprefix(_OUTPUT), pointer, at, text)
        if head.startswith(_PARAMETER):
            place = self._component(head, _PARAMETER, "parameters", at)
            return MISSING if place is None else self._valued(place.child("value"), scope)
        for pattern, known in ((_STEPS, scope.steps), (_WORKFLOWS, scope.workflows)):
            match = pattern.fullmatch(head)
            if match is not None and match[1] in known:
                return self._output(known[match[1]], match[2], pointer, at, text)
        self._found.tell(at.error(f"{text} leads to nothing that is there before this step."), is_wrong=True)
        return MISSING

    def _output(self, outputs: Mapping[str, Any], name: str, pointer: str, at: Place, text: str) -> Any:
        if name not in outputs:
            error = at.error(f"{text} names no output.", expected=one_of(list(outputs)) if outputs else "")
            self._found.tell(error, is_wrong=True)
        return _pointed(outputs.get(name, MISSING), pointer)

    def _outputs(self, holder: Place, scope: _Scope) -> dict[str, Any]:
        outputs = holder.get("outputs")
        if outputs is None:
            return {}
        return {name: self._valued(outputs.child(name), scope) for name in outputs.mapping()}


def _items(holder: Place, key: str) -> Iterator[Place]:
    listed = holder.get(key)
    yield from () if listed is None else listed.items()


def _names(holder: Place, key: str) -> list[str]:
    found = holder.get(key)
    return [] if found is None else list(found.mapping())


def _defaults(workflow: Place) -> dict[str, Any]:
    """Return the inputs of a workflow, each with its default; MISSING where it has none."""
    inputs = workflow.get("inputs")
    members = inputs.get("properties") if inputs is not None else None
    found = {} if members is None else {name: members.child(name).follow() for name in members.mapping()}
    return {name: each.mapping().get("default", MISSING) for name, each in found.items()}


def _pointed(value: Any, pointer: str) -> Any:
    """Return what a JSON pointer finds in a value, or says of a value that an answer gives."""
    if not pointer or value is MISSING:
        return value
    if not isinstance(value, Given):
        return resolve(value, pointer)
    whole = value.text if "#" in value.text else f"{value.text}#"
    return Given(value.step, whole + pointer) if read_expression(whole + pointer) is not None else MISSING


def _with(value: Any, keys: Sequence[str], wanted: Any) -> Any:
    """Return a JSON value with another one at a place in it."""
    if not keys:
        return wanted
    if isinstance(value, list) and keys[0].isdecimal():
        place = int(keys[0])
        return [_with(each, keys[1:], wanted) if n == place else each for n, each in enumerate(value)]
    own = value if isinstance(value, dict) else {}
    return {**own, keys[0]: _with(own.get(keys[0]), keys[1:], wanted)}
