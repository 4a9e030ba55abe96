"""What is new of one customer since a place: transitions, triggers, and the state itself."""

from dataclasses import dataclass, replace
from typing import Final

from schemas.customer import Customer
from schemas.transition import Transition
from services.api.streams import frames
from services.api.streams.customer_place import CustomerPlace
from services.read_model.customers import Found, find_customer
from services.read_model.reader import ReadModel
from services.read_model.transitions import transitions_between
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
    end = None if until is None else until.transitions
    for partition, offset, body in await transitions_between(
        model, found.names, place.transitions, end
    ):
        seen = place.transitions.after([(partition, offset)])
        place = replace(place, transitions=seen)
        data = Transition.model_validate_json(body).model_dump_json(by_alias=True)
        events.append(frames.event("transition", place.to_text(), data))
    return events, place


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
