"""All that came of a run, against the oracle: the topics first, then the API and the archive."""

from collections.abc import Hashable
from datetime import datetime
from typing import Any

from schemas import dead_letter
from tests.chaos.compare_api import compare_api
from tests.chaos.compare_archive import compare_archive
from tests.chaos.compare_erasures import compare_erasures
from tests.chaos.compare_imports import compare_imports
from tests.chaos.compare_names import compare_names
from tests.chaos.difference import differences, doubled
from tests.chaos.lives import Lives, lives
from tests.chaos.load import Load
from tests.chaos.outcome import Outcome, read_outcome
from tests.chaos.subscriber import Subscriber
from tests.chaos.tail import Record
from tests.chaos.world import World
from tests.oracle import DIMENSIONS, Totals, Verdict
from topology.agents.record_router import FORWARDED
from topology.domain.history.instant import to_datetime
from topology.domain.history.state import State
from topology.domain.history.suppression import is_suppressed

Json = dict[str, Any]


async def compare(world: World, load: Load, subscriber: Subscriber) -> list[str]:
    """A line for each difference; none if nothing was lost and nothing doubled."""
    outcome = await read_outcome(world.kafka.address)
    lived = lives(load, outcome)
    now, verdict = lived.load, lived.load.verdict()
    return [
        *_sources(outcome, load),
        *_transitions(outcome.transitions, load, verdict, lived),
        *_triggers(outcome, load, verdict, lived),
        *_dead_letters(outcome, load),
        *_handed_on(outcome.sources, load),
        *_rows(outcome.rows, now, verdict),
        *compare_names(lived.outcome, now),
        *compare_imports(lived.outcome, now, verdict),
        *compare_erasures(outcome, load, lived),
        *await compare_api(world, verdict, lived, subscriber),
        *await compare_archive(world, outcome.erasures),
    ]


def _sources(outcome: Outcome, load: Load) -> list[str]:
    """What the load meant to send is there once: else it is no measure."""
    lies = [each for each in outcome.clock if each.value in load.garbage]
    arrived = (each.value for each in (*outcome.sources, *lies) if not _was_handed_on(each))
    return differences("sources", arrived, (step.value for step in load.sent))


def _was_handed_on(record: Record) -> bool:
    return any(name == FORWARDED for name, _ in record.headers)


def _transitions(found: list[Json], load: Load, verdict: Verdict, lived: Lives) -> list[str]:
    """Customer, number and what changed; numbers without gaps follow from equality.

    Who was erased begins with number 1 again. When names were joined, and so what came before that,
    depends on how far the clocks had come: see `compare_names`. A message without an id of its own
    is named after its place, which the oracle does not know. No policy decides otherwise.
    """
    uncertain = load.uncertain
    has = [
        (*_move(each), each["cause_message_id"])
        for each in found
        if each["customer_id"] not in uncertain
    ]
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
        for each in (*verdict.transitions, *lived.transitions)
        if each.customer not in uncertain
    ]
    unnamed = {each[:-1] for each in expected if each[-1] is None and each[-2] != "clock"}
    return [
        *doubled(
            "transition numbers",
            ((each["customer_id"], each["sequence"], lived.is_over(each)) for each in found),
        ),
        *differences(
            "transitions by the policy", (_move(each) for each in found if _is_by_policy(each)), ()
        ),
        *differences(
            "transitions",
            (each if each[:-1] not in unnamed else (*each[:-1], None) for each in has),
            expected,
        ),
    ]


def _is_by_policy(each: Json) -> bool:
    return str(each["cause"]) == "policy"


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


def _triggers(outcome: Outcome, load: Load, verdict: Verdict, lived: Lives) -> list[str]:
    """Customer, rule, and all that is to be done, and when."""
    uncertain = load.uncertain
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
        for each in (*verdict.triggers, *lived.triggers)
        if each.sent and each.customer not in uncertain
    ]
    found = (_deed(each) for each in outcome.triggers if each["customer_id"] not in uncertain)
    ids = [each["trigger_id"] for each in outcome.triggers]
    return [
        *doubled(
            "trigger ids",
            ((each["trigger_id"], lived.is_over(each)) for each in outcome.triggers),
        ),
        *differences("ids in trigger headers", outcome.trigger_headers, ids),
        *differences("triggers", found, expected),
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
    """Each piece of garbage once, with its reason, and where it was; also those of the clock."""
    expected = [
        (each.value, str(load.garbage[each.value]), each.topic, each.partition, each.offset)
        for each in (*outcome.sources, *outcome.clock)
        if each.value in load.garbage
    ]
    return [
        *differences("dead letters", map(_dead_letter, outcome.dead_letters), expected),
    ]


def _dead_letter(record: Record) -> tuple[bytes, str, str, int, int]:
    headers = {name: value.decode() for name, value in record.headers}
    return (
        record.value,
        headers[dead_letter.REASON],
        headers[dead_letter.SOURCE_TOPIC],
        int(headers[dead_letter.SOURCE_PARTITION]),
        int(headers[dead_letter.SOURCE_OFFSET]),
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


def _rows(rows: list[State], load: Load, verdict: Verdict) -> list[str]:
    """Where each customer stands, what is known, and how many different messages were counted."""
    customers = verdict.customers.items()
    return [
        *differences(
            "standings",
            (
                (each.customer_id, dimension, getattr(each, dimension))
                for each in rows
                for dimension in DIMENSIONS
            ),
            (
                (name, dimension, value)
                for name, one in customers
                for dimension, value in one.dimensions.items()
            ),
        ),
        *differences(
            "figures",
            ((each.customer_id, *_figures(each)) for each in rows),
            ((name, *_totals(one.totals)) for name, one in customers),
        ),
        *differences(
            "traits",
            (
                (each.customer_id, trait.name, trait.value)
                for each in rows
                for trait in each.history.person.traits
            ),
            ((name, *trait) for name, one in customers for trait in one.traits.items()),
        ),
        *differences(
            "on the suppression list",
            (each.customer_id for each in rows if is_suppressed(each.history.person.suppression)),
            (name for name, one in customers if one.suppressed),
        ),
        *differences(
            "events counted",
            ((each.customer_id, each.history.events) for each in rows),
            load.events.items(),
        ),
    ]


def _figures(row: State) -> tuple[Hashable, ...]:
    scores = row.scores
    return (
        None if scores.last_order_at is None else to_datetime(scores.last_order_at),
        scores.orders_in_window,
        scores.revenue_in_window,
        scores.orders_total,
        scores.recency,
        scores.frequency,
        scores.monetary,
        len(row.history.attempts),
    )


def _totals(totals: Totals) -> tuple[Hashable, ...]:
    return (
        totals.last_order_at,
        totals.orders_in_window,
        totals.revenue_in_window,
        totals.orders_total,
        totals.recency_score,
        totals.frequency_score,
        totals.monetary_score,
        totals.unanswered,
    )
