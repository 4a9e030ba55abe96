"""The held triggers: pages, the newest first, counts, and single ones by their ids.

The place of a held trigger is the broker's time and the offset of its first record: as text, places
come in the order of time. A decision leaves it where it is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple, Self
from urllib.parse import unquote

from services.platform.http.opaque_text import Kind, OpaqueError, read_varints, seal, unseal
from services.platform.http.opaque_text import write_varints as varints
from services.read_model.keys import Keys, quoted
from services.read_model.reader import Command, ReadModel

_DIGITS: Final = 15


def place_of(appended_ms: int, offset: int) -> str:
    """The place of a held trigger in its partition."""
    return f"{appended_ms:0{_DIGITS}}.{offset:0{_DIGITS}}"


class HeldGroup(NamedTuple):
    """The held triggers of one rule, reason and status."""

    rule: str
    reason: str
    status: str

    def to_text(self) -> str:
        """Write the group, as keys have it."""
        return f"{quoted(self.rule)} {self.reason} {self.status}"

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what `to_text` wrote."""
        rule, reason, status = text.split(" ")
        return cls(unquote(rule), reason, status)


@dataclass(frozen=True, slots=True)
class HeldSelection:
    """The wanted ones. What is None is of no importance; so is an empty tuple."""

    rule: str | None = None
    reason: str | None = None
    statuses: tuple[str, ...] = ()
    before_ms: int | None = None
    """Those that Kafka took before then, by the broker's time."""

    def wants(self, group: HeldGroup) -> bool:
        """True if the held triggers of a group are wanted."""
        return (
            (self.rule is None or self.rule == group.rule)
            and (self.reason is None or self.reason == group.reason)
            and (not self.statuses or group.status in self.statuses)
        )


class HeldCursor(NamedTuple):
    """Where a page ends: those of an earlier place come next."""

    appended_ms: int
    offset: int
    partition: int

    def to_text(self) -> str:
        """Write the cursor for a client."""
        return seal(Kind.HELD, varints(self))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what `to_text` wrote; raises OpaqueError."""
        numbers = tuple(read_varints(unseal(Kind.HELD, text)))
        if len(numbers) != len(cls._fields):
            raise OpaqueError("this is no cursor: take `next` of an earlier answer as it is")
        return cls(*numbers)


@dataclass(frozen=True, slots=True)
class HeldPage:
    """Held triggers as JSON, the newest first, and the cursor to go on with if there are more."""

    bodies: tuple[bytes, ...]
    next: HeldCursor | None
    as_of: datetime | None


async def list_held(
    model: ReadModel, selection: HeldSelection, after: HeldCursor | None, limit: int
) -> HeldPage:
    """Return the held triggers of a selection after a cursor."""
    groups = [
        (partition, group)
        for partition, groups in (await _groups(model)).items()
        for group in groups
        if selection.wants(group)
    ]
    keys = model.keys
    commands = [
        _newest(keys, partition, group, selection, after, limit + 1) for partition, group in groups
    ]
    clocks, answers = await model.ask(*commands)
    found = sorted(
        (
            (*member.decode().split(" "), partition)
            for (partition, _), members in zip(groups, answers, strict=True)
            for member in members
        ),
        key=lambda each: (each[0], each[2]),
        reverse=True,
    )
    chosen = found[:limit]
    bodies = await _load(model, [(partition, name) for _, name, partition in chosen])
    last = None
    if len(found) > limit:
        place, _, partition = chosen[-1]
        appended, offset = place.split(".")
        last = HeldCursor(int(appended), int(offset), partition)
    return HeldPage(tuple(bodies), last, clocks.everywhere())


def _newest(
    keys: Keys,
    partition: int,
    group: HeldGroup,
    selection: HeldSelection,
    after: HeldCursor | None,
    limit: int,
) -> Command:
    """Those of one group, from the cursor on. A place of another partition is no place of ours."""
    starts = ["+"]
    if selection.before_ms is not None:
        starts.append(f"({selection.before_ms:0{_DIGITS}}")
    if after is not None:
        place = place_of(after.appended_ms, after.offset)
        # A member is the place, a space and an id: `!` comes after all of a place.
        starts.append(f"({place}!" if partition < after.partition else f"({place}")
    start = min(starts, key=lambda each: (each == "+", each[1:]))
    key = keys.held_group(partition, group.to_text())
    return ("ZRANGE", key, start, "-", "BYLEX", "REV", "LIMIT", 0, limit)


async def find_held(model: ReadModel, ids: Iterable[str]) -> dict[str, bytes]:
    """Return the held triggers with these ids, as JSON; those that are not there are left out."""
    wanted = list(ids)
    partitions = list(await _groups(model))
    commands: list[Command] = [
        ("HMGET", model.keys.held_entries(each), *wanted) for each in partitions
    ]
    if not wanted:
        return {}
    _, answers = await model.ask(*commands)
    return {
        name: _body(entry)
        for entries in answers
        for name, entry in zip(wanted, entries, strict=True)
        if entry is not None
    }


async def held_of(model: ReadModel, names: Sequence[str]) -> tuple[bytes, ...]:
    """Return the held triggers of a person by all of their names, as JSON, oldest first."""
    keys, partitions = model.keys, list(await _groups(model))
    places = [(partition, name) for partition in partitions for name in names]
    _, found = await model.ask(
        *(("SMEMBERS", keys.held_of_customer(partition, name)) for partition, name in places)
    )
    wanted = [(place[0], ids) for place, ids in zip(places, found, strict=True) if ids]
    _, answers = await model.ask(
        *(("HMGET", keys.held_entries(partition), *ids) for partition, ids in wanted)
    )
    entries = sorted(entry for some in answers for entry in some if entry is not None)
    return tuple(map(_body, entries))


async def count_held(model: ReadModel) -> dict[HeldGroup, int]:
    """Count the held triggers by rule, reason and status."""
    pairs = [
        (partition, group)
        for partition, groups in (await _groups(model)).items()
        for group in groups
    ]
    keys = model.keys
    _, counts = await model.ask(
        *(("ZCARD", keys.held_group(partition, group.to_text())) for partition, group in pairs)
    )
    totals: dict[HeldGroup, int] = {}
    for (_, group), count in zip(pairs, counts, strict=True):
        totals[group] = totals.get(group, 0) + count
    return dict(sorted(totals.items()))


async def _groups(model: ReadModel) -> dict[int, list[HeldGroup]]:
    """The groups of each partition."""
    _, (places,) = await model.ask(("HKEYS", model.keys.offsets))
    split = (place.decode().split(":") for place in places)
    partitions = sorted(int(number) for role, number in split if role == "held")
    _, found = await model.ask(*(("SMEMBERS", model.keys.held_groups(each)) for each in partitions))
    return {
        partition: sorted(HeldGroup.from_text(each.decode()) for each in groups)
        for partition, groups in zip(partitions, found, strict=True)
    }


async def _load(model: ReadModel, names: Sequence[tuple[int, str]]) -> list[bytes]:
    """The entries' JSON, in this order. One that was removed meanwhile is left out."""
    _, entries = await model.ask(
        *(("HGET", model.keys.held_entries(partition), name) for partition, name in names)
    )
    return [_body(entry) for entry in entries if entry is not None]


def _body(entry: bytes) -> bytes:
    return entry.split(b"\n", 1)[1]
