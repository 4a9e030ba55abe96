"""Waits for the first webhook of a source, and says what it was."""

from collections.abc import AsyncIterator
from typing import Final

from services.connect.mapped import SIGNED, Outcome
from services.connect.sources import Sighting, Source, Sources

_SENTENCES: Final = {
    Outcome.TAKEN: "{topic} came: {messages} of its messages are in Kafka. The shop is connected.",
    Outcome.TEST: "{topic} came, with a test order, which does not count. The shop is connected.",
    Outcome.PING: "The shop has asked whether this address answers.",
    Outcome.UNSIGNED: "A request came without a signature: it may not be from the shop.",
    Outcome.WRONG_SIGNATURE: (
        "A request came whose signature does not fit: give the right secret with `stammkunde "
        "connect rotate {kind} --name {name}`."
    ),
    Outcome.DEAD_LETTER: (
        "{topic} came, and was refused: {detail}. `stammkunde dead-letters` shows it."
    ),
}
_OTHER: Final = "{topic} came ({outcome}): {detail}. The shop is connected."


async def wait_for_webhook(sources: Sources, source: Source) -> AsyncIterator[str]:
    """Say what comes from a source, until it has signed something.

    A source that is removed meanwhile ends it, too.
    """
    recorded = set[Outcome]()
    while True:
        version = sources.version
        seen = sources.sightings(source)
        for outcome in sorted(seen.keys() - recorded):
            yield _sentence(source, outcome, seen[outcome])
        recorded |= seen.keys()
        if recorded & SIGNED or sources.find(source.kind, source.name) is None:
            return
        await sources.wait_change(version)


def _sentence(source: Source, outcome: Outcome, sighting: Sighting) -> str:
    return _SENTENCES.get(outcome, _OTHER).format(
        outcome=outcome, kind=source.kind, name=source.name, **sighting.model_dump()
    )
