"""Records that can't be taken, each different, each with the reason that the dead letter gives."""

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from schemas import topics
from schemas.dead_letter import DeadLetterReason
from tests.chaos.load import Sent
from tests.chaos.messages import track

A_LONG_TIME: Final = timedelta(days=365_000)

END_OF_TIME: Final = "9999-12-31T23:59:59Z"

Made = tuple[bytes, DeadLetterReason]


def _not_json(name: str, _at: datetime) -> Made:
    return f"not json at all, {name}".encode(), DeadLetterReason.NOT_JSON


def _cut_off(name: str, at: datetime) -> Made:
    whole = track("Product Viewed", at, name, "somebody", {})
    return whole[:-7], DeadLetterReason.NOT_JSON


def _no_object(name: str, _at: datetime) -> Made:
    return json.dumps([name]).encode(), DeadLetterReason.UNKNOWN_SHAPE


def _unknown_event(name: str, at: datetime) -> Made:
    return track("Order Dreamt Of", at, name, "somebody", {}), DeadLetterReason.UNKNOWN_SHAPE


def _no_order_id(name: str, at: datetime) -> Made:
    return (
        track("Order Completed", at, name, "somebody", {"total": 9.9}),
        DeadLetterReason.INVALID_FIELD,
    )


def _rating_of_nine(name: str, at: datetime) -> Made:
    return (
        track("Product Reviewed", at, name, "somebody", {"rating": 9}),
        DeadLetterReason.INVALID_FIELD,
    )


def _negative_total(name: str, at: datetime) -> Made:
    properties = {"order_id": f"o-{name}", "total": -5}
    return (
        track("Order Completed", at, name, "somebody", properties),
        DeadLetterReason.NEGATIVE_TOTAL,
    )


def _dollars(name: str, at: datetime) -> Made:
    properties = {"order_id": f"o-{name}", "total": 5, "currency": "USD"}
    return (
        track("Order Completed", at, name, "somebody", properties),
        DeadLetterReason.NO_EXCHANGE_RATE,
    )


def _nobody(name: str, at: datetime) -> Made:
    return track("Product Viewed", at, name, None, {}), DeadLetterReason.NO_PROFILE


def _from_the_future(name: str, at: datetime) -> Made:
    return (
        track("Product Viewed", at + A_LONG_TIME, name, "somebody", {}),
        DeadLetterReason.TIME_IN_FUTURE,
    )


def _from_the_beginning(name: str, _at: datetime) -> Made:
    zero = datetime(1970, 1, 1, tzinfo=UTC)
    return (
        track("Product Viewed", zero, name, "somebody", {}),
        DeadLetterReason.TIME_TOO_EARLY,
    )


MAKERS: Final[tuple[Callable[[str, datetime], Made], ...]] = (
    _not_json,
    _cut_off,
    _no_object,
    _unknown_event,
    _no_order_id,
    _rating_of_nine,
    _negative_total,
    _dollars,
    _nobody,
    _from_the_future,
    _from_the_beginning,
)


def garbage(
    chance: random.Random, name: str, begin: datetime, end: datetime, pieces: int
) -> Iterator[tuple[datetime, Sent, DeadLetterReason]]:
    """That many pieces of garbage, and when each is sent."""
    for number in range(pieces):
        at = begin + (end - begin) * chance.random()
        value, reason = chance.choice(MAKERS)(f"{name}-{number}", at)
        key = f"key-{chance.randrange(1000)}".encode()
        yield at, Sent(chance.choice(topics.SOURCES), key, value), reason


def _end_of_time(name: str) -> Made:
    tick = {"now": END_OF_TIME, "said_by": name}
    return json.dumps(tick).encode(), DeadLetterReason.TIME_IN_FUTURE


def _no_tick(name: str) -> Made:
    return f"tick, {name}".encode(), DeadLetterReason.NOT_JSON


def _no_now(name: str) -> Made:
    return json.dumps({"then": name}).encode(), DeadLetterReason.INVALID_FIELD


LIARS: Final[tuple[Callable[[str], Made], ...]] = (_end_of_time, _no_tick, _no_now)


def lies(
    chance: random.Random, name: str, begin: datetime, end: datetime, pieces: int
) -> Iterator[tuple[datetime, Sent, DeadLetterReason]]:
    """That many records of the clock that are no ticks, or can't be true, and when each is sent."""
    for number in range(pieces):
        at = begin + (end - begin) * chance.random()
        value, reason = chance.choice(LIARS)(f"{name}-{number}")
        key = f"key-{chance.randrange(1000)}".encode()
        yield at, Sent(topics.CLOCK, key, value), reason
