"""The news of one customer since a place: transitions, triggers, and the customer as it is now."""

from dataclasses import dataclass, replace
from typing import Final, Self

from schemas.customer import Customer
from services.api.streams.event_stream import event
from services.platform.http.opaque_text import Kind, seal, unseal
from services.read_model.cursor import Cursor, LogEnds
from services.read_model.customers import Found, find_customer
from services.read_model.reader import ReadModel
from services.read_model.transitions import transitions_between
from services.read_model.trigger_log import Selection, triggers_between
from topology.domain.policy.rulebook import Rulebook
from topology.domain.view.view import describe

READ_AT_ONCE: Final = 100
_WIDTH: Final = 2


@dataclass(frozen=True, slots=True)
class CustomerPlace:
    """How much of one customer a listener has: a cursor of transitions and one of triggers."""

    transitions: Cursor
    triggers: Cursor

    def is_of_the_topics_of(self, other: Self) -> bool:
        """True if both are places in the same logs: a topic that is made again is another one."""
        return (self.transitions.topic_id, self.triggers.topic_id) == (
            other.transitions.topic_id,
            other.triggers.topic_id,
        )

    def to_text(self) -> str:
        """URL-safe text. The same place always gives the same text."""
        first = self.transitions.to_bytes()
        body = len(first).to_bytes(_WIDTH, "big") + first + self.triggers.to_bytes()
        return seal(Kind.CUSTOMER_STREAM, body)

    @classmethod
    def from_text(cls, text: str, ends: LogEnds) -> Self:
        """Read a place in the logs that end there.

        Raises:
            OpaqueError: the text is no place, or belongs to topics that are gone.
        """
        body = unseal(Kind.CUSTOMER_STREAM, text)
        size = int.from_bytes(body[:_WIDTH], "big")
        first, second = body[_WIDTH : _WIDTH + size], body[_WIDTH + size :]
        return cls(
            Cursor.from_bytes(first, ends.transitions.topic_id),
            Cursor.from_bytes(second, ends.triggers.topic_id),
        )


@dataclass(frozen=True, slots=True)
class CustomerNews:
    """The customer, the news since a place as events, and the place behind all of them."""

    customer: Customer
    events: bytes
    place: CustomerPlace


async def read_news(
    model: ReadModel,
    book: Rulebook,
    name: str,
    place: CustomerPlace,
    until: CustomerPlace | None = None,
) -> CustomerNews:
    """Return the news of the customer with this name, from one place to the other or to the end.

    Raises:
        OpaqueError: a topic of the place has been deleted since.
        UnknownCustomer: nobody is known by the name.
    """
    found = await find_customer(model, name)
    transitions, place = await _transitions(model, found, place, until)
    triggers, place = await _triggers(model, found, place, until)
    customer = describe(found.key, found.state, book, found.as_of)
    return CustomerNews(customer, b"".join((*transitions, *triggers)), place)


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
        events.append(event("transition", place.to_text(), body))
    return events, place


async def _triggers(
    model: ReadModel, found: Found, place: CustomerPlace, until: CustomerPlace | None
) -> tuple[list[bytes], CustomerPlace]:
    selection, end = Selection(customers=found.names), None if until is None else until.triggers
    events, whole = [], False
    while not whole:
        page = await triggers_between(model, selection, place.triggers, READ_AT_ONCE, end)
        for ref, body in page.logged:
            seen = place.triggers.after([(ref.partition, ref.offset)])
            place = replace(place, triggers=seen)
            events.append(event("trigger", place.to_text(), body))
        place, whole = replace(place, triggers=page.next), page.whole
    return events, place
