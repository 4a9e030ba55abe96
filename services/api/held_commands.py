"""Commands on held triggers: which of them are meant, and the records that tell the workers."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from schemas import topics
from schemas.held import HeldStatus, HeldTrigger
from services.ingest.event_producer import EventProducer, Record
from services.read_model.held_index import HeldCursor, HeldSelection, find_held, list_held
from services.read_model.reader import ReadModel
from topology.agents.join_records import ReviewHeld, encode_join
from topology.domain.history.instant import HOUR, Instant, from_datetime

PAGE: Final = 500
"""Held triggers that are read, and commands that are written, at once."""
OPEN: Final = (HeldStatus.HELD, HeldStatus.REFUSED)
"""What may be released."""
UNDECIDED: Final = (*OPEN, HeldStatus.SCHEDULED)
"""What may be dismissed."""
OLDER: Final = "older"
EXPIRED: Final = "expired"


@dataclass(slots=True)
class Chosen:
    """The held triggers that are meant, how many others are skipped and why."""

    held: list[HeldTrigger] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)
    more: bool = False
    """True if there may be more of them."""

    def skip(self, reason: str) -> None:
        """Count one that is skipped."""
        self.skipped[reason] = self.skipped.get(reason, 0) + 1


async def choose_by_ids(
    model: ReadModel, ids: Sequence[str], allowed: Sequence[HeldStatus]
) -> tuple[Chosen, list[str]]:
    """Return the held triggers with these ids, and the ids that no held trigger has."""
    bodies: Mapping[str, bytes] = await find_held(model, dict.fromkeys(ids))
    chosen = Chosen()
    for body in bodies.values():
        held = HeldTrigger.model_validate_json(body)
        if held.status in allowed:
            chosen.held.append(held)
        else:
            chosen.skip(held.status)
    return chosen, [each for each in ids if each not in bodies]


async def choose_to_release(
    model: ReadModel, rule: str | None, segment: str | None, limit: int, now: Instant
) -> Chosen:
    """Return the newest of each customer, of a rule or segment, that still make sense."""
    chosen, customers = Chosen(), set[str]()
    async for held in _all_of(model, rule, segment, OPEN):
        if from_datetime(held.expires_at) <= now:
            chosen.skip(EXPIRED)
        elif held.customer_id in customers:
            chosen.skip(OLDER)
        elif len(chosen.held) == limit:
            chosen.more = True
            break
        else:
            customers.add(held.customer_id)
            chosen.held.append(held)
    return chosen


async def choose_to_dismiss(
    model: ReadModel, rule: str | None, segment: str | None, limit: int
) -> Chosen:
    """Return those of a rule or segment, the newest first."""
    chosen = Chosen()
    async for held in _all_of(model, rule, segment, UNDECIDED):
        if len(chosen.held) == limit:
            chosen.more = True
            break
        chosen.held.append(held)
    return chosen


async def _all_of(
    model: ReadModel, rule: str | None, segment: str | None, allowed: Sequence[HeldStatus]
) -> AsyncIterator[HeldTrigger]:
    async for held in _pages(model, HeldSelection(rule=rule, statuses=tuple(allowed))):
        if segment is None or held.segment == segment:
            yield held


async def _pages(model: ReadModel, selection: HeldSelection) -> AsyncIterator[HeldTrigger]:
    cursor: HeldCursor | None = None
    while True:
        page = await list_held(model, selection, cursor, PAGE)
        for body in page.bodies:
            yield HeldTrigger.model_validate_json(body)
        cursor = page.next
        if cursor is None:
            return


def newest_of_each_customer(chosen: Chosen) -> Chosen:
    """Pass over the older ones of each customer."""
    left = Chosen(skipped=dict(chosen.skipped))
    customers: set[str] = set()
    for each in sorted(chosen.held, key=lambda one: one.held_at, reverse=True):
        if each.customer_id in customers:
            left.skip(OLDER)
        else:
            customers.add(each.customer_id)
            left.held.append(each)
    return left


def turns(count: int, now: Instant, per_hour: int | None) -> list[Instant]:
    """When each of so many releases is decided: 0 is at once."""
    if per_hour is None:
        return [0] * count
    return [now + HOUR * number // per_hour for number in range(count)]


async def send_commands(producer: EventProducer, records: Sequence[Record]) -> None:
    """Tell the workers. A command that comes twice does nothing the second time.

    Raises:
        Unavailable: Kafka has not acknowledged all of them. It may have some.
    """
    for first in range(0, len(records), PAGE):
        await producer.put(records[first : first + PAGE])


def commands(
    app_id: str,
    held: Sequence[HeldTrigger],
    by: str,
    *,
    dismisses: bool,
    not_before: Sequence[Instant],
) -> list[Record]:
    """Return the records that tell the workers what somebody wants of each held trigger."""
    return [
        Record(
            topics.JOINS,
            each.customer_id.encode(),
            encode_join(ReviewHeld(app_id, each.model_dump_json().encode(), by, dismisses, at)),
        )
        for each, at in zip(held, not_before, strict=True)
    ]
