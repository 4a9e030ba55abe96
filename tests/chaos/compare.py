"""Everything that came of a run, against the oracle: the topics first, then the API."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from schemas import dead_letter, topics
from tests.chaos.compare_api import compare_api
from tests.chaos.difference import differences, doubled
from tests.chaos.load import Load
from tests.chaos.subscriber import Subscriber
from tests.chaos.tail import Record, Tail
from tests.chaos.world import APP, PARTITIONS, World
from tests.oracle import DIMENSIONS, Verdict
from topology.agents.journey import FORWARDED
from topology.batching.clock import CLOCK_KEY
from topology.domain.row import decode_row

Json = dict[str, Any]


class Outcome(NamedTuple):
    """What the topics hold, read_committed."""

    transitions: list[Json]
    triggers: list[Json]
    trigger_headers: list[str]
    dead_letters: list[Record]
    sources: list[Record]
    rows: dict[bytes, bytes]


async def compare(world: World, load: Load, subscriber: Subscriber) -> list[str]:
    """A line for each difference; none if nothing was lost and nothing doubled."""
    outcome = await _outcome(world.kafka.address)
    verdict = load.verdict()
    return [
        *_sources(outcome.sources, load),
        *_transitions(outcome.transitions, verdict),
        *_triggers(outcome, verdict),
        *_dead_letters(outcome, load),
        *_handed_on(outcome.sources, load),
        *_rows(outcome.rows, load, verdict),
        *await compare_api(world, load, verdict, subscriber),
    ]


async def _outcome(kafka: str) -> Outcome:
    async def read(*names: str) -> list[Record]:
        return await Tail(kafka, names, PARTITIONS).rest()

    triggers = await read(topics.TRIGGERS)
    changelog = await read(topics.changelog(APP))
    return Outcome(
        transitions=_json(await read(topics.TRANSITIONS)),
        triggers=_json(triggers),
        trigger_headers=[dict(each.headers)["ce_id"].decode() for each in triggers],
        dead_letters=await read(topics.DEAD_LETTERS),
        sources=await read(*topics.SOURCES),
        rows={each.key: each.value for each in changelog if each.key != CLOCK_KEY},
    )


def _json(records: Iterable[Record]) -> list[Json]:
    return [msgspec.json.decode(each.value) for each in records]


def _sources(sources: list[Record], load: Load) -> list[str]:
    """What the load meant to send is there once: else it is no measure."""
    arrived = (each.value for each in sources if not _was_handed_on(each))
    return differences("sources", arrived, (step.value for step in load.sent))


def _was_handed_on(record: Record) -> bool:
    return any(name == FORWARDED for name, _ in record.headers)


def _transitions(found: list[Json], verdict: Verdict) -> list[str]:
    """Customer, number and what changed; numbers without gaps follow from equality.

    A message without an id of its own is named after its place, which the oracle does not know.
    """
    has = [(*_move(each), each["cause_message_id"]) for each in found]
    expected = [
        (
            each.customer,
            each.sequence,
            each.dimension,
            each.before,
            each.after,
            each.at,
            each.cause,
            each.message_id,
        )
        for each in verdict.transitions
    ]
    unnamed = {each[:-1] for each in expected if each[-1] is None and each[-2] != "clock"}
    return [
        *doubled("transition numbers", (each[:2] for each in has)),
        *differences(
            "transitions",
            (each if each[:-1] not in unnamed else (*each[:-1], None) for each in has),
            expected,
        ),
    ]


def _move(each: Json) -> tuple[Any, ...]:
    return (
        each["customer_id"],
        each["sequence"],
        each["dimension"],
        each["from"],
        each["to"],
        datetime.fromisoformat(each["effective_at"]),
        each["cause"],
    )


def _triggers(outcome: Outcome, verdict: Verdict) -> list[str]:
    """Customer, rule, and all that is to be done, and when."""
    expected = [
        (
            each.customer,
            each.rule,
            each.attempt,
            each.kind,
            each.template,
            each.priority,
            each.at,
            each.not_before,
        )
        for each in verdict.triggers
    ]
    ids = [each["trigger_id"] for each in outcome.triggers]
    return [
        *doubled("trigger ids", ids),
        *differences("ids in trigger headers", outcome.trigger_headers, ids),
        *differences("triggers", map(_deed, outcome.triggers), expected),
    ]


def _deed(each: Json) -> tuple[Any, ...]:
    action, not_before = each["action"], each["not_before"]
    return (
        each["customer_id"],
        each["rule"],
        each["attempt"],
        action["kind"],
        action["template"],
        action["priority"],
        datetime.fromisoformat(each["effective_at"]),
        None if not_before is None else datetime.fromisoformat(not_before),
    )


def _dead_letters(outcome: Outcome, load: Load) -> list[str]:
    """Each piece of garbage once, with its reason, and where it was in its source."""
    expected = [
        (each.value, str(load.garbage[each.value]), each.topic, each.partition, each.offset)
        for each in outcome.sources
        if each.value in load.garbage
    ]
    return [
        *differences("dead letters", map(_dead_letter, outcome.dead_letters), expected),
    ]


def _dead_letter(record: Record) -> tuple[bytes, str, str, int, int]:
    said = {name: value.decode() for name, value in record.headers}
    return (
        record.value,
        said[dead_letter.REASON],
        said[dead_letter.SOURCE_TOPIC],
        int(said[dead_letter.SOURCE_PARTITION]),
        int(said[dead_letter.SOURCE_OFFSET]),
    )


def _handed_on(sources: list[Record], load: Load) -> list[str]:
    """Each record that strayed is in its profile's partition once, and says where it was."""
    origins = [origin for each in sources for name, origin in each.headers if name == FORWARDED]
    arrived = [each.value for each in sources if _was_handed_on(each)]
    strays = [step.value for step in load.sent if step.strays]
    return [
        *doubled("origins of what was handed on", origins),
        *differences("handed on", arrived, strays),
    ]


def _rows(rows: dict[bytes, bytes], load: Load, verdict: Verdict) -> list[str]:
    """Where each customer stands, and how many different messages were counted."""
    states = {key.decode(): decode_row(value) for key, value in rows.items()}
    return [
        *differences(
            "standings",
            (
                (name, dimension, getattr(state, dimension))
                for name, state in states.items()
                for dimension in DIMENSIONS
            ),
            (
                (name, dimension, value)
                for name, one in verdict.customers.items()
                for dimension, value in one.standing.items()
            ),
        ),
        *differences(
            "events counted",
            ((name, state.facts.events) for name, state in states.items()),
            load.events.items(),
        ),
    ]
