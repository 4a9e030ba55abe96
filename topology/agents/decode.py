"""Decode: a record's bytes into an event, or the reason why not."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec
from aiokafka import ConsumerRecord
from msgspec.structs import replace
from pydantic import ValidationError

from schemas.clock import ClockTick
from schemas.counted import counted
from schemas.dead_letter import DeadLetterReason
from schemas.messages import KNOWN_EVENTS, Message
from schemas.messages.event_names import EVENT_NAMES, unknown_event
from schemas.messages.fast import track_event_decoder
from schemas.messages.reading import (
    Json,
    NoProfileError,
    Reading,
    UnreadableTimeError,
    parse,
    read_message,
)
from schemas.messages.reading.ids import NO_MESSAGE_IDS, needs_reading
from schemas.messages.reading.near_names import UnclearFieldError
from schemas.messages.reading.placeholder_ids import ENDS_OF_NAMES, PLACEHOLDERS
from schemas.messages.reading.refusals import fault_of, person_hint
from schemas.messages.reading.times import may_have_received_at
from schemas.messages.record_headers import is_quiet
from schemas.messages.traits import NO_NAMES, KeptNames
from topology.agents.exchange import why_not_converted
from topology.agents.first_arrival import place_name
from topology.agents.received import BROKERS_TIME, arrival_of, received_at
from topology.agents.refusal import Refusal
from topology.domain.history.event import Event, event_in
from topology.domain.history.exchange import Exchange
from topology.domain.history.instant import (
    DAY,
    NEVER,
    ZERO_TIMES_END,
    Instant,
    Span,
    from_datetime,
    to_datetime,
)

_UNUSUAL: Final = re.compile(r"[^0-9A-Za-z_.-]").search
"""Finds a sign that makes a name worth a second look: few names have one."""

_TOO_FAR_AHEAD: Final = DAY
"""By more than this ahead of the machine's clock nothing can be true."""


class EventDecoder:
    """Decodes events, for a policy that knows one currency, and what others are in it.

    `oldest` is how long ago an event may have happened by the machine's time; `NEVER` in a replay,
    which may tell of any time but the zeros of clocks. `kept` are the names of traits and purposes
    that no limit drops.
    """

    def __init__(
        self, exchange: Exchange, oldest: Span = NEVER, kept: KeptNames = NO_NAMES
    ) -> None:
        self._exchange = exchange
        self._kept = kept
        self._oldest = oldest
        self._quick = track_event_decoder(exchange.currency).decode
        self._quick_corrected = track_event_decoder(exchange.currency, corrected=True).decode

    def decode(
        self,
        record: ConsumerRecord[bytes, bytes],
        machine_now: Instant,
        note: Callable[[Reading], object] | None = None,
    ) -> Event | Refusal:
        """Return the event in a record, or why it is none.

        Args:
            record: as received. The place where it came first stands in for a missing message id,
                the time at which it was first received for a missing timestamp.
            machine_now: the machine's own time, also in a replay. An event more than a day ahead
                of it can't be true, nor can one that is too old. One that is ahead of its arrival
                counts as happening then, and none later than now.
            note: hears how a message was read that was not in the contract's form.
        """
        value, headers = record.value, record.headers
        if value is None:
            return Refusal(DeadLetterReason.NOT_JSON, "the record has no value")
        if headers or record.timestamp_type != BROKERS_TIME:
            arrival = arrival_of(record, machine_now)
        else:
            arrival = record.timestamp * 1000
        message = self._read_quickly(value)
        if message is None:
            found = self._read(record, value, min(arrival, machine_now), note)
            if isinstance(found, Refusal):
                return found
            message = found
        profile = message.user_id or message.anonymous_id or message.profile or ""
        moment = message.timestamp
        at = received_at(record) if moment is None else from_datetime(moment)
        if not machine_now - self._oldest <= at <= machine_now or at < ZERO_TIMES_END:
            latest = machine_now + _TOO_FAR_AHEAD
            if not machine_now - self._oldest <= at <= latest or at < ZERO_TIMES_END:
                return self._cant_be_true(at, latest)
        message_id = message.message_id or place_name(record)
        event = event_in(message, profile, message_id, at)
        if at >= arrival or at > machine_now:
            event = _ahead(event, arrival, machine_now)
        if headers and is_quiet(headers):
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
            ago = f"{counted(days, 'day')} ago"
            said = f"the time {moment} is more than {ago}: see the policy's oldest_event"
        return Refusal(DeadLetterReason.TIME_TOO_EARLY, said)

    def _read_quickly(self, value: bytes) -> Message | None:
        """The message, if it is a usual track event that a reading would leave as it is."""
        if not value.isascii():  # The quick decoder does not look at text that it passes over.
            return None
        try:
            message: Message | None = self._quick(value)
        except (msgspec.MsgspecError, RecursionError):
            message = self._corrected(value)
        if message is None:
            return None
        name, other = message.user_id, message.anonymous_id
        if not name:
            name, other = other or message.profile, None
        if (
            not name
            or (name[-1] not in ENDS_OF_NAMES and name.lower() in PLACEHOLDERS)
            or (_UNUSUAL(name) and needs_reading(name))
            or message.message_id in NO_MESSAGE_IDS
            or (
                other
                and (other.lower() in PLACEHOLDERS or (_UNUSUAL(other) and needs_reading(other)))
            )
        ):
            return None
        return message

    def _corrected(self, value: bytes) -> Message | None:
        """The message, if somebody has corrected its time already, and it is usual beside that."""
        if not may_have_received_at(value):
            return None
        try:
            return self._quick_corrected(value)
        except (msgspec.MsgspecError, RecursionError):
            return None

    def _read(
        self,
        record: ConsumerRecord[bytes, bytes],
        value: bytes,
        latest: Instant,
        note: Callable[[Reading], object] | None,
    ) -> Message | Refusal:
        """The message, in whatever form it came, or what is wrong with it.

        It happened at `latest` if it says later.
        """
        received = received_at(record)
        known = to_datetime(received) if received >= ZERO_TIMES_END else None
        reading = reading_of(value, known, self._kept)
        if isinstance(reading, Refusal):
            return reading
        if note is not None:
            note(reading)
        message = reading.message
        profile = message.profile
        if not profile or profile[0] == "\0":
            return _no_profile(profile, value)
        given = getattr(getattr(message, "properties", None), "currency", None)
        if given is None or given.upper() == self._exchange.currency:
            return message
        moment = message.timestamp
        at = received if moment is None else from_datetime(moment)
        return why_not_converted(message, given, min(at, latest), self._exchange) or message


