"""A customer's history: the transitions of all names that the person has ever had."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple, Self

from msgspec import Struct
from msgspec.json import Decoder

from schemas.transition import Transition
from services.read_model.read_model import ReadModel
from topology.domain.history.instant import Instant, from_datetime

_WIDTH: Final = 8


class _Placed(Struct, gc=False):
    """What a transition is ordered by."""

    customer_id: str
    effective_at: datetime
    sequence: int


_DECODER: Final = Decoder(_Placed)


class HistoryPlace(NamedTuple):
    """Where a transition stands in the history of a person.

    What is joined later keeps its order: the names' numbers are each their own until then, and go
    on from the largest afterwards.
    """

    effective_at: Instant
    sequence: int
    customer_id: str

    def to_bytes(self) -> bytes:
        """As a cursor has it."""
        numbers = (self.effective_at, self.sequence)
        return (
            b"".join(each.to_bytes(_WIDTH, "big", signed=True) for each in numbers)
            + self.customer_id.encode()
        )

    @classmethod
    def from_bytes(cls, kept: bytes) -> Self:
        """What `to_bytes` wrote; raises ValueError if it did not."""
        if len(kept) < 2 * _WIDTH:
            msg = "not a place in a history"
            raise ValueError(msg)
        at, sequence = kept[:_WIDTH], kept[_WIDTH : 2 * _WIDTH]
        return cls(
            int.from_bytes(at, "big", signed=True),
            int.from_bytes(sequence, "big", signed=True),
            kept[2 * _WIDTH :].decode(),
        )


async def list_transitions(
    model: ReadModel, names: Sequence[str], after: HistoryPlace | None, limit: int
) -> tuple[list[Transition], HistoryPlace | None]:
    """Return transitions beyond a place, and the place to go on after, None at the end."""
    _, answers = await model.ask(
        *(("ZRANGE", model.keys.transitions(name), 0, -1) for name in names)
    )
    found = sorted((place_of(body), body) for bodies in answers for body in bodies)
    beyond = [each for each in found if after is None or each[0] > after]
    items = [Transition.model_validate_json(body) for _, body in beyond[:limit]]
    return items, beyond[limit - 1][0] if len(beyond) > limit else None


def place_of(body: bytes) -> HistoryPlace:
    """Where a transition stands, by its JSON."""
    placed = _DECODER.decode(body)
    return HistoryPlace(from_datetime(placed.effective_at), placed.sequence, placed.customer_id)
