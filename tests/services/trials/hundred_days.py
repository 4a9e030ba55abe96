"""A hundred days of a shop, as a replay sends them."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from services.tools.replay.run import Plan, replay, ticking
from services.tools.replay.schedule import Pace
from services.tools.replay.source_lines import SourceLine, read_line
from tests.schemas.policies import TEXT
from tests.topology.domain.messages import Json, day, order, track

END: Final = day(100).replace(hour=0)
ASLEEP: Final = tuple(f"asleep-{number}" for number in range(7))
"""Their last order is 50 days old at the end: with steps of 60 days nobody has noticed yet."""
NEWER: Final = TEXT.replace("younger_than: 60 days", "younger_than: 45 days")


def load() -> list[Json]:
    """Customers of all kinds: some fall asleep, some come back, some have two names."""
    found = [
        order(day(number / 10 + 49.5), f"{who}-a", 30, who) for number, who in enumerate(ASLEEP)
    ]
    for number in range(25):
        who, gap = f"regular-{number}", 7 + 3 * number
        for times in range(1 + 95 // gap):
            at = day(number / 9 + times * gap)
            found.append(order(at, f"{who}-{times}", 20 + number, who))
            if times == 1:
                looked = track("Product Viewed", at, f"look-{number}", f"browser-{number}")
                looked["anonymousId"] = looked.pop("userId")
                found += [looked, {**looked, "messageId": f"join-{number}", "userId": who}]
        if number % 5 == 0:
            found.append(track("Complaint Filed", day(20 + number), f"angry-{number}", who))
    return sorted(found, key=lambda each: datetime.fromisoformat(each["timestamp"]))


async def send_days(kafka: str, first: float, end: float, per_second: float | None) -> None:
    """Send the messages of these days, and the ticks from the first of them to their end."""
    chosen = [
        each
        for each in load()
        if day(first) <= datetime.fromisoformat(each["timestamp"]) < day(end)
    ]
    until = day(end).replace(hour=0)
    plan = Plan(kafka, ticking(until), Pace(per_second), until)
    await replay(lambda: _lines(chosen), plan, _Silent())


def _lines(messages: Iterable[Json]) -> Iterable[SourceLine]:
    """Messages as the lines of a file."""
    for number, each in enumerate(messages, start=1):
        yield read_line(number, json.dumps(each).encode(), END)


class _Silent:
    """Listens to the progress of the replay."""

    def expect(self, messages: int) -> None:
        """Say nothing."""

    def __call__(self, progress: object) -> None:
        """Say nothing."""
