"""What the mock is told of its surroundings: by its environment and by setup, as any target is.

`[target.env]` says which variable has which value of the world: `SETTINGS_URL = "{world.settings}"`. Read backwards, it
says what the environment tells. The same holds for the requests of setup: `json = {url = "{world.hooks}/stripe"}`.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from bothends.records import MISSING, split

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bothends.contract.settings import Settings
    from bothends.contract.tables import SetupStep
    from bothends.world import Received

_GAP = re.compile(r"\{\{|\}\}|\{([A-Za-z_][\w.-]*)\}")


def read_back(template: str, text: str) -> dict[str, str]:
    """Return what the names of a template stand for in a text; nothing where the text is none of the template's.

    Args:
        template: A text with `{name}`, and `{{` or `}}` for a brace.
        text: The text.
    """
    names: list[str] = []
    pattern, at = "", 0
    for match in _GAP.finditer(template):
        pattern += re.escape(template[at : match.start()])
        at = match.end()
        if match[1] is None:
            pattern += re.escape(match[0][0])
        else:
            names.append(match[1])
            pattern += "(.*?)"
    found = re.fullmatch(pattern + re.escape(template[at:]), text, re.DOTALL)
    return {} if found is None else dict(zip(names, found.groups(), strict=True))


class Surroundings:
    """What is known of the world.

    Args:
        settings: The settings.
        environment: The environment's variables.
        given: What the caller says, by name: `world.hooks`.
    """

    def __init__(self, settings: Settings, environment: Mapping[str, str], given: Mapping[str, str]) -> None:
        self._settings = settings
        self._steps = settings.target.setup.steps
        self._known: dict[str, str] = dict(_of_settings(settings))
        for name, template in settings.target.env.items():
            if environment.get(name):
                self._known |= read_back(template, environment[name])
        self._known |= given
        self._learnt: dict[str, str] = {}
        self._heard: set[str] = set()
        self.yielded: dict[str, Any] = {}

    def get(self, name: str) -> str:
        """Return the value of a name, such as `world.hooks`; empty: it is not known."""
        return self._known.get(name, "")

    def tell(self, given: Mapping[str, str]) -> None:
        """Take what the caller says, by name: `world.hooks`."""
        self._known |= given
        self._learnt |= given
        self._heard.difference_update(given)

    @property
    def given(self) -> frozenset[str]:
        """The values that the user gives: by the settings, the environment, or a call; and no request."""
        return frozenset(text for name, text in self._known.items() if name not in self._heard)

    @property
    def host(self) -> str:
        """The host of the world's services, as the settings have it: what a world puts into requests leads there."""
        return self._settings.world.host

    def take_over(self, before: Surroundings, without: Iterable[str] = ()) -> None:
        """Take what was told or asked for meanwhile, without the names of what holds no longer."""
        left = frozenset(without)
        self.tell({name: text for name, text in before._learnt.items() if name not in left})
        self._heard |= before._heard - left
        self.yielded = before.yielded

    def numbered(self, name: str) -> list[str]:
        """Return the values of a name that may have several: `world.hooks.secret`, `world.hooks.secret_2`."""
        found = [self.get(name), *(self.get(f"{name}_{number}") for number in range(2, 10))]
        return [each for each in found if each]

    def step_of(self, message: Received) -> SetupStep | None:
        """Return the step of setup that a request is; None: it is none."""
        for step in self._steps:
            path = urlsplit(step.path).path
            if step.method == message.method and (path == message.path or _is_of(path, message.path)):
                return step
        return None

    def learn(self, step: SetupStep, message: Received) -> None:
        """Take what a request of setup tells."""
        self._learn(urlsplit(step.path).query, message.query)
        for name, template in step.headers.items():
            self._learn(template, message.header(name.lower()) or "")
        if step.json is not MISSING:
            try:
                self._learn(step.json, json.loads(message.body or b""))
            except ValueError:
                return
        elif step.form is not None:
            self._learn(dict(step.form), dict(parse_qsl((message.body or b"").decode("utf-8", "replace"))))

    def result(self, step: SetupStep, token: str) -> tuple[int, Any, list[tuple[str, str]]]:
        """Return what answers a request of setup: its status, body and headers, with the values that it takes.

        Args:
            step: The step.
            token: A text for values that are asked for.
        """
        status = step.status[0] if step.status else 200
        body: Any = MISSING
        headers: list[tuple[str, str]] = []
        for name, take in step.take.items():
            value = self.yielded.setdefault(name, f"{name}-{token}")
            self.tell({f"setup.{name}": str(value)})
            if take.part == "header":
                headers.append((take.name, value))
            elif take.part == "cookie":
                headers.append(("Set-Cookie", f"{take.name}={value}"))
            else:
                body = _put(body, split(take.name), value)
        return status, body, headers

    def _learn(self, template: Any, value: Any) -> None:
        if isinstance(template, dict) and isinstance(value, dict):
            for key, each in template.items():
                self._learn(each, value.get(key))
        elif isinstance(template, list) and isinstance(value, list):
            for each, item in zip(template, value, strict=False):
                self._learn(each, item)
        elif isinstance(template, str) and isinstance(value, str):
            found = read_back(template, value)
            heard = {name: text for name, text in found.items() if name.startswith("world.")}
            # What the user gave is no hearsay because a request says the same.
            hearsay = {name for name, text in heard.items() if name in self._heard or self._known.get(name) != text}
            self.tell(heard)
            self._heard |= hearsay


def _is_of(template: str, path: str) -> bool:
    return "{" in template and bool(read_back(template, path))


def _of_settings(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield what the settings themselves fix: ports, and the paths of what listens on them."""
    world = settings.world
    host = f"[{world.host}]" if ":" in world.host else world.host
    for name, upstream in world.upstreams.items():
        if upstream.port is not None:
            yield f"world.{name}", f"http://{host}:{upstream.port}{upstream.path}"
    for name, ingest in world.ingests.items():
        if ingest.port is not None:
            yield f"world.{name}", f"{'https' if ingest.tls else 'http'}://{host}:{ingest.port}{ingest.path}"
        if ingest.event_key is not None:
            yield f"world.{name}.event_key", ingest.event_key
            if name == "ingest":
                yield "world.event_key", ingest.event_key
    yield "world.upstream_timeout_ms", str(world.upstream_timeout_ms)


def _put(body: Any, keys: list[str], value: Any) -> Any:
    if not keys:
        return value
    holder = body if isinstance(body, dict) else {}
    return {**holder, keys[0]: _put(holder.get(keys[0], MISSING), keys[1:], value)}
