"""The trigger log: pages in a stable order, from a cursor on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import NamedTuple, Self
from urllib.parse import unquote

from services.platform.http.opaque_text import OpaqueError
from services.platform.http.problems import InvalidField
from services.read_model.cursor import TOPIC_GONE, Cursor
from services.read_model.keys import Keys, quoted
from services.read_model.reader import Command, ReadModel


class TriggerRef(NamedTuple):
    """The place of a trigger in its topic, and the fields that filter pages.

    `appended_ms` is the broker's time, in milliseconds since 1970.
    """

    partition: int
    offset: int
    appended_ms: int
    rule: str
    customer_id: str

    def to_text(self) -> str:
        """Write the reference; the key under which it is stored names the partition."""
        return f"{self.offset} {self.appended_ms} {quoted(self.rule)} {self.customer_id}"

    @classmethod
    def from_text(cls, partition: int, text: str) -> Self:
        """Read what `to_text` wrote."""
        offset, appended_ms, rule, customer_id = text.split(" ", 3)
        return cls(partition, int(offset), int(appended_ms), unquote(rule), customer_id)


@dataclass(frozen=True, slots=True)
class Selection:
    """The wanted triggers: of one rule, of one customer by all names, or all."""

    rule: str | None = None
    customers: tuple[str, ...] = ()

    def keys(self, keys: Keys, partition: int) -> list[str]:
        """The keys of the references to look through."""
        if self.customers:
            return [keys.triggers_of_customer(partition, each) for each in self.customers]
        if self.rule is not None:
            return [keys.triggers_of_rule(partition, self.rule)]
        return [keys.trigger_log(partition)]

    def filters(self) -> bool:
        """True if the keys hold other triggers, too."""
        return bool(self.customers) and self.rule is not None

    def wants(self, ref: TriggerRef) -> bool:
        """True if this one is wanted, among those under the keys."""
        return self.rule is None or ref.rule == self.rule


class LoggedTrigger(NamedTuple):
    """A trigger as the worker wrote it, and its place."""

    ref: TriggerRef
    body: bytes


@dataclass(frozen=True, slots=True)
class TriggerPage:
    """Triggers in order, and the cursor to go on with. `whole` is False if there are more."""

    logged: tuple[LoggedTrigger, ...]
    next: Cursor
    as_of: datetime | None
    whole: bool

    @property
    def bodies(self) -> tuple[bytes, ...]:
        """The triggers alone, each as JSON."""
        return tuple(each.body for each in self.logged)


async def list_triggers(
    model: ReadModel, selection: Selection, after: str | None, limit: int, field: str
) -> TriggerPage:
    """Return the triggers after the cursor `after`, which the parameter `field` gave.

    Raises:
        InvalidField: the cursor can't be used.
    """
    cursor = await read_cursor(model, after, field)
    try:
        return await triggers_between(model, selection, cursor, limit)
    except OpaqueError as error:
        raise _unusable(field, error) from None


async def read_cursor(model: ReadModel, text: str | None, field: str) -> Cursor:
    """Return the cursor that the parameter `field` gave, or that before the first trigger.

    Raises:
        InvalidField: it can't be used.
    """
    _, (topic_id,) = await model.ask(("HGET", model.keys.topics, "triggers"))
    if text is None:
        return Cursor.beginning(topic_id.decode())
    try:
        return Cursor.from_text(text, topic_id.decode())
    except OpaqueError as error:
        raise _unusable(field, error) from None


def _unusable(field: str, error: OpaqueError) -> InvalidField:
    return InvalidField.of(field, error)


async def triggers_between(
    model: ReadModel, selection: Selection, cursor: Cursor, limit: int, until: Cursor | None = None
) -> TriggerPage:
    """Return the triggers from one cursor to the other, or to the end.

    Raises:
        OpaqueError: the topic of the cursor has been deleted since.
    """
    clocks, (topic_id, places) = await model.ask(
        ("HGET", model.keys.topics, "triggers"), ("HKEYS", model.keys.offsets)
    )
    if topic_id.decode() != cursor.topic_id:
        raise OpaqueError(TOPIC_GONE)
    refs = await _refs(model, selection, _spans(cursor, until, _partitions(places)), limit + 1)
    chosen = earliest(refs, limit)
    return TriggerPage(
        logged=await _load(model, chosen),
        next=cursor.after((ref.partition, ref.offset) for ref in chosen),
        as_of=clocks.everywhere(),
        whole=sum(map(len, refs)) <= limit,
    )


def earliest(partitions: Iterable[Sequence[TriggerRef]], limit: int) -> list[TriggerRef]:
    """Return the first `limit` triggers of all partitions together, by the broker's time.

    Each partition comes in the order of its offsets and keeps it, whatever the times are.
    """
    return list(islice(merge(*partitions, key=_place), limit))


def _place(ref: TriggerRef) -> tuple[int, int, int]:
    return ref.appended_ms, ref.partition, ref.offset


def _partitions(places: Sequence[bytes]) -> list[int]:
    split = (place.decode().split(":") for place in places)
    return sorted(int(partition) for role, partition in split if role == "triggers")


class _Span(NamedTuple):
    """A part of a partition: from an offset on, to a limit as Redis writes it."""

    partition: int
    first: int
    last: str


def _spans(cursor: Cursor, until: Cursor | None, partitions: Sequence[int]) -> list[_Span]:
    return [
        _Span(each, cursor.at(each), "+inf" if until is None else f"({until.at(each)}")
        for each in partitions
    ]


async def _refs(
    model: ReadModel, selection: Selection, spans: Sequence[_Span], limit: int
) -> list[list[TriggerRef]]:
    at_most = -1 if selection.filters() else limit
    asked = [(span, key) for span in spans for key in selection.keys(model.keys, span.partition)]
    commands: list[Command] = [
        ("ZRANGE", key, span.first, span.last, "BYSCORE", "LIMIT", 0, at_most)
        for span, key in asked
    ]
    _, answers = await model.ask(*commands)
    found: dict[int, list[TriggerRef]] = {span.partition: [] for span in spans}
    for ((partition, _, _), _), texts in zip(asked, answers, strict=True):
        refs = (TriggerRef.from_text(partition, text.decode()) for text in texts)
        found[partition] += (ref for ref in refs if selection.wants(ref))
    return [sorted(refs, key=lambda ref: ref.offset) for refs in found.values()]


async def _load(model: ReadModel, refs: Sequence[TriggerRef]) -> tuple[LoggedTrigger, ...]:
    wanted: dict[int, list[int]] = {}
    for ref in refs:
        wanted.setdefault(ref.partition, []).append(ref.offset)
    _, answers = await model.ask(
        *(("HMGET", model.keys.trigger_bodies(each), *some) for each, some in wanted.items())
    )
    bodies: Mapping[tuple[int, int], bytes | None] = {
        (partition, offset): body
        for (partition, offsets), answer in zip(wanted.items(), answers, strict=True)
        for offset, body in zip(offsets, answer, strict=True)
    }
    found = ((ref, bodies[ref.partition, ref.offset]) for ref in refs)
    return tuple(LoggedTrigger(ref, body) for ref, body in found if body is not None)


async def stored_rules(model: ReadModel) -> set[str]:
    """Return the rules that the stored triggers name."""
    return await _rules(model, await _trigger_partitions(model))


async def count_triggers(model: ReadModel, rules: Sequence[str]) -> Mapping[str, int]:
    """Count the stored triggers of each of these rules, and of each other rule that they name."""
    partitions = await _trigger_partitions(model)
    names = [*rules, *sorted(await _rules(model, partitions) - set(rules))]
    pairs = [(rule, partition) for rule in names for partition in partitions]
    _, counts = await model.ask(
        *(("ZCARD", model.keys.triggers_of_rule(partition, rule)) for rule, partition in pairs)
    )
    totals = dict.fromkeys(names, 0)
    for (rule, _), count in zip(pairs, counts, strict=True):
        totals[rule] += count
    return totals


async def _rules(model: ReadModel, partitions: Sequence[int]) -> set[str]:
    _, found = await model.ask(*(("SMEMBERS", model.keys.rules(each)) for each in partitions))
    return {unquote(rule.decode()) for rules in found for rule in rules}


async def _trigger_partitions(model: ReadModel) -> list[int]:
    _, (places,) = await model.ask(("HKEYS", model.keys.offsets))
    return _partitions(places)
