"""The doors: the paths over which messages come in, and what a path tells of its messages."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from schemas.messages.spelling import CALLS
from services.ingest.routing import TOPIC_OF_SOURCE


@dataclass(frozen=True, slots=True)
class Door:
    """Where a request came in. `path` is that of the route.

    `call` is Segment's, `topic` the one for everything that comes through here: if the path tells.
    """

    path: str
    call: str | None = None
    topic: str | None = None


OF_MANY: Final = (Door("/v1/batch"), Door("/v1/import"))
"""Those whose messages say what they are themselves."""
OF_CALLS: Final = tuple(Door(f"/v1/{call}", call=call) for call in sorted(CALLS))
OF_SOURCES: Final = tuple(
    Door(f"/v1/events/{source}", topic=topic) for source, topic in TOPIC_OF_SOURCE.items()
)

DOORS: Final[Mapping[str, Door]] = MappingProxyType(
    {door.path: door for door in (*OF_MANY, *OF_CALLS, *OF_SOURCES)}
)
"""All of them, by path."""
