"""The layers of ARCHITECTURE.md, and the shape of the code, as the imports show them."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

pytestmark = pytest.mark.unmeasured  # sources are read here, not run

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src"
MODULES = sorted((SOURCE / "bothends").rglob("*.py"))
REFERENCE = sorted((ROOT / "reference").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
ROW = re.compile(r"^\| `(?P<part>\w+)` \| may import (?P<others>[^|]*)\|")
ROOM = re.compile(r"^\| `(?P<part>\w+)/(?P<rooms>[\w`, ]+)` \| may import (?P<others>[^|]*)\|")
LONGEST_FILE = 1000
MOST_METHODS = 25
WITHOUT_A_DOOR = {
    "cli": "each command is loaded by itself",
    "contract/fetched": "a client of the standard library, for a spec alone that has a URL",
    "locust_hooks": "to load all needs Locust",
    "reports/blob": "loads what joins the parts of a run",
    "reports/styled": "loads Rich, for a terminal alone",
}
"""What is imported module by module, past no door, and why."""
SCHEMAS_FOLLOWED_IN = {
    "schemas": "the one place",
    "documents": "references lead from a document to another, whatever they are to",
    "contract/openapi/structure.py": "where a document may have a reference, and what may stand beside it",
    "contract/openapi/openapi_32.py": "which parts of a document are new in OpenAPI 3.2",
    "cases/fuzzing/judging.py": "changes the document that Schemathesis is given, as it is written",
    "lint/cases.py": "says where an `allOf` stands",
    "lint/unusable.py": "says which reference leads nowhere",
}
"""Where `$ref` and `allOf` are looked at, and why."""
OTHER_SECONDS = {
    "engine/judge/retries.py": "how long requests are repeated; the machine itself",
    "engine/lifecycle/context.py": "until the target has reached the point at which it is stopped",
    "engine/lifecycle/scenarios.py": "before the target is ready",
    "engine/play/exchange_runner.py": "until a target lets go of an upstream",
    "engine/play/exchanges.py": "after a request without an answer",
    "engine/play/listening.py": "what is read until it shows a change",
    "engine/play/looks.py": "the state of an object that is read",
    "engine/play/pace.py": "nothing: how slow answers are",
    "engine/play/repeater.py": "until a target is at work on a request",
    "engine/play/steps.py": "until a state is met",
    "engine/play/timeouts.py": "answers",
    "engine/run/examine.py": "how long findings are examined",
    "engine/run/head_start.py": "other processes of a run",
    "engine/run/progress.py": "between two lines on a screen",
    "engine/run/restarts.py": "until a target runs again",
    "engine/testbed/machine.py": "between two measurements",
    "engine/testbed/preparation.py": "events of setup, of which there is no exchange, and no contract",
    "engine/testbed/testbed.py": "between starts",
    "engine/tie/past.py": "nothing: how long an exchange may be the cause of an event says whose that is",
    "laws/attempts.py": "nothing: how long another attempt is watched for is what a law judges by",
    "laws/signatures.py": "nothing: how exact a time in a header is",
    "lanes/meeting.py": "what another process has not read yet",
    "locust_hooks/master.py": "processes",
    "locust_hooks/process.py": "processes",
    "locust_hooks/user.py": "processes",
    "locust_hooks/worker.py": "processes",
    "pytest_plugin/turns.py": "the turn of another process",
    "scaffold/events.py": "nothing: by how much an answer comes before an acknowledgement, if it does",
    "scaffold/observation.py": "events of a service of which no contract says so far what it owes",
    "soak/companion.py": "answers under way; messages of the hub",
    "soak/hub.py": "companions",
}
"""Modules that have seconds of their own, beside `engine/play/pending.py`, and what they wait for: not for an event."""
WAITING = re.compile(r"SECONDS|WAIT|LOOK|POLL|PAUSE|QUIET|UNTIL|REST|WATCH|LONGEST_|EARLY|AFTER|TOGETHER|UNSAID|ONCE")
WAITING_PARTS = {
    *("engine", "lanes", "laws", "locust_hooks", "pytest_plugin", "scaffold", "schemathesis_hooks", "soak", "workbench")
}


def dotted(path: Path, root: Path) -> str:
    """Return the module's dotted name; a package has the name of its folder."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the code of a module shows.

    Attributes:
        imports: All that it imports as dotted names, what is imported for type checking included.
        called: The names of all functions and classes that it calls, without what they are of.
        follows_schemas: Whether it looks at `$ref` or `allOf`.
        seconds: Its numbers that look like seconds to wait, and those that it sleeps for.
        methods: How many methods each of its classes has.
    """

    imports: frozenset[str]
    called: frozenset[str]
    follows_schemas: bool
    seconds: frozenset[str]
    methods: Mapping[str, int]


@pytest.fixture(scope="module")
def shown() -> dict[Path, Shown]:
    """Return what each module shows: to parse them all takes a second, and several tests ask."""
    return {path: _shown_by(path) for path in (*MODULES, *REFERENCE)}


def _shown_by(path: Path) -> Shown:
    tree = ast.parse(path.read_text())
    nodes = list(ast.walk(tree))
    return Shown(
        imports=_imported(path, nodes),
        called=_called(nodes),
        follows_schemas=_follows_schemas(nodes),
        seconds=_seconds(tree, nodes),
        methods=_methods(nodes),
    )


def _imported(path: Path, nodes: Sequence[ast.AST]) -> frozenset[str]:
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(found)


def _called(nodes: Sequence[ast.AST]) -> frozenset[str]:
    calls = (node.func for node in nodes if isinstance(node, ast.Call))
    return frozenset(each.attr if isinstance(each, ast.Attribute) else getattr(each, "id", "") for each in calls)


def _follows_schemas(nodes: Sequence[ast.AST]) -> bool:
    written = {id(key) for node in nodes if isinstance(node, ast.Dict) for key in node.keys}
    written |= {id(node.slice) for node in nodes if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)}
    return any(
        isinstance(node, ast.Constant) and node.value in ("$ref", "allOf") and id(node) not in written for node in nodes
    )


def _seconds(tree: ast.Module, nodes: Sequence[ast.AST]) -> frozenset[str]:
    numbers: dict[str, object] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            numbers[ast.unparse(target)] = node.value.value
    found = {name for name, value in numbers.items() if isinstance(value, float) and WAITING.search(name)}
    for call in nodes:
        if isinstance(call, ast.Call) and _called([call]) & {"sleep", "wait_for", "timeout"}:
            inner = [part for argument in call.args for part in ast.walk(argument)]
            found |= {part.id for part in inner if isinstance(part, ast.Name) and part.id in numbers}
            found |= {str(part.value) for part in inner if isinstance(part, ast.Constant) and part.value}
    return frozenset(found)


def _methods(nodes: Sequence[ast.AST]) -> dict[str, int]:
    return {
        node.name: sum(isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) for one in node.body)
        for node in nodes
        if isinstance(node, ast.ClassDef)
    }


def modules_among(names: set[str], imported: frozenset[str]) -> set[str]:
    """Return the modules that are imported: `bothends.errors` for `bothends.errors.TargetError`."""
    return {name if name in names else name.rpartition(".")[0] for name in imported} & names


def sentences() -> dict[str, frozenset[str]]:
    """Return who may import whom, as ARCHITECTURE.md says."""
    rows = (ROW.match(line) for line in (ROOT / "ARCHITECTURE.md").read_text().splitlines())
    return {row["part"]: frozenset(re.findall(r"`(\w+)`", row["others"])) for row in rows if row}


def part_of(name: str) -> str:
    """Return the part that a module belongs to: `bothends.world.faults.hang` is of `world`."""
    return name.split(".")[1] if "." in name else ""


def test_every_part_has_its_sentence() -> None:
    """Each part of the package stands in the table, and the table names no part that is not there."""
    there = {part_of(dotted(path, SOURCE)) for path in MODULES} - {""}
    assert there <= set(sentences())


def test_the_layers_have_an_order() -> None:
    """No two parts may import each other, however indirectly."""
    assert list(TopologicalSorter(sentences()).static_order())


def test_a_module_imports_only_what_its_layer_may(shown: Mapping[Path, Shown]) -> None:
    """A module imports only the parts that its sentence names, and its own; and a sentence names none for nothing."""
    allowed = sentences()
    too_many: dict[str, set[str]] = {}
    needed: dict[str, set[str]] = {}
    for path in MODULES:
        part = part_of(dotted(path, SOURCE))
        imported = {part_of(name) for name in shown[path].imports if name.split(".")[0] == "bothends"}
        too_many[dotted(path, SOURCE)] = imported - allowed.get(part, frozenset()) - {part}
        needed.setdefault(part, set()).update(imported)
    assert {} == {name: parts for name, parts in too_many.items() if parts}
    assert {} == {part: rest for part, others in allowed.items() if (rest := others - needed.get(part, set()))}


def test_nobody_imports_past_a_door(shown: Mapping[Path, Shown]) -> None:
    """Outside a part, and outside a room of one, only what its `__init__` names is imported."""
    packages = {dotted(path, SOURCE) for path in MODULES if path.name == "__init__.py"}
    names = {*sentences(), *rooms()} - WITHOUT_A_DOOR.keys()
    doors = {f"bothends.{name.replace('/', '.')}" for name in names} & packages
    open_ones = {f"bothends.{name.replace('/', '.')}" for name in WITHOUT_A_DOOR}
    past: dict[str, set[str]] = {}
    for path in MODULES:
        name = dotted(path, SOURCE)
        past[name] = {one for one in shown[path].imports if _is_past(one, name, doors, open_ones)}
    assert {} == {name: ones for name, ones in past.items() if ones}


def _is_past(imported: str, by: str, doors: set[str], open_ones: set[str]) -> bool:
    nearest = max((each for each in doors | open_ones if imported.startswith(f"{each}.")), key=len, default="")
    is_foreign = nearest in doors and not f"{by}.".startswith(f"{nearest}.")
    return is_foreign and "." in imported.removeprefix(f"{nearest}.")


def test_schemas_are_followed_in_one_place(shown: Mapping[Path, Shown]) -> None:
    """Nobody else looks at `$ref` or `allOf`; to write them into a schema is another thing."""
    looked = {path.relative_to(SOURCE / "bothends").as_posix() for path in MODULES if shown[path].follows_schemas}
    known = {name for name in looked if {name, name.partition("/")[0]} & SCHEMAS_FOLLOWED_IN.keys()}
    assert set() == looked - known


def test_events_are_waited_for_by_the_seconds_of_one_table(shown: Mapping[Path, Shown]) -> None:
    """Nobody else has a number of seconds for it; who waits for something else stands here with what that is."""
    own = {path.relative_to(SOURCE / "bothends").as_posix(): shown[path].seconds for path in MODULES}
    waiting = {
        name for name, numbers in own.items() if numbers and name.partition("/")[0].removesuffix(".py") in WAITING_PARTS
    }
    assert OTHER_SECONDS.keys() | {"engine/play/pending.py"} == waiting


def test_what_is_under_way_at_once_is_decided_in_one_place() -> None:
    """Nobody else begins exchanges beside each other, but for those that one case has several of."""
    ways = re.compile(r"\b(TaskGroup|create_task|gather|Semaphore)\(")
    rooms = [SOURCE / "bothends" / "engine" / room for room in ("play", "run")]
    users = {path.name for path in MODULES if path.parent in rooms and ways.search(path.read_text())}
    assert {"steps.py", "repeater.py"} == users


def test_texts_of_patterns_are_made_in_one_place() -> None:
    """Nobody else parses a regular expression, or has Hypothesis draw a text that matches one."""
    words = ("sre_parse", "from_regex")
    users = {path for path in MODULES if any(word in path.read_text() for word in words)}
    assert {SOURCE / "bothends" / "schemas" / "patterns.py"} == users


def test_values_that_stand_in_requests_are_changed_in_one_place() -> None:
    """Nobody else writes into the fields of a query or a form that is there, or into the parts of one."""
    users = {path.stem for path in MODULES if re.search(r"\b(quote_plus|with_parts)\b", path.read_text())}
    assert {"request_places", "forms"} == users


@cache
def rooms() -> dict[str, frozenset[str]]:
    """Return which room of a part may import which, as ARCHITECTURE.md says: `engine/play` may `engine/tie`."""
    rows = (ROOM.match(line) for line in (ROOT / "ARCHITECTURE.md").read_text().splitlines())
    return {
        f"{row['part']}/{room}": frozenset(f"{row['part']}/{other}" for other in re.findall(r"`(\w+)`", row["others"]))
        for row in rows
        if row
        for room in re.findall(r"\w+", row["rooms"])
    }


def room_of(name: str) -> str:
    """Return the room that a module belongs to: `bothends.engine.play.sender` is of `engine/play`."""
    room = "/".join(name.split(".")[1:3])
    return room if room in rooms() else ""


def test_a_room_imports_only_what_its_row_names(shown: Mapping[Path, Shown]) -> None:
    """The rooms have an order; a module imports those of its part that its row names, which names none for nothing.

    A part that has rooms has nothing beside them but its `__init__`.
    """
    assert list(TopologicalSorter(rooms()).static_order())
    parts = {room.partition("/")[0] for room in rooms()}
    too_many: dict[str, set[str]] = {}
    needed: dict[str, set[str]] = {room: set() for room in rooms()}
    for path in MODULES:
        name = dotted(path, SOURCE)
        room, part = room_of(name), part_of(name)
        if part not in parts or name == f"bothends.{part}":
            continue
        own = {room_of(other) for other in shown[path].imports if part_of(other) == part} - {"", room}
        assert room, f"{name} is in no room"
        too_many[name] = own - rooms()[room]
        needed[room] |= own
    assert {} == {name: others for name, others in too_many.items() if others}
    assert {} == {room: rest for room, others in rooms().items() if (rest := others - needed[room])}


def test_no_cycles_between_modules(shown: Mapping[Path, Shown]) -> None:
    """The modules can be put in an order in which each imports only earlier ones."""
    names = {dotted(path, SOURCE) for path in MODULES}
    graph = {dotted(path, SOURCE): modules_among(names, shown[path].imports) for path in MODULES}
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"import cycle: {' -> '.join(error.args[1])}")
    assert names == set(order)


def test_files_are_small_and_named_for_what_they_do() -> None:
    """No file is over 1,000 lines, and none is called utils."""
    files = MODULES + REFERENCE + TESTS
    assert [] == [path for path in files if len(path.read_text().splitlines()) > LONGEST_FILE]
    assert [] == [path for path in files if path.stem in {"utils", "util", "helpers", "misc", "common"}]


def test_no_class_has_too_many_methods(shown: Mapping[Path, Shown]) -> None:
    """A class with more than twenty-five methods has two ideas."""
    methods = {
        f"{path.relative_to(SOURCE)}: {name}": count for path in MODULES for name, count in shown[path].methods.items()
    }
    assert {} == {name: count for name, count in methods.items() if count > MOST_METHODS}


def test_harness_and_reference_do_not_know_each_other(shown: Mapping[Path, Shown]) -> None:
    """Neither imports the other: they meet in openapi.yaml and on the wire."""
    assert set() == {name for path in MODULES for name in shown[path].imports if name.split(".")[0] == "reference"}
    assert set() == {name for path in REFERENCE for name in shown[path].imports if name.split(".")[0] == "bothends"}


SPEAKERS: dict[str, set[str]] = {
    "connect_accepted_socket": {"world/http/connections.py"},
    "create_server": set(),
    "create_unix_server": set(),
    "start_server": set(),
    "start_unix_server": set(),
    "HTTPServer": set(),
    "ThreadingHTTPServer": set(),
    "HttpRequestParser": {"world/http/message.py"},
    "HttpResponseParser": {"client/response.py"},
    "sock_connect": {"client/connector.py"},
    # Beside the client: bytes for the one connection of Pact's library, in a process of its own.
    "create_connection": {"client/connector.py", "pacts/library_process.py"},
    # Lines between a run and its lanes, over sockets that the run has made.
    "open_connection": {"lanes/link.py"},
    "open_unix_connection": set(),
    # A spec that has a URL is fetched by the standard library, with its redirects and proxies.
    "build_opener": {"contract/fetched.py"},
    "urlopen": set(),
    # The tests of users send with httpx.
    "AsyncHTTPTransport": {"workbench/clients.py"},
    "HTTPTransport": set(),
    "HTTPConnection": set(),
    "HTTPSConnection": set(),
}
"""The modules that may call what opens a connection, accepts one, or reads what comes over one."""


def test_one_server_one_client_and_one_reader_of_either_side(shown: Mapping[Path, Shown]) -> None:
    """Who needs them in another manner gives them an option."""
    found: dict[str, set[str]] = {name: set() for name in SPEAKERS}
    for path in MODULES:
        for name in shown[path].called & SPEAKERS.keys():
            found[name].add(path.relative_to(SOURCE / "bothends").as_posix())
    assert SPEAKERS == found
