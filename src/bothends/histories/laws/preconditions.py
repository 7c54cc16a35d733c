"""The law of preconditions: of two writes that each replace the same state, one is refused."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

from bothends.histories.history import Outcome, WriteKind
from bothends.histories.laws.law import may_follow, named, own_records

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.histories.history import History, Write
    from bothends.histories.judged import ObjectRecord
    from bothends.histories.laws.law import Breach, Undecided
    from bothends.histories.promises import Promises

_CREATED = 201


def no_lost_update(history: History, promises: Promises) -> Iterator[Breach | Undecided]:
    """P4, lost update: of two writes that send one strong tag in `If-Match`, one is refused; of creations, all but one.

    RFC 9110 section 13.1.1 has the tag match the state that is replaced, but allows a success where that state has
    already what is asked for: so each of the two sets a value that nothing else set. The tag must have been seen to be
    another one in another state.
    """
    if not promises.preconditions:
        return
    for record in own_records(history):
        tags = _tags(record)
        effective = [write for write in record.writes if write.outcome is Outcome.ACKNOWLEDGED]
        for one, other in combinations(effective, 2):
            if _sent_one_tag(one, other, record, tags):
                why = "both sent one tag, and both succeeded: the first is lost"
                yield named(record.thing.id, (one.id, other.id), why)
            elif _both_created(one, other, record):
                why = "each made the object under the condition that it is not there"
                yield named(record.thing.id, (one.id, other.id), why)


def _tags(record: ObjectRecord) -> Mapping[str, Mapping[str, str]]:
    """Return what each strong tag was seen with, for those that were never seen with two contents."""
    seen: defaultdict[str, dict[str, str]] = defaultdict(dict)
    doubtful = set()
    for read in record.reads:
        if read.tag is None or read.tag.startswith("W/") or read.absent:
            continue
        for member, writer in record.shown(read.shows).items():
            if seen[read.tag].setdefault(member, writer) != writer:
                doubtful.add(read.tag)
    return {tag: shown for tag, shown in seen.items() if tag not in doubtful}


def _sent_one_tag(one: Write, other: Write, record: ObjectRecord, tags: Mapping[str, Mapping[str, str]]) -> bool:
    tag = one.if_match
    if tag is None or tag != other.if_match or tag not in tags or WriteKind.DELETE in {one.kind, other.kind}:
        return False
    # What no reading shows under the tag, as a password, need not change it.
    judged = [{each for each in write.sets if each in record.members and each in tags[tag]} for write in (one, other)]
    if not all(judged):
        return False
    replaced = {member: writer for member, writer in tags[tag].items() if member in judged[0] | judged[1]}
    return any(
        known != tag and any(shown.get(member, writer) != writer for member, writer in replaced.items())
        for known, shown in tags.items()
    )


def _both_created(one: Write, other: Write, record: ObjectRecord) -> bool:
    if not all(write.if_absent and write.making and write.status == _CREATED for write in (one, other)):
        return False
    removals = [w for w in record.writes if w.kind is WriteKind.DELETE and w.outcome is not Outcome.REFUSED]
    return not any(
        may_follow(removal, first) and may_follow(second, removal) and may_follow(second, first)
        for removal in removals
        for first, second in ((one, other), (other, one))
    )
