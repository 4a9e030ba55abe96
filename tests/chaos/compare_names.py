"""The names of each person, against what the load says of them.

When names come to be joined depends on how far the clocks of their partitions have come, so not
everything that was written before can be predicted. What can: it is one person in the end, whose
numbers go on from the larger ones, and whose row has everything once.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from tests.chaos.difference import differences
from tests.chaos.load import Joined, Load
from tests.chaos.outcome import Outcome
from topology.domain.history.names import UNKNOWN
from topology.domain.history.state import State
from topology.domain.rows.forward import Forward


def compare_names(outcome: Outcome, load: Load) -> list[str]:
    """A line for each difference."""
    people = load.joined.items()
    alone = sorted(load.cut | load.large)
    return [
        *differences("keys", sorted(outcome.entries), _expected_keys(outcome, load)),
        *(line for called, one in people for line in _one_row(outcome, called, one)),
        *(line for called, one in people for line in _numbers(outcome, called, one)),
        *(line for name in alone for line in _numbers(outcome, name, _alone(name))),
        *(line for name, by in load.contested.items() for line in _contested(outcome, name, by)),
        *_firings(outcome, load),
    ]


def _alone(name: str) -> Joined:
    return Joined(frozenset([name]), frozenset([name]))


def row_of(outcome: Outcome, name: str) -> tuple[str, State | None]:
    """The row to which a name leads, and its key."""
    for _ in outcome.entries:
        entry = outcome.entries.get(name)
        if not isinstance(entry, Forward):
            return name, entry
        name = entry.to
    return name, None


def _expected_keys(outcome: Outcome, load: Load) -> list[str]:
    """Everybody's names; nothing else has an entry."""
    alone = load.events.keys() - load.joined.keys()
    return sorted({*alone, *load.names_of_joined, *load.contested})


def _one_row(outcome: Outcome, called: str, one: Joined) -> Iterator[str]:
    """It lives under a user id, and knows all names; these lead there."""
    rows = [name for name in one.names if isinstance(outcome.entries.get(name), State)]
    if len(rows) != 1 or rows[0] not in one.users:
        yield f"{called}: rows under {sorted(rows)}, not under one of {sorted(one.users)}"
        return
    key, row = rows[0], outcome.entries[rows[0]]
    assert isinstance(row, State)
    for name in sorted(one.names):
        if row_of(outcome, name)[0] != key:
            yield f"{called}: {name} leads to {row_of(outcome, name)[0]}, not to {key}"
    names = row.names
    yield from differences(f"{called}: names", {key, *names.others}, one.names)
    yield from differences(f"{called}: is called", [row.customer_id], [called])
    yield from differences(f"{called}: contested", names.contested, [])


def _numbers(outcome: Outcome, called: str, one: Joined) -> Iterator[str]:
    """Of transitions. Each row's go up by one, and after a join on from the larger one."""
    numbers: dict[str, list[int]] = {name: [] for name in one.names}
    for each in outcome.transitions:
        if each["customer_id"] in numbers:
            numbers[each["customer_id"]].append(each["sequence"])
    given = {number for theirs in numbers.values() for number in theirs}
    yield from differences(f"{called}: numbers", given, range(1, len(given) + 1))
    _, row = row_of(outcome, called)
    if row is not None and row.sequence != len(given):
        yield f"{called}: the row counts {row.sequence} transitions, not {len(given)}"
    for name, theirs in numbers.items():
        if any(one >= other for one, other in pairwise(theirs)):
            yield f"{called}: the numbers of {name} go back: {theirs}"
        if name not in one.users and theirs != [*range(1, len(theirs) + 1)]:
            yield f"{called}: the numbers of {name} have gaps: {theirs}"


def _contested(outcome: Outcome, name: str, claimants: set[str]) -> Iterator[str]:
    """It is one customer's, and the others know whose."""
    owner, row = row_of(outcome, name)
    if row is None or name not in row.names.others:
        yield f"{name}: belongs to nobody, but was claimed by {sorted(claimants)}"
    for each in sorted(claimants - {owner}):
        entry = outcome.entries.get(each)
        names = entry.names if isinstance(entry, State) else UNKNOWN
        lost = [(it.name, row_of(outcome, it.owner)[0]) for it in names.contested]
        yield from differences(f"{each}: contested", lost, [(name, owner)])
        if names.others:
            yield f"{each} has the names {names.others}"


def _firings(outcome: Outcome, load: Load) -> list[str]:
    """How often each rule fired, by the rows and by the triggers of all of a person's names.

    But of those who are imported, whose rules fire silently: see `compare_imports`.
    """
    called = load.names_of_joined
    firings = Counter(
        (called.get(each["customer_id"], each["customer_id"]), each["rule"])
        for each in outcome.triggers
        if each["customer_id"] not in load.imported
    )
    return differences(
        "firings",
        (
            (row.customer_id, fired.rule, fired.times)
            for row in outcome.rows
            if row.customer_id not in load.imported
            for fired in row.memory.fired
        ),
        ((*which, times) for which, times in firings.items()),
    )
