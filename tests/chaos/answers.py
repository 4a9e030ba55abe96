"""Somebody who acts on triggers that really fired: at once, or late, or never, or twice."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec

from schemas import topics
from tests.chaos.load import Answer, Load, Sent
from tests.chaos.messages import Json, as_bytes, message, tracked
from tests.chaos.tail import Tail
from tests.oracle import ReceivedMessage, trigger_name

BEFORE_ALL_ELSE: Final = timedelta(microseconds=200)
"""So long after its beginning a round's first answer is given: its events come later."""
APART: Final = timedelta(microseconds=1)
ROUNDS_LATER: Final = (0, 0, 0, 1, 3)
DELIVERED: Final = 0.6
IN_ARREARS: Final = 0.3
"""The share of deliveries that are dated back to when the trigger fired."""
RESPONDED: Final = 0.3
TWICE: Final = 0.2
REMEMBERED: Final = 4
"""A customer's row knows the latest so many triggers that ask for service recovery."""


class _Fired(NamedTuple):
    """A trigger, from which round on it is answered, and how."""

    trigger: Json
    chance: random.Random
    round: int


class Answers:
    """Answers at the beginning of each round, before anything else of that round.

    All that fired before has been read by then, so that the answers can be predicted, too.
    """

    def __init__(self, load: Load, kafka: str, partitions: int) -> None:
        self.given: dict[int, list[Answer]] = {}
        self._load = load
        self._tail = Tail(kafka, [topics.TRIGGERS], partitions)
        self._pending: list[_Fired] = []
        self._times: Counter[tuple[str, str]] = Counter()

    async def of_round(self, number: int) -> list[Answer]:
        """What is answered in a round, all of which has to be sent before the rest of it."""
        for record in await self._tail.rest():
            self.note(number, msgspec.json.decode(record.value))
        return self.give(number)

    def note(self, number: int, trigger: Json) -> None:
        """Take note of a trigger at the beginning of a round."""
        chance = random.Random(str(trigger["trigger_id"]))
        rule = trigger["customer_id"], trigger["rule"]
        self._times[rule] += 1
        if trigger["customer_id"] in self._load.answering and chance.random() < DELIVERED:
            later = number + chance.choice(ROUNDS_LATER)
            self._pending.append(_Fired(trigger, chance, later))

    def give(self, number: int) -> list[Answer]:
        """What is answered in a round, of all triggers noted by now."""
        self.given[number] = [*self._due(number)]
        return self.given[number]

    def _due(self, number: int) -> Iterator[Answer]:
        due = [each for each in self._pending if each.round <= number]
        self._pending = [each for each in self._pending if each.round > number]
        due.sort(key=lambda each: (each.trigger["effective_at"], each.trigger["trigger_id"]))
        for place, fired in enumerate(due):
            if not self._is_forgotten(fired.trigger, number):
                begin = self._load.begin(number)
                yield from _answer(fired, begin, begin + BEFORE_ALL_ELSE + place * APART)

    def _is_forgotten(self, trigger: Json, number: int) -> bool:
        """True if the row does not know it any more, or only by chance.

        That is if too many like it have fired since, or if whom it was about was erased in an
        earlier round, perhaps after it fired: a new trigger may have the same id.
        """
        if self._times[trigger["customer_id"], trigger["rule"]] - trigger["attempt"] >= REMEMBERED:
            return True
        erased = self._load.erased.get(trigger["customer_id"])
        if erased is None or number <= erased.round:
            return False
        over = self._load.begin(erased.round + 1)
        return datetime.fromisoformat(trigger["effective_at"]) <= over


def _answer(fired: _Fired, begin: datetime, at: datetime) -> Iterator[Answer]:
    """Deliver; perhaps late, perhaps twice, and perhaps the customer responds.

    What is late takes effect at the customer's present, which is the beginning of the round.
    """
    trigger, chance = fired.trigger, fired.chance
    effective_at = datetime.fromisoformat(trigger["effective_at"])
    late = chance.random() < IN_ARREARS
    delivered = _answer_in(
        "Delivered", trigger, effective_at if late else at, begin if late else at
    )
    yield delivered
    if chance.random() < TWICE:
        yield delivered
    if chance.random() < RESPONDED:
        yield _answer_in("Responded", trigger, at, at)


def _answer_in(what: str, trigger: Json, at: datetime, processed_at: datetime) -> Answer:
    """As it is sent, with the trigger's id; and as the oracle reads it, with its own name."""
    customer, trigger_id = str(trigger["customer_id"]), trigger["trigger_id"]
    name = f"answer-{what}-{trigger_id}"
    event = f"Retention Action {what}"

    def delivery(called: str) -> dict[str, Any]:
        return message(at, name, customer, tracked(event, {"trigger_id": called}))

    sent = Sent(topics.SHOP_EVENTS, customer.encode(), as_bytes(delivery(trigger_id)))
    received = delivery(trigger_name(trigger["rule"], trigger["attempt"]))
    return Answer(sent, ReceivedMessage(received, processed_at))
