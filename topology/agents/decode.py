"""Decode: a record's bytes into an event, or the reason why not."""

from datetime import MAXYEAR, MINYEAR
from typing import Final

import msgspec
from aiokafka import ConsumerRecord
from msgspec.structs import replace
from pydantic import ValidationError

from schemas.clock import ClockTick
from schemas.dead_letter import DeadLetterReason
from schemas.messages import KNOWN_EVENTS, SOURCE_MESSAGE, Message
from schemas.messages.fast import track_event_decoder
from schemas.messages.quiet import is_quiet
from topology.agents.exchange import why_not_converted
from topology.agents.first_arrival import as_first
from topology.agents.refusal import Refusal
from topology.domain.facts.event import Event, event_in
from topology.domain.facts.exchange import Exchange
from topology.domain.facts.instant import (
    DAY,
    NEVER,
    ZERO_TIMES_END,
    Instant,
    Span,
    from_datetime,
    to_datetime,
)

_TOO_FAR_AHEAD: Final = DAY
"""By more than this ahead of the machine's clock nothing can be true."""


class EventDecoder:
    """Decodes events, for a policy that knows one currency, and what others are in it.

    `oldest` is how long ago an event may have happened by the machine's time; `NEVER` in a replay,
    which may tell of any time but the zeros of clocks.
    """

    def __init__(self, exchange: Exchange, oldest: Span = NEVER) -> None:
        self._exchange = exchange
        self._oldest = oldest
        self._quick = track_event_decoder(exchange.currency).decode

    def decode(self, record: ConsumerRecord[bytes, bytes], machine_now: Instant) -> Event | Refusal:
        """Return the event in a record, or why it is none.

        Args:
            record: as received. Its place stands in for a missing message id, the broker's time for
                a missing timestamp; of one that is tried again those of its first arrival.
            machine_now: the machine's own time, also in a replay. An event that is ahead of it
                counts as happening now; one more than a day ahead can't be true, nor can one that
                is too old.
        """
        value = record.value
        if value is None:
            return Refusal(DeadLetterReason.NOT_JSON, "the record has no value")
        present = machine_now
        if record.headers and (first := as_first(record)) is not None:
            record, present = first, min(machine_now, first.timestamp * 1000)
        message = self._read_quickly(value) or self._read(value, record.timestamp, present)
        if isinstance(message, Refusal):
            return message
        profile = message.profile
        if not profile or profile[0] == "\0":
            return _no_profile(profile)
        moment = message.timestamp
        at = record.timestamp * 1000 if moment is None else from_datetime(moment)
        latest = machine_now + _TOO_FAR_AHEAD
        if not machine_now - self._oldest <= at <= latest or at < ZERO_TIMES_END:
            return self._cant_be_true(at, latest)
        # What claims to be ahead happens now: the customer's present is never later than that.
        if at > present:  # noqa: PLR1730 - `min` takes five times as long
            at = present
        message_id = message.message_id or f"{record.topic}-{record.partition}-{record.offset}"
        event = event_in(message, profile, message_id, at)
        if record.headers and is_quiet(record.headers):
            return replace(event, quiet_until=machine_now)
        return event

    def _cant_be_true(self, at: Instant, latest: Instant) -> Refusal:
        moment = to_datetime(at).isoformat()
        if at > latest:
            said = f"the time {moment} is more than a day ahead of the machine's clock"
            return Refusal(DeadLetterReason.TIME_IN_FUTURE, said)
        if at < ZERO_TIMES_END:
            said = f"the time {moment} is before 1971: the zero of a clock, and no time of an event"
        else:
            days = self._oldest // DAY
            said = (
                f"the time {moment} is more than {days:,} days ago: see the policy's oldest_event"
            )
        return Refusal(DeadLetterReason.TIME_TOO_EARLY, said)

    def _read_quickly(self, value: bytes) -> Message | None:
        """The message, if it is a usual track event, in the policy's currency if in any."""
        if not value.isascii():  # The quick decoder does not look at text that it passes over.
            return None
        try:
            message = self._quick(value)
        except (msgspec.MsgspecError, RecursionError):
            return None
        at = message.timestamp
        return message if at is None or MINYEAR < at.year < MAXYEAR else None

    def _read(self, value: bytes, received_at: int, machine_now: Instant) -> Message | Refusal:
        """The message, or what is wrong with it; `received_at` is the broker's, in milliseconds."""
        try:
            message = SOURCE_MESSAGE.validate_json(value)
        except ValidationError as error:
            return _refuse(error)
        given = getattr(getattr(message, "properties", None), "currency", None)
        if given is None or given.upper() == self._exchange.currency:
            return message
        moment = message.timestamp
        at = received_at * 1000 if moment is None else from_datetime(moment)
        return why_not_converted(message, given, min(at, machine_now), self._exchange) or message


def decode_tick(record: ConsumerRecord[bytes, bytes], machine_now: Instant) -> Instant | Refusal:
    """Return the instant of a tick of the clock topic, or why it is none.

    A clock that was set too far ahead would never come back.
    """
    if record.value is None:
        return Refusal(DeadLetterReason.NOT_JSON, "the record has no value")
    try:
        now = ClockTick.model_validate_json(record.value).now
    except ValidationError as error:
        return _refuse_tick(error)
    at = from_datetime(now)
    if at > machine_now + _TOO_FAR_AHEAD:
        return Refusal(
            DeadLetterReason.TIME_IN_FUTURE,
            f"the tick {now} is more than a day ahead of the machine's clock",
        )
    return at


def _refuse_tick(error: ValidationError) -> Refusal:
    fault = error.errors(include_url=False)[0]
    if fault["type"] == "json_invalid":
        return Refusal(DeadLetterReason.NOT_JSON, fault["msg"])
    where = "".join(f"{part}: " for part in fault["loc"])
    return Refusal(DeadLetterReason.INVALID_FIELD, f"{where}{fault['msg']}")


def _no_profile(profile: str | None) -> Refusal:
    if profile:
        return Refusal(DeadLetterReason.INVALID_FIELD, "a profile can't begin with a zero byte")
    return Refusal(
        DeadLetterReason.NO_PROFILE,
        "the message names nobody: give userId, anonymousId, or a social handle",
    )


_SHAPES = ("union_tag_invalid", "union_tag_not_found", "dict_type", "model_type")


def _refuse(error: ValidationError) -> Refusal:
    fault = error.errors(include_url=False)[0]
    kind, where = fault["type"], ".".join(str(part) for part in fault["loc"][2:])
    if kind == "json_invalid":
        return Refusal(DeadLetterReason.NOT_JSON, fault["msg"])
    if kind in _SHAPES and len(fault["loc"]) <= 1:
        return Refusal(DeadLetterReason.UNKNOWN_SHAPE, _shape_detail(kind, fault["loc"]))
    detail = f"{where or fault['loc'][-1]}: {fault['msg']}"
    if where == "properties.currency":
        return Refusal(DeadLetterReason.UNKNOWN_CURRENCY, detail)
    if where == "properties.total" and kind == "greater_than_equal":
        return Refusal(DeadLetterReason.NEGATIVE_TOTAL, detail)
    return Refusal(DeadLetterReason.INVALID_FIELD, detail)


def _shape_detail(kind: str, where: tuple[int | str, ...]) -> str:
    if where:
        return "the track event is not known; there are " + ", ".join(sorted(KNOWN_EVENTS))
    if kind.startswith("union_tag"):
        return "type must be track, identify or alias"
    return "the record is JSON, but no object"
