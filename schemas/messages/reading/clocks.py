"""When it happened, by a clock that is right: the one place where skew is corrected.

The rules are Segment's and RudderStack's. A sender's clock may be wrong, but it is wrong alike when
the message is made and when it is sent. So the time is received - (sentAt - timestamp), and
`originalTimestamp` is the sender's time if there is no `timestamp`.

A message that says `receivedAt` comes from somebody who has corrected its `timestamp` already. A
skew of more than a year is none: somebody's clock stands at zero. A sentAt that can't be read
corrects nothing.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from schemas.messages.reading.json_text import Json
from schemas.messages.reading.times import UnreadableTimeError, moment, text_of

TIMES: Final = ("timestamp", "originalTimestamp", "sentAt", "receivedAt")
"""The fields that tell of times."""

MOST_SKEW: Final = timedelta(days=366)

PassedOver = Callable[[str], object]
"""Hears the path of a field that is passed over."""


def set_time(content: Json, received: datetime | None, pass_over: PassedOver) -> None:
    """Put the time of a message into its `timestamp`. `received` is when it came to this door.

    Of a message that tells no time none is set. `sentAt` has served then, and goes: nothing is
    corrected twice.

    Raises:
        UnreadableTimeError: the time that decides can't be read.
    """
    sent = _aside(content, "sentAt", pass_over)
    content.pop("sentAt", None)
    earlier = _aside(content, "receivedAt", pass_over)
    said = content.get("timestamp")
    name = "timestamp"
    if said is None:
        said, name = content.get("originalTimestamp"), "originalTimestamp"
    else:
        _aside(content, "originalTimestamp", pass_over)
    if said is None:
        if earlier is not None:
            content["timestamp"] = text_of(content["receivedAt"], earlier)
        return
    told = moment(said)
    if told is None:
        raise UnreadableTimeError(name)
    content["timestamp"] = text_of(said, told)
    if earlier is not None and name == "timestamp":
        return
    at = _corrected(told, sent, earlier or received)
    if at is None:
        return
    content["originalTimestamp"] = text_of(said, told)
    content["timestamp"] = at.isoformat()
    if earlier is None and received is not None:
        content["receivedAt"] = received.isoformat()


def says_received(value: bytes) -> bool:
    """True if the bytes of a message seem to say when it was received."""
    return b'"receivedAt"' in value


def tells_time(value: bytes) -> bool:
    """True if the bytes of a message without a timestamp seem to tell a time under another name."""
    return b'"originalTimestamp"' in value or says_received(value)


def _corrected(told: datetime, sent: datetime | None, received: datetime | None) -> datetime | None:
    if sent is None or received is None or abs(received - sent) > MOST_SKEW:
        return None
    try:
        return (told + (received - sent)).astimezone(UTC)
    except OverflowError:
        return None


def _aside(content: Json, name: str, pass_over: PassedOver) -> datetime | None:
    """The instant of a time that decides nothing by itself; one that can't be read goes."""
    said = content.get(name)
    at = moment(said)
    if at is not None:
        content[name] = text_of(said, at)
    elif content.pop(name, None) is not None:
        pass_over(name)
    return at
