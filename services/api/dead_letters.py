"""What the operations on dead letters work with, and what they are asked and answer."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Final, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.contract import WritableText
from services.api.erasures import Erasures
from services.dead_letters.erased import ErasedLetters, erased_letters
from services.dead_letters.follow import CensusTail
from services.dead_letters.letter import LetterId, letter_id_in
from services.dead_letters.log import LetterLog, open_letters
from services.dead_letters.moments import HOW, moment_in
from services.dead_letters.page import Bounds
from services.dead_letters.resend import Report, Tried
from services.dead_letters.retry import Fate, RetryDoors
from services.dead_letters.selection import REASONS, TOPICS, Selection, known_reasons, known_topics
from services.ingest.intake import Intake
from services.platform.erasure_salt import SaltNeededError
from services.platform.faults import FaultError
from services.platform.http.problems import FieldError, InvalidField, KafkaAway, Unavailable
from topology.batching.security import KafkaSecurity

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE: Final = 1_000
"""Letters that one request tries again."""
_READERS: Final = 2
"""Requests that read the topic at once: each has a connection of its own."""


class LetterFilter(BaseModel):
    """Which dead letters. What is left out asks nothing."""

    model_config = ConfigDict(extra="forbid")

    reason: list[str] = Field(
        default=[], description=f"One of these reasons: {', '.join(REASONS)}.", max_length=100
    )
    topic: list[str] = Field(
        default=[],
        description=f"Refused in one of these: {', '.join(TOPICS)}; `shop`, `social`, `support` "
        "for short; or a path such as /v1/batch.",
        max_length=100,
    )
    since: str | None = Field(default=None, description=f"Since then: {HOW}.", examples=["7d"])
    until: str | None = Field(default=None, description="Before then, written likewise.")
    customer: str | None = Field(
        default=None, description="Who has this name in the message, or as its key."
    )

    def selection(self, now: datetime, where: str = "") -> Selection:
        """What it asks for; raises InvalidField."""
        wrong: list[FieldError] = []

        def read(name: str, how: Callable[[T], R], said: T) -> R | None:
            try:
                return how(said)
            except ValueError as error:
                wrong.append(FieldError(field=where + name, message=str(error)))
                return None

        def moment(said: str | None) -> datetime | None:
            return None if said is None else moment_in(said, now)

        reasons = read("reason", known_reasons, self.reason)
        topics = read("topic", known_topics, self.topic)
        since, until = read("since", moment, self.since), read("until", moment, self.until)
        if wrong:
            raise InvalidField(wrong)
        customers = frozenset() if self.customer is None else frozenset({self.customer})
        return Selection(reasons or frozenset(), topics or frozenset(), since, until, customers)


class RetryRequest(BaseModel):
    """Which dead letters to try again: some by their ids, or all that a filter lets through."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[str], Field(min_length=1, max_length=AT_ONCE)] | None = None
    filter: LetterFilter | None = Field(default=None, description="`{}` lets all through.")
    limit: int = Field(default=AT_ONCE, ge=1, le=AT_ONCE, description="At most this many letters.")
    cursor: str | None = Field(
        default=None, description="With a filter: `next` of the answer before, as it is."
    )
    dry_run: bool = Field(default=False, description="Only say what would become of them.")

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.ids is None) == (self.filter is None):
            msg = "give either ids or a filter"
            raise ValueError(msg)
        return self

    def wanted_ids(self) -> list[LetterId]:
        """The ids; raises InvalidField."""
        found = [letter_id_in(each) for each in self.ids or ()]
        wrong = [
            FieldError(field=f"ids.{index}", message="write PARTITION-OFFSET, such as 3-17")
            for index, each in enumerate(found)
            if each is None
        ]
        if wrong:
            raise InvalidField(wrong)
        return [each for each in found if each is not None]


class TriedLetter(BaseModel):
    """What became of one dead letter."""

    id: str = Field(examples=["3-17"])
    fate: Fate
    reason: str = Field(description="If it is refused again, why; else why it had been refused.")
    detail: WritableText = Field(description="Why it did not go; empty if it did.")


class RetryAnswer(BaseModel):
    """What became of the dead letters. What was retried is in its source for good."""

    dry_run: bool
    retried: dict[str, int] = Field(
        description="How many go through their door again, by the reason for which they had been "
        "refused.",
        examples=[{"no_exchange_rate": 22}],
    )
    refused: dict[str, int] = Field(description="How many do not, likewise; `letters` says why.")
    letters: tuple[TriedLetter, ...]
    next: str | None = Field(
        description="With a filter: if there may be more, what to send as `cursor`."
    )


def answer_of(tried: Sequence[Tried], cursor: str | None, *, dry_run: bool) -> RetryAnswer:
    """Put the answer together."""
    report = Report()
    report.add(tried)
    return RetryAnswer(
        dry_run=dry_run,
        retried=report.retried,
        refused=report.refused,
        letters=tuple(
            TriedLetter(
                id=str(each.id),
                fate=each.verdict.fate,
                reason=each.verdict.reason,
                detail=each.verdict.detail,
            )
            for each in tried
        ),
        next=cursor,
    )


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """The topic, what counts it, and the doors through which letters go again."""

    kafka: str
    security: KafkaSecurity
    intake: Intake
    erasures: Erasures
    census: CensusTail
    readers: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_READERS))

    def now(self) -> datetime:
        """The machine's time."""
        return datetime.now(UTC)

    def bounds(self, limit: int) -> Bounds:
        """How much work a page may be."""
        return Bounds(limit, time.monotonic)

    def erased(self) -> ErasedLetters:
        """Whose letters are left out; raises NotReadError, and Unavailable without the salt."""
        try:
            return erased_letters(self.erasures.salt, self.erasures.table.items())
        except SaltNeededError as error:
            raise Unavailable("salt-needed", str(error)) from None

    def doors(self, *, may_unsuppress: bool) -> RetryDoors:
        """By what letters are judged now."""
        intake = self.intake
        return RetryDoors(
            events=intake.events,
            table=intake.table,
            event_bytes=intake.limits.event_bytes,
            erased=self.erased(),
            now=self.now(),
            may_unsuppress=may_unsuppress,
        )

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[LetterLog]:
        """Read the topic; raises KafkaAway."""
        try:
            async with self.readers, open_letters(self.kafka, self.security) as log:
                yield log
        except FaultError as error:
            raise KafkaAway(str(error)) from None
