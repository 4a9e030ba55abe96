"""The Lua scripts, each one transaction of Redis, and how their arguments are packed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Final, Self

from msgspec.msgpack import Decoder, encode
from redis.asyncio import Redis
from redis.commands.core import AsyncScript

from services.read_model.batches import HeldBatch, OutputBatch
from services.read_model.held_index import place_of
from services.read_model.keys import Keys, quoted
from services.read_model.trigger_log import TriggerRef


def _source(name: str) -> str:
    return resources.files(__package__).joinpath("lua", f"{name}.lua").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Scripts:
    """The scripts, bound to one Redis. The first call of each sends its text."""

    rows: AsyncScript
    transitions: AsyncScript
    triggers: AsyncScript
    held: AsyncScript
    erase: AsyncScript
    erase_held: AsyncScript
    heartbeat: AsyncScript
    drop: AsyncScript
    release: AsyncScript
    trim_transitions: AsyncScript
    trim_triggers: AsyncScript
    trim_held: AsyncScript

    @classmethod
    def of(cls, redis: Redis) -> Self:
        """Read the scripts and bind them to `redis`."""
        guard, entries = _source("guard"), _source("held_entries")
        return cls(
            rows=redis.register_script(guard + _source("rows")),
            transitions=redis.register_script(guard + _source("transitions")),
            triggers=redis.register_script(guard + _source("triggers")),
            held=redis.register_script(guard + entries + _source("held")),
            erase=redis.register_script(_source("erase")),
            erase_held=redis.register_script(entries + _source("erase_held")),
            heartbeat=redis.register_script(_source("heartbeat")),
            drop=redis.register_script(_source("drop")),
            release=redis.register_script(_source("release")),
            trim_transitions=redis.register_script(_source("trim_transitions")),
            trim_triggers=redis.register_script(_source("trim_triggers")),
            trim_held=redis.register_script(entries + _source("trim_held")),
        )


def pack(fields: Iterable[str | bytes]) -> tuple[bytes, bytes]:
    """Return the fields' lengths, in MessagePack, and the fields one after the other.

    A client spends microseconds on every argument of a script, so many fields are two arguments.
    The function `unpack_fields` in `lua/guard.lua` reads them.
    """
    parts = [field.encode() if isinstance(field, str) else field for field in fields]
    return encode([len(part) for part in parts]), b"".join(parts)


def pack_ids(ids: Iterable[bytes]) -> bytes:
    """Return ids of customers as one message, empty if there are none."""
    listed = list(ids)
    return encode(listed) if listed else b""


unpack_ids: Final = Decoder(list[bytes]).decode
"""Read what `pack_ids` packed."""


def transition_fields(keys: Keys, batch: OutputBatch) -> Iterator[str | bytes]:
    """Return the key of each transition's list, its offset, its body and its entry in the log."""
    for each in batch.records:
        yield keys.transitions(each.customer_id)
        yield str(each.offset)
        yield each.body
        yield f"{each.offset} {each.appended_ms} {each.customer_id}"


def trigger_fields(keys: Keys, batch: OutputBatch) -> Iterator[str | bytes]:
    """Return each trigger's offset, reference, body and rule, and the keys of both its lists."""
    partition = batch.partition
    for each in batch.records:
        ref = TriggerRef(partition, each.offset, each.appended_ms, each.rule, each.customer_id)
        yield str(each.offset)
        yield ref.to_text()
        yield each.body
        yield quoted(each.rule)
        yield keys.triggers_of_rule(partition, each.rule)
        yield keys.triggers_of_customer(partition, each.customer_id)


def held_fields(batch: HeldBatch) -> Iterator[str | bytes]:
    """Return each record's trigger id, place, rule and reason, status, customer and body."""
    for each in batch.records:
        yield each.trigger_id
        yield place_of(each.appended_ms, each.offset)
        yield f"{quoted(each.rule)} {each.reason}"
        yield each.status
        yield quoted(each.customer_id)
        yield each.body


def customers_in(batch: OutputBatch) -> bytes:
    """Return the ids of the customers of a batch, packed."""
    return pack_ids({each.customer_id.encode() for each in batch.records})