def _ahead(event: Event, arrival: Instant, machine_now: Instant) -> Event:
    """The event as it counts if it says that it happened when it arrived, or later.

    The customer's present is never later than the worker's now. What was said last follows from the
    arrivals alone: the clocks of two workers may differ.
    """
    said_at, arrived = min(event.at, arrival), event.at >= arrival
    return replace(event, at=min(said_at, machine_now), said_at=said_at, arrived=arrived)


def reading_of(
    value: bytes, received: datetime | None, kept: KeptNames = NO_NAMES
) -> Reading | Refusal:
    """Read the bytes of a message, or say why they are none. See `read_message`."""
    try:
        said = parse(value)
    except ValueError as error:
        return Refusal(DeadLetterReason.NOT_JSON, f"Invalid JSON: {error}")
    if not isinstance(said, dict):
        return Refusal(DeadLetterReason.UNKNOWN_SHAPE, "the record is JSON, but no object")
    try:
        return read_message(said, received, kept)
    except (UnreadableTimeError, UnclearFieldError) as error:
        return Refusal(DeadLetterReason.INVALID_FIELD, str(error))
    except NoProfileError as error:
        return Refusal(DeadLetterReason.NO_PROFILE, f"{error}{person_hint(said)}")
    except ValidationError as error:
        return _refuse(error, said)


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


def _no_profile(profile: str | None, value: bytes) -> Refusal:
    if profile:
        return Refusal(DeadLetterReason.INVALID_FIELD, "a profile can't begin with a zero byte")
    said = "the message names nobody: give userId, anonymousId, or a social handle"
    return Refusal(DeadLetterReason.NO_PROFILE, f"{said}{person_hint(parse(value))}")


_SHAPES = ("union_tag_invalid", "union_tag_not_found")


def _refuse(error: ValidationError, said: Json) -> Refusal:
    fault = error.errors(include_url=False)[0]
    if fault["type"] in _SHAPES and len(fault["loc"]) <= 1:
        return Refusal(DeadLetterReason.UNKNOWN_SHAPE, _shape_detail(fault["loc"], said))
    kind, where, detail = fault_of(error, said)
    if where == "properties.currency":
        return Refusal(DeadLetterReason.UNKNOWN_CURRENCY, detail)
    if where == "properties.total" and kind == "greater_than_equal":
        return Refusal(DeadLetterReason.NEGATIVE_TOTAL, detail)
    return Refusal(DeadLetterReason.INVALID_FIELD, detail)


def _shape_detail(where: tuple[int | str, ...], said: Json) -> str:
    if not where:
        return "type must be track, page, screen, identify or alias"
    event = said.get("event")
    known = ", ".join(sorted(KNOWN_EVENTS))
    return f"{unknown_event(event, EVENT_NAMES.near(event))}. There are {known}"
