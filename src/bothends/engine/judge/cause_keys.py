"""Of which cause a breach is: one that is there already, or a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.engine.judge.groups import Key
from bothends.laws import NAMED_VARIETIES
from bothends.records import are_alike

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bothends.engine.judge.groups import FindingGroup
    from bothends.records import Breach, Instance


MOST_VARIETIES = 4
"""Varieties in which one cause is told by what answers say: those that say something else each time tell nothing apart.

What is known by a name, such as a body that is too large, is told however many there are.
"""


class CauseKeys:
    """The keys of the causes of a run. An instance is of one cause, whatever its request is answered later."""

    def __init__(self, accepts: Callable[[Breach, Instance], bool], groups: Mapping[Key, FindingGroup]) -> None:
        self._accepts = accepts  # whether an instance is known beforehand, and breaks nothing
        self._groups = groups  # those that are found; others are added to them later
        self._accepted: dict[str, bool] = {}
        self._varieties: dict[tuple[Key, str], str] = {}

    def key_of(self, breach: Breach, instance: Instance) -> Key:
        """Return the key of the cause of a breach."""
        cause = Key(breach.law, breach.cause, instance.operation, self.is_accepted(breach, instance))
        known = self._varieties.get((cause, instance.id))
        if known is None:
            near = self._near(cause._replace(variety=breach.variety))
            known = self._varieties[cause, instance.id] = near.variety
        return cause._replace(variety=known)

    def is_accepted(self, breach: Breach, instance: Instance) -> bool:
        """Return whether an instance is known beforehand; what is said of it once stays so for the run."""
        known = self._accepted.get(instance.id)
        if known is None:
            known = self._accepted[instance.id] = self._accepts(breach, instance)
        return known

    def renamed(self, groups: Iterable[FindingGroup]) -> tuple[FindingGroup, ...]:
        """Return the causes of another part of the run by the keys that they have here."""
        groups = tuple(groups)
        keys: dict[Key, Key] = {}
        for group in groups:
            near = [one for one in self._groups.values() if one.key.whatever_variety == group.key.whatever_variety]
            has_it = next((one.key for one in near if group.finding.id in one.instances), None)
            keys[group.key] = self._near(group.key) if has_it is None else has_it
        for group in groups:
            group.rename(keys)
            elsewhere = {
                instance
                for key, one in self._groups.items()
                if key != group.key and key.whatever_variety == group.key.whatever_variety
                for instance in one.instances
            }
            group.instances = {name: one for name, one in group.instances.items() if name not in elsewhere}
        return groups

    def _near(self, key: Key) -> Key:
        """Return the key of the group that has a cause in this variety, or in one that is like it; else the key."""
        there = [one for one in self._groups if one.whatever_variety == key.whatever_variety]
        known = [one for one in there if one.variety and are_alike(one.variety, key.variety)]
        like = known if key.variety else there
        if like:
            return like[0]
        in_words = [one for one in there if one.variety not in NAMED_VARIETIES]
        is_one_more = key.variety not in NAMED_VARIETIES and len(in_words) >= MOST_VARIETIES
        return in_words[0] if is_one_more else key
