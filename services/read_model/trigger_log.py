"""The trigger log in the read model: pages in a stable order, from a cursor on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from urllib.parse import unquote

from schemas.trigger import Trigger
from services.platform.http.problems import FieldError, InvalidField
from services.read_model.cursor import TOPIC_GONE, Cursor
from services.read_model.keys import Keys
from services.read_model.merge import earliest
from services.read_model.opaque import OpaqueError
from services.read_model.read_model import Command, ReadModel
from services.read_model.trigger_ref import TriggerRef


@dataclass(frozen=True, slots=True)
class Selection:
    """Which triggers are wanted: of one rule, of one customer by all names, or all."""

    rule: str | None = None
    customers: tuple[str, ...] = ()

    def keys(self, keys: Keys, partition: int) -> list[str]:
        """The keys of the references to look through."""
        if self.customers:
            return [keys.triggers_of_customer(partition, each) for each in self.customers]
        if self.rule is not None:
            return [keys.triggers_of_rule(partition, self.rule)]
        return [keys.trigger_log(partition)]

    def sieves(self) -> bool:
        """True if not all that lies under the key is wanted."""
        return bool(self.customers) and self.rule is not None

    def wants(self, ref: TriggerRef) -> bool:
        """True if this one is wanted, of what lies under the key."""
        return self.rule is None or ref.rule == self.rule


class LoggedTrigger(NamedTuple):
    """A trigger, and where it lies."""

    ref: TriggerRef
    trigger: Trigger


@dataclass(frozen=True, slots=True)
class TriggerPage:
    """Triggers in order, and the cursor to continue with. `whole` is False if there are more."""

    logged: tuple[LoggedTrigger, ...]
    next: Cursor
    as_of: datetime | None
    whole: bool

    @property
    def items(self) -> tuple[Trigger, ...]:
        """The triggers alone."""
        return tuple(each.trigger for each in self.logged)


async def list_triggers(
    model: ReadModel, selection: Selection, after: str | None, limit: int, field: str
) -> TriggerPage:
    """Return the triggers beyond the cursor `after`, which the parameter `field` gave.

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
    return InvalidField([FieldError(field=field, message=str(error))])


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


async def trigger_partitions(model: ReadModel) -> list[int]:
    """Return the partitions that have had triggers."""
    _, (places,) = await model.ask(("HKEYS", model.keys.offsets))
    return _partitions(places)


def _partitions(places: Sequence[bytes]) -> list[int]:
    split = (place.decode().split(":") for place in places)
    return sorted(int(partition) for role, partition in split if role == "triggers")


async def kept_rules(model: ReadModel, partitions: Sequence[int]) -> set[str]:
    """Return the rules that the triggers in the read model name."""
    _, found = await model.ask(*(("SMEMBERS", model.keys.rules(each)) for each in partitions))
    return {unquote(rule.decode()) for rules in found for rule in rules}


class _Span(NamedTuple):
    """What of a partition to look through: from an offset on, to a limit as Redis writes it."""

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
    at_most = -1 if selection.sieves() else limit
    looked = [(span, key) for span in spans for key in selection.keys(model.keys, span.partition)]
    commands: list[Command] = [
        ("ZRANGE", key, span.first, span.last, "BYSCORE", "LIMIT", 0, at_most)
        for span, key in looked
    ]
    _, answers = await model.ask(*commands)
    found: dict[int, list[TriggerRef]] = {span.partition: [] for span in spans}
    for ((partition, _, _), _), texts in zip(looked, answers, strict=True):
        refs = (_ref(partition, text) for text in texts)
        found[partition] += (ref for ref in refs if selection.wants(ref))
    return [sorted(refs, key=lambda ref: ref.offset) for refs in found.values()]


def _ref(partition: int, text: bytes) -> TriggerRef:
    return TriggerRef.from_text(partition, text.decode())


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
    return tuple(
        LoggedTrigger(ref, Trigger.model_validate_json(body))
        for ref, body in found
        if body is not None
    )
