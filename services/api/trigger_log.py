"""The trigger log in the read model: pages in a stable order, from a cursor on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

from schemas.trigger import Trigger
from services.api.cursor import Cursor
from services.api.merge import earliest
from services.api.opaque import OpaqueError
from services.api.problems import FieldError, InvalidField
from services.api.read_model import Command, ReadModel
from services.projector.keys import Keys
from services.projector.trigger_ref import TriggerRef


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


@dataclass(frozen=True, slots=True)
class TriggerPage:
    """Triggers in order, and the cursor to continue with. `whole` is False if there are more."""

    items: tuple[Trigger, ...]
    next: Cursor
    as_of: datetime | None
    whole: bool


async def list_triggers(
    model: ReadModel, selection: Selection, after: str | None, limit: int, field: str
) -> TriggerPage:
    """Return the triggers beyond the cursor `after`, which the parameter `field` gave.

    Raises:
        InvalidField: the cursor can't be used.
    """
    keys = model.keys
    clocks, (topic_id,) = await model.ask(("HGET", keys.topics, "triggers"))
    cursor = _read_cursor(after, topic_id.decode(), field)
    partitions = await trigger_partitions(model)
    refs = await _refs(model, selection, cursor, partitions, limit + 1)
    chosen = earliest(refs, limit)
    return TriggerPage(
        items=await _load(model, chosen),
        next=cursor.after((ref.partition, ref.offset) for ref in chosen),
        as_of=clocks.everywhere(),
        whole=sum(map(len, refs)) <= limit,
    )


def _read_cursor(text: str | None, topic_id: str, field: str) -> Cursor:
    if text is None:
        return Cursor.beginning(topic_id)
    try:
        return Cursor.from_text(text, topic_id)
    except OpaqueError as error:
        raise InvalidField([FieldError(field=field, message=str(error))]) from None


async def trigger_partitions(model: ReadModel) -> list[int]:
    """Return the partitions that have had triggers."""
    _, (places,) = await model.ask(("HKEYS", model.keys.offsets))
    split = (place.decode().split(":") for place in places)
    return sorted(int(partition) for role, partition in split if role == "triggers")


async def kept_rules(model: ReadModel, partitions: Sequence[int]) -> set[str]:
    """Return the rules that the triggers in the read model name."""
    _, found = await model.ask(*(("SMEMBERS", model.keys.rules(each)) for each in partitions))
    return {unquote(rule.decode()) for rules in found for rule in rules}


async def _refs(
    model: ReadModel, selection: Selection, cursor: Cursor, partitions: Sequence[int], limit: int
) -> list[list[TriggerRef]]:
    at_most = -1 if selection.sieves() else limit
    looked: list[tuple[int, str]] = [
        (partition, key)
        for partition in partitions
        for key in selection.keys(model.keys, partition)
    ]
    commands: list[Command] = [
        ("ZRANGE", key, cursor.at(partition), "+inf", "BYSCORE", "LIMIT", 0, at_most)
        for partition, key in looked
    ]
    _, answers = await model.ask(*commands)
    found: dict[int, list[TriggerRef]] = {partition: [] for partition in partitions}
    for (partition, _), texts in zip(looked, answers, strict=True):
        refs = (_ref(partition, text) for text in texts)
        found[partition] += (ref for ref in refs if selection.wants(ref))
    return [sorted(refs, key=lambda ref: ref.offset) for refs in found.values()]


def _ref(partition: int, text: bytes) -> TriggerRef:
    return TriggerRef.from_text(partition, text.decode())


async def _load(model: ReadModel, refs: Sequence[TriggerRef]) -> tuple[Trigger, ...]:
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
    found = (bodies[ref.partition, ref.offset] for ref in refs)
    return tuple(Trigger.model_validate_json(body) for body in found if body is not None)
