"""A person's transitions: those of all names that the person has ever had."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from heapq import merge
from typing import Final, NamedTuple, Self

from msgspec import Struct
from msgspec.json import Decoder

from services.read_model.cursor import Cursor
from services.read_model.reader import ReadModel
from services.read_model.rows import StoredRow
from topology.domain.history.instant import Instant, from_datetime

_WIDTH: Final = 8


class _Placed(Struct, gc=False):
    """The fields that order transitions."""

    customer_id: str
    effective_at: datetime
    sequence: int


_DECODER: Final = Decoder(_Placed)


class TransitionPlace(NamedTuple):
    """The place of a transition among all of a person.

    Each name numbers its own transitions until the names are joined; afterwards the numbers go on
    from the largest. So the order stays the same when another name joins later.
    """

    effective_at: Instant
    sequence: int
    customer_id: str

    def to_bytes(self) -> bytes:
        """Write the place for a cursor."""
        numbers = (self.effective_at, self.sequence)
        return (
            b"".join(each.to_bytes(_WIDTH, "big", signed=True) for each in numbers)
            + self.customer_id.encode()
        )

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """Read what `to_bytes` wrote; raises ValueError if it did not."""
        if len(stored) < 2 * _WIDTH:
            msg = "not a place in a history"
            raise ValueError(msg)
        at, sequence = stored[:_WIDTH], stored[_WIDTH : 2 * _WIDTH]
        return cls(
            int.from_bytes(at, "big", signed=True),
            int.from_bytes(sequence, "big", signed=True),
            stored[2 * _WIDTH :].decode(),
        )


def place_of(body: bytes) -> TransitionPlace:
    """Return the place of a transition, by its JSON."""
    placed = _DECODER.decode(body)
    return TransitionPlace(from_datetime(placed.effective_at), placed.sequence, placed.customer_id)


async def list_transitions(
    model: ReadModel, names: Sequence[str], after: TransitionPlace | None, limit: int
) -> tuple[list[bytes], TransitionPlace | None]:
    """Return transitions after a place as JSON, and the place to go on after, None at the end."""
    _, answers = await model.ask(
        *(("ZRANGE", model.keys.transitions(name), 0, -1) for name in names)
    )
    found = sorted((place_of(body), body) for bodies in answers for body in bodies)
    beyond = [each for each in found if after is None or each[0] > after]
    bodies = [body for _, body in beyond[:limit]]
    return bodies, beyond[limit - 1][0] if len(beyond) > limit else None


class LoggedTransition(NamedTuple):
    """A transition, and where it lies in its topic."""

    partition: int
    offset: int
    body: bytes


async def transitions_between(
    model: ReadModel, names: Sequence[str], start: Cursor, until: Cursor | None
) -> Iterable[LoggedTransition]:
    """Return transitions from one cursor to the other, or to the end, as they happened.

    Those of a partition keep the order in which they lie there.
    """
    _, (rows,) = await model.ask(("HMGET", model.keys.rows, *names))
    partitions = {
        name: StoredRow.from_bytes(row).partition
        for name, row in zip(names, rows, strict=True)
        if row
    }
    if not partitions:
        return ()
    _, answers = await model.ask(
        *(
            (
                *("ZRANGE", model.keys.transitions(name), start.at(partition)),
                "+inf" if until is None else f"({until.at(partition)}",
                *("BYSCORE", "WITHSCORES"),
            )
            for name, partition in partitions.items()
        )
    )
    found: dict[int, list[LoggedTransition]] = {}
    for partition, answer in zip(partitions.values(), answers, strict=True):
        bodies, offsets = answer[::2], map(int, answer[1::2])
        found.setdefault(partition, []).extend(
            LoggedTransition(partition, offset, body)
            for offset, body in zip(offsets, bodies, strict=True)
        )
    ordered = (sorted(each, key=lambda logged: logged.offset) for each in found.values())
    return merge(*ordered, key=lambda logged: place_of(logged.body))
