"""What is new of one customer since a place: transitions, triggers, and the state itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from heapq import merge
from typing import Final, NamedTuple

from schemas.customer import Customer
from schemas.transition import Transition
from services.api.streams import frames
from services.api.streams.customer_place import CustomerPlace
from services.read_model.customers import Found, find_customer
from services.read_model.history import place_of
from services.read_model.read_model import ReadModel
from services.read_model.stored_row import stored_row
from services.read_model.trigger_log import Selection, triggers_between
from topology.domain.policy.rulebook import Rulebook
from topology.domain.view.view import describe

READ_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class CustomerNews:
    """The customer, what has happened since a place, as events, and the place behind all that."""

    customer: Customer
    events: bytes
    place: CustomerPlace


class _Logged(NamedTuple):
    """A transition in its topic."""

    partition: int
    offset: int
    body: bytes


async def look_for_news(
    model: ReadModel,
    book: Rulebook,
    name: str,
    place: CustomerPlace,
    until: CustomerPlace | None = None,
) -> CustomerNews:
    """Return what is new of whoever has this name, from one place to the other or to the end.

    Raises:
        OpaqueError: a topic of the place has been deleted since.
        UnknownCustomer: nobody is known by the name.
    """
    found = await find_customer(model, name)
    moved, place = await _transitions(model, found, place, until)
    raised, place = await _triggers(model, found, place, until)
    customer = describe(found.key, found.state, book, found.as_of)
    return CustomerNews(customer, b"".join((*moved, *raised)), place)


async def _transitions(
    model: ReadModel, found: Found, place: CustomerPlace, until: CustomerPlace | None
) -> tuple[list[bytes], CustomerPlace]:
    events = []
    for partition, offset, body in await _logged(model, found.names, place, until):
        seen = place.transitions.after([(partition, offset)])
        place = replace(place, transitions=seen)
        data = Transition.model_validate_json(body).model_dump_json(by_alias=True)
        events.append(frames.event("transition", place.to_text(), data))
    return events, place


async def _logged(
    model: ReadModel, names: Sequence[str], place: CustomerPlace, until: CustomerPlace | None
) -> Iterable[_Logged]:
    """Transitions as they happened, those of a partition in the order in which they lie there."""
    _, (rows,) = await model.ask(("HMGET", model.keys.rows, *names))
    lies = {name: stored_row(row)[0] for name, row in zip(names, rows, strict=True) if row}
    if not lies:
        return ()
    start, end = place.transitions, None if until is None else until.transitions
    _, answers = await model.ask(
        *(
            (
                *("ZRANGE", model.keys.transitions(name), start.at(partition)),
                "+inf" if end is None else f"({end.at(partition)}",
                *("BYSCORE", "WITHSCORES"),
            )
            for name, partition in lies.items()
        )
    )
    found: dict[int, list[_Logged]] = {}
    for partition, answer in zip(lies.values(), answers, strict=True):
        bodies, offsets = answer[::2], map(int, answer[1::2])
        found.setdefault(partition, []).extend(
            _Logged(partition, offset, body) for offset, body in zip(offsets, bodies, strict=True)
        )
    ordered = (sorted(each, key=lambda logged: logged.offset) for each in found.values())
    return merge(*ordered, key=lambda logged: place_of(logged.body))


async def _triggers(
    model: ReadModel, found: Found, place: CustomerPlace, until: CustomerPlace | None
) -> tuple[list[bytes], CustomerPlace]:
    selection, end = Selection(customers=found.names), None if until is None else until.triggers
    events, whole = [], False
    while not whole:
        page = await triggers_between(model, selection, place.triggers, READ_AT_ONCE, end)
        for ref, trigger in page.logged:
            seen = place.triggers.after([(ref.partition, ref.offset)])
            place = replace(place, triggers=seen)
            data = trigger.model_dump_json(by_alias=True)
            events.append(frames.event("trigger", place.to_text(), data))
        place, whole = replace(place, triggers=page.next), page.whole
    return events, place
