"""Where the logs in the read model end at this moment."""

from typing import NamedTuple

from services.read_model.cursor import Cursor
from services.read_model.read_model import ReadModel


class LogEnds(NamedTuple):
    """Cursors behind the last transition and the last trigger."""

    transitions: Cursor
    triggers: Cursor


async def log_ends(model: ReadModel) -> LogEnds:
    """Return the ends of both logs, of one moment."""
    _, (topics, offsets) = await model.ask(
        ("HMGET", model.keys.topics, "transitions", "triggers"),
        ("HGETALL", model.keys.offsets),
    )
    ends: dict[str, dict[int, int]] = {}
    for place, offset in _pairs(offsets):
        role, partition = place.split(":")
        ends.setdefault(role, {})[int(partition)] = int(offset)
    of_transitions, of_triggers = topics
    return LogEnds(
        Cursor(of_transitions.decode(), ends.get("transitions", {})),
        Cursor(of_triggers.decode(), ends.get("triggers", {})),
    )


async def end_of_triggers(model: ReadModel) -> Cursor:
    """Return the cursor behind the last trigger."""
    return (await log_ends(model)).triggers


def _pairs(found: dict[bytes, bytes]) -> list[tuple[str, int]]:
    return [(place.decode(), int(offset)) for place, offset in found.items()]
